"""Judges what stands in the end: read models, workflows, and the log with every checkpoint that anybody kept."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from services.settings import Role
from services.temporal.watched import workflow_id
from tests.faults.exchanges import Testimony
from tests.faults.stand import CommandFailedError, Stand
from tests.faults.stored import State, Stored
from tests.faults.verdict import Rule, Violation

_WATCHED = frozenset({"item", "campaign", "obligation", "act", "bulk", "case"})
_LAST_LINES = 600
_OUT_OF_TIME, _UNNOTICED_SECONDS = "recorded_out_of_time", 600.0


async def check_read_models(stand: Stand) -> list[Violation]:
    """Everything that is made from events equals what they make anew."""
    try:
        await stand.command("rebuild", "--check")
    except CommandFailedError as said:
        return [Violation(Rule.READ_MODELS, "duban rebuild --check", "nothing differs", str(said)[-_LAST_LINES:])]
    return []


async def check_workflows(stand: Stand, store: Stored) -> list[Violation]:
    """Whatever waits for an instant or a person has a running workflow."""
    client = await Client.connect(stand.settings_for_cli()["DUBAN_TEMPORAL_ADDRESS"])
    running = {found.id async for found in client.list_workflows('ExecutionStatus = "Running"')}
    missing = [state for state in store.states if _waits(state) and _name(state) not in running]
    # Lists of workflows may be a little behind.
    missing = [state for state in missing if not await _runs(client, _name(state))]
    return [
        Violation(
            Rule.WORKFLOWS, f"{state.kind} {state.stream}", f"{state.status}: it is waited for", "no workflow runs"
        )
        for state in missing
    ]


def _waits(state: State) -> bool:
    waits_after_all = state.kind == "item" and (state.status == "closed" or state.next_due is not None)
    return state.kind in _WATCHED and (bool(state.open) or waits_after_all)


def _name(state: State) -> str:
    return workflow_id(state.kind, state.stream)  # pyright: ignore[reportArgumentType]


async def _runs(client: Client, name: str) -> bool:
    try:
        found = await client.get_workflow_handle(name).describe()
    except RPCError:
        return False
    return found.status is WorkflowExecutionStatus.RUNNING


async def check_log(stand: Stand, told: Testimony, folder: Path) -> list[Violation]:
    """An export verifies with the log's public key, and every checkpoint that a watcher kept fits in it."""
    exported, known = folder / "exported", folder / "known"
    for each in (exported, known):
        shutil.rmtree(each, ignore_errors=True)
    known.mkdir(parents=True)
    for number, look in enumerate(told.seen("checkpoint")):
        (known / f"{number}.checkpoint").write_text(look.value, encoding="utf-8")
    keys = sorted((Path(stand.settings_for_cli()["DUBAN_DATA_DIR"]) / "keys" / "log").glob("*.vkey"))
    try:
        await stand.command("log", "export", str(exported))
        given = [part for key in keys for part in ("--key", str(key))]
        kept = ["--known", str(known)] if any(known.iterdir()) else []
        await stand.command("verify", str(exported), *given, *kept, "--json")
    except CommandFailedError as said:
        return log_violations(str(said), told)
    return []


def log_violations(said: str, told: Testimony) -> list[Violation]:
    """What is wrong by what `duban verify` said. That clocks jumped is found there and true, where they did jump."""
    try:
        counts: dict[str, int] = json.loads(said[said.index("{") : said.rindex("}") + 1])["counts"]
    except (ValueError, KeyError):
        counts = {}
    if counts.keys() == {_OUT_OF_TIME} and any(abs(jump.offset_seconds) > _UNNOTICED_SECONDS for jump in told.jumps):
        return []
    return [Violation(Rule.LOG, "duban verify", "sound", _findings(said))]


def _findings(said: str) -> str:
    try:
        report = json.loads(said[said.index("{") : said.rindex("}") + 1])
    except ValueError:
        return said[-_LAST_LINES:]
    return str({name: report.get(name) for name in ("size", "findings", "counts")})


def unsettled(rest: Sequence[str]) -> list[Violation]:
    """What was still under way when the patience ended."""
    return [Violation(Rule.UNSETTLED, "stand", "comes to rest once all is put right", each) for each in rest]


def reader_dsn(stand: Stand) -> str:
    """Where the judge reads: as the owner, around everything that breaks."""
    return stand.direct_dsn(Role.OWNER)
