"""Examines Temporal: reachable, namespace, search attributes, somebody who works, and the reconciliation's schedule."""

import asyncio
from collections.abc import AsyncIterator

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.text import Text
from services.doctor.finding import Finding
from services.settings import Settings
from services.temporal.connection import TEMPORAL_OUTAGES, connect
from services.temporal.schedule import SCHEDULE_ID
from workflows.search_attributes import SEARCH_ATTRIBUTES

_CONNECT_SECONDS = 5.0


async def examine_temporal(settings: Settings) -> AsyncIterator[Finding]:
    """Every finding that needs Temporal."""
    try:
        client = await asyncio.wait_for(connect(settings), _CONNECT_SECONDS)
        yield Finding.well("temporal", f"流程引擎可连接（{settings.temporal_target}）", "Temporal answers")
        async for finding in _equipment(client, settings):
            yield finding
    except (*TEMPORAL_OUTAGES, TimeoutError) as problem:
        yield _trouble(settings, problem)


async def _equipment(client: Client, settings: Settings) -> AsyncIterator[Finding]:
    known = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=settings.temporal_namespace)
    )
    missing = sorted(SEARCH_ATTRIBUTES.keys() - known.custom_attributes.keys())
    if missing:
        names = ", ".join(missing)
        yield Finding.wrong(
            "search_attributes_missing",
            f"缺少检索属性：{names}",
            f"search attributes are missing: {names}",
            mend=Text(
                zh="在命名空间中登记（temporal operator search-attribute create）",
                en="create them in the namespace (temporal operator search-attribute create)",
            ),
        )
    else:
        yield Finding.well("search_attributes", "检索属性齐全", "search attributes are complete")
    yield await _worker(client, settings)
    yield await _schedule(client)


async def _worker(client: Client, settings: Settings) -> Finding:
    described = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=settings.temporal_namespace,
            task_queue=TaskQueue(name=settings.task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    if described.pollers:
        return Finding.well("worker", f"任务队列 {settings.task_queue} 有工作进程", "a worker serves the task queue")
    return Finding.wrong(
        "no_worker",
        f"任务队列 {settings.task_queue} 无人处理，督办不会升级",
        f"nobody serves the task queue {settings.task_queue}: no rung will be climbed",
        mend=Text(zh="启动：duban worker", en="start: duban worker"),
    )


async def _schedule(client: Client) -> Finding:
    try:
        await client.get_schedule_handle(SCHEDULE_ID).describe()
    except RPCError as problem:
        if problem.status is not RPCStatusCode.NOT_FOUND:
            raise
        return Finding.wrong(
            "schedule_missing",
            "对账计划不存在：流程引擎可能丢过数据",
            "the reconciliation's schedule is missing: Temporal may have lost its data",
            mend=Text(zh="运行：duban rearm", en="run: duban rearm"),
        )
    return Finding.well("schedule", "对账计划已就位", "the reconciliation is scheduled")


def _trouble(settings: Settings, problem: Exception) -> Finding:
    mend = (
        Text(zh="查看数据目录 logs/temporal.log", en="look into logs/temporal.log in the data folder")
        if settings.embeds_temporal
        else Text(
            zh="检查 DUBAN_TEMPORAL_ADDRESS 与 DUBAN_TEMPORAL_NAMESPACE",
            en="check DUBAN_TEMPORAL_ADDRESS and DUBAN_TEMPORAL_NAMESPACE",
        )
    )
    first = f"{type(problem).__name__}: {problem}".partition("\n")[0]
    return Finding.wrong(
        "temporal_unreachable",
        f"流程引擎连不上（{settings.temporal_target}）；事项不会丢，催办会延迟",
        f"Temporal does not answer ({first}): nothing is lost, reminders are late",
        mend=mend,
    )
