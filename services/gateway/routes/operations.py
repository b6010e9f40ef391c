"""For those who run the gateway: whether it lives, whether it is ready and what is missing, and what it counts."""

from functools import cache

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_PLAIN_1_0_0
from pydantic import BaseModel, Field

from domain.rulebook.rulebook import NoPolicyPublished
from domain.text import Text
from services.gateway.dependencies import Parts
from services.gateway.wiring import Gateway
from services.store.migrate import head
from services.store.readiness_queries import UNREADY, schema_version

router = APIRouter(tags=["运行 operations"])


class Health(BaseModel):
    """The process lives."""

    status: str = Field(default="alive", examples=["alive"])


class Missing(BaseModel):
    """What is not there yet."""

    code: str = Field(examples=["no_policy_published"])
    detail: Text


class Readiness(BaseModel):
    """Whether requests can be served, and what is missing if not."""

    ready: bool
    missing: Missing | None = None


_AWAY = Text(zh="数据库连接不上", en="the database is away")
_OUTDATED = Text(zh="数据库结构不是最新版本，请运行 duban migrate", en="the schema is not current: run duban migrate")
_NO_POLICY = Text(zh="尚未发布日历、目录和办理规则", en="no calendar, catalogue and policy are published yet")


@router.head("/health", include_in_schema=False)
@router.get("/health", summary="存活 Is it alive")
async def read_health() -> Health:
    """进程在运行；不检查任何依赖。 The process runs; nothing else is looked at."""
    return Health()


@router.head("/ready", include_in_schema=False)
@router.get(
    "/ready", summary="就绪 Is it ready", responses={503: {"model": Readiness, "description": "未就绪 Not ready"}}
)
async def read_readiness(parts: Parts, response: Response) -> Readiness:
    """数据库可达、结构最新、规则已发布。 Database reachable, schema current, a policy published."""
    missing = await _missing(parts)
    if missing is not None:
        response.status_code = 503
    return Readiness(ready=missing is None, missing=missing)


@router.get("/metrics", summary="指标 Metrics for Prometheus", response_class=Response)
async def read_metrics(parts: Parts) -> Response:
    """Prometheus 文本格式；至多每五秒查看一次数据库。 In Prometheus's text format, from at most five seconds ago."""
    await parts.watch.look()
    return Response(parts.metrics.text(), media_type=CONTENT_TYPE_PLAIN_1_0_0)


async def _missing(parts: Gateway) -> Missing | None:
    """The first thing that is missing: what comes after it cannot be told."""
    try:
        if await schema_version(parts.pool) != _newest_schema():
            return Missing(code="schema_not_current", detail=_OUTDATED)
        (await parts.rulebooks.current()).regime()
    except NoPolicyPublished:
        return Missing(code="no_policy_published", detail=_NO_POLICY)
    except UNREADY:
        return Missing(code="database_away", detail=_AWAY)
    return None


@cache
def _newest_schema() -> str:
    return head()
