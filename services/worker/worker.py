"""Runs the workflows and their activities; outlives restarts of the database and of Temporal."""

import asyncio
import inspect
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import structlog
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.act_steps import ActSteps
from activities.bulk_work import BulkWork
from activities.campaign_steps import CampaignSteps
from activities.case_steps import CaseSteps
from activities.item_follow_up import ItemFollowUp
from activities.obligation_follow_up import ObligationFollowUp
from activities.reconciliation import Reconciling
from services.documents.desk import Desk
from services.handling.act_completion import ActCompletion
from services.handling.case_completion import CaseCompletion
from services.handling.command_handler import CommandHandler
from services.handling.follow_ups import FollowUpsTogether, StatesTogether
from services.handling.numbers import ItemNumbers
from services.handling.rulebooks import RulebookSource
from services.patience import patiently, pause_unless, stopped_by_signals, until_stopped
from services.readiness import announce_ready
from services.settings import CACHED_WORKFLOWS, Role, Settings
from services.store.bulk_queries import BulkQueries
from services.store.event_store import EventStore
from services.store.pools import OUTAGES, open_pool
from services.store.standings import Standings
from services.temporal.arming import Arming
from services.temporal.connection import NATIVE_THREADS_SECONDS, TEMPORAL_OUTAGES, connect
from services.temporal.schedule import ensure_schedule
from services.temporal.sdk_metrics import begin, count_failures, counting
from services.worker.act_port import ActsInStore
from services.worker.activity_watch import ActivityWatch
from services.worker.bulk_port import BulkOperationsInStore
from services.worker.case_port import CasesInStore
from services.worker.gate_values import GateValues
from services.worker.ports import CampaignsInStore, ItemsInStore, ObligationsInStore, WatchesInTemporal
from workflows.accountability_case import AccountabilityCase
from workflows.bulk_operation import BulkOperation
from workflows.campaign import Campaign
from workflows.obligation import Obligation
from workflows.reconciliation import Reconciliation
from workflows.rectification_item import RectificationItem
from workflows.supervision_act import SupervisionAct

WORKFLOWS = [RectificationItem, Campaign, Obligation, BulkOperation, SupervisionAct, AccountabilityCase, Reconciliation]
_GRACE = timedelta(seconds=10)
_ACTIVITIES_AT_ONCE = 50
# The schedule goes when Temporal's database is wiped; so often the worker looks after it.
_SCHEDULE_SECONDS = 60.0
_AFTER_FAILURE_SECONDS = 2.0
_UNREADY = (*OUTAGES, asyncpg.PostgresError)  # also a schema that is not migrated yet

_log = structlog.stdlib.get_logger(__name__)


def sandbox() -> SandboxedWorkflowRunner:
    """The sandbox in which workflows run. The domain passes through: it is pure, and loading it anew is slow."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules("domain", "activities")
    return SandboxedWorkflowRunner(restrictions=restrictions)


def make_worker(
    client: Client,
    pool: asyncpg.Pool,
    task_queue: str,
    fonts_dir: Path | None = None,
    *,
    cached_workflows: int = CACHED_WORKFLOWS,
) -> Worker:
    """Put a worker together: workflows, activities, and what the activities work on."""
    store, rulebooks, choosing = EventStore(pool), RulebookSource(pool), BulkQueries(pool)
    handler = CommandHandler(store, rulebooks)
    # Deadlines end with the working hour: what falls due at one instant is read and written together.
    states, together = StatesTogether(store), FollowUpsTogether(handler)
    items = ItemFollowUp(ItemsInStore(states, rulebooks, together, ItemNumbers(store)))
    obligations = ObligationFollowUp(ObligationsInStore(states, rulebooks, together))
    campaigns = CampaignSteps(CampaignsInStore(store, rulebooks, handler, choosing), GateValues(pool, rulebooks))
    bulk = BulkWork(BulkOperationsInStore(store, rulebooks, handler, choosing))
    desk = Desk(pool, fonts_dir)
    acts = ActSteps(ActsInStore(store, rulebooks, handler, ActCompletion(desk)))
    cases = CaseSteps(CasesInStore(store, rulebooks, handler, CaseCompletion(desk)))
    reconciling = Reconciling(WatchesInTemporal(client, Standings(pool), Arming(client, task_queue)))
    activities = activities_of(items, obligations, campaigns, bulk, acts, cases, reconciling)
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=activities,
        workflow_runner=sandbox(),
        max_cached_workflows=cached_workflows,
        max_concurrent_activities=_ACTIVITIES_AT_ONCE,
        max_concurrent_local_activities=_ACTIVITIES_AT_ONCE,
        graceful_shutdown_timeout=_GRACE,
        interceptors=[ActivityWatch(each.__name__ for each in activities)],
    )


def activities_of(*groups: object) -> list[Callable[..., Any]]:
    """Every activity that the objects have."""
    return [
        method
        for group in groups
        for _, method in inspect.getmembers(group, inspect.ismethod)
        if hasattr(method, "__temporal_activity_definition")
    ]


def run(settings: Settings) -> None:
    """Run the process until SIGINT or SIGTERM."""
    asyncio.run(_run(settings))


async def _run(settings: Settings) -> None:
    stopping = stopped_by_signals()
    pool = await patiently("database", lambda: open_pool(settings.dsn(Role.APP)), _UNREADY, stopping)
    if pool is None:
        return
    runtime, told = counting() if settings.metrics_port else (None, None)
    begin(each.__name__ for each in WORKFLOWS)
    counted = asyncio.create_task(count_failures(told, stopping)) if told else None
    try:
        while not stopping.is_set():
            client = await patiently("Temporal", lambda: connect(settings, runtime), TEMPORAL_OUTAGES, stopping)
            if client is not None:
                await _work(client, pool, settings, stopping)
    finally:
        if counted is not None:
            counted.cancel()
        pool.terminate()  # at once: a close that waits for a dead server would wait for ever
        await asyncio.sleep(NATIVE_THREADS_SECONDS)


async def _work(client: Client, pool: asyncpg.Pool, settings: Settings, stopping: asyncio.Event) -> None:
    """Work until told to stop; a worker that gives up, as when its namespace is gone, is replaced by the caller."""
    worker = make_worker(
        client, pool, settings.task_queue, settings.fonts_dir, cached_workflows=settings.cached_workflows
    )
    keeping = asyncio.create_task(_keep_schedule(client, settings, stopping))
    try:
        await until_stopped(worker.run(), stopping)
    except TEMPORAL_OUTAGES as failure:
        await _log.aerror("worker gave up, starting another", error=repr(failure))
        await pause_unless(stopping, _AFTER_FAILURE_SECONDS)
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})


async def _keep_schedule(client: Client, settings: Settings, stopping: asyncio.Event) -> None:
    ready = False
    while not stopping.is_set():
        try:
            if await ensure_schedule(client, settings.task_queue):
                await _log.ainfo("reconciliation scheduled")
            if not ready:
                announce_ready(settings)
                ready = True
            await pause_unless(stopping, _SCHEDULE_SECONDS)
        except TEMPORAL_OUTAGES as outage:
            await _log.awarning("reconciliation not scheduled", error=repr(outage))
            await pause_unless(stopping, _AFTER_FAILURE_SECONDS)
