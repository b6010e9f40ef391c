"""Workflows that began under older code can go on under this one: their recorded histories replay."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, WorkflowRunner

import workflows.rectification_item
from activities.notices import DueMoment, Notice
from services.worker.worker import WORKFLOWS, sandbox

HISTORIES = sorted(Path(__file__).with_name("histories").glob("*.json"))


def replayer(runner: WorkflowRunner) -> Replayer:
    return Replayer(workflows=WORKFLOWS, data_converter=pydantic_data_converter, workflow_runner=runner)


def recorded(file: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(f"item-{file.stem}", file.read_text(encoding="utf-8"))


async def failures(files: Sequence[Path], runner: WorkflowRunner) -> list[BaseException]:
    results = [await replayer(runner).replay_workflow(recorded(file), raise_on_replay_failure=False) for file in files]
    return [result.replay_failure for result in results if result.replay_failure is not None]


def test_there_are_histories_to_replay():
    assert {file.stem.partition("-")[0] for file in HISTORIES} >= {
        *("neglected", "looked_after", "suspended", "recurred"),
        *("campaign_walked", "obligation_neglected", "obligation_with_milestones", "bulk_paused"),
        *("case_silent", "case_appealed"),
        *("act_reminded", "act_summoned", "act_withdrawn"),
    }


@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.stem)
async def test_a_recorded_history_replays(file: Path):
    assert await failures([file], sandbox()) == []


async def with_a_pause_first(step: Any, moment: DueMoment, summary: str) -> Notice:
    await workflow.sleep(timedelta(seconds=1))
    return await ORIGINAL(step, moment, summary)


async def on_the_server_only(step: Any, moment: DueMoment, summary: str) -> Notice:
    timeout = timedelta(seconds=20)
    return await workflow.execute_activity_method(step, moment, start_to_close_timeout=timeout, summary=summary)


async def as_another_activity(step: Any, moment: DueMoment, summary: str) -> Notice:
    return await ORIGINAL(workflows.rectification_item.ItemFollowUp.call_for_review, moment, summary)


ORIGINAL = workflows.rectification_item.promptly


@pytest.mark.parametrize("broken", [with_a_pause_first, on_the_server_only, as_another_activity])
async def test_a_workflow_that_was_changed_carelessly_is_caught(broken: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workflows.rectification_item, "promptly", broken)
    runner = UnsandboxedWorkflowRunner()  # in the sandbox the change would not be seen
    neglected = [file for file in HISTORIES if file.stem.startswith("neglected")]
    caught = await failures(neglected, runner)
    assert [type(failure) for failure in caught] == [workflow.NondeterminismError] * len(neglected)
