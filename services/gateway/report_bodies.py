"""What people send to report an issue: the same data as in an event, with the instant at which it was seen."""

from typing import Any

from pydantic import Field

from domain.instant import Instant
from domain.item.commands import AnyEvidence, SomeEvidence
from services.gateway.issue_events import ReportedData


class ReportBody(ReportedData):
    """An issue that somebody saw."""

    evidence: AnyEvidence = ()
    reported_at: Instant | None = Field(
        default=None, description="发现时间，缺省为现在。 When it was seen; default now."
    )
    rectify_by: Instant | None = Field(default=None, description="要求的整改期限。 A deadline that was ordered.")


class FixedOnTheSpotBody(ReportedData):
    """An issue that was seen and corrected at once; the evidence shows the correction."""

    evidence: SomeEvidence
    reported_at: Instant | None = Field(
        default=None, description="发现时间，缺省为现在。 When it was seen; default now."
    )


REPORT: dict[str, Any] = {
    "channel": "inspection",
    "category": "rubbish",
    "area": "east",
    "title": "东街垃圾满溢",
    "description": "沿街垃圾桶两日未清运",
    "location": {"address": "东街 12 号", "latitude": "31.2304", "longitude": "121.4737"},
    "evidence": [{"uri": "https://photos.example.cn/2026/11/0001.jpg", "kind": "before"}],
    "reported_at": "2026-11-20T10:30:00+08:00",
}
COMPLAINT: dict[str, Any] = {
    "channel": "complaint",
    "category": "rubbish",
    "area": "east",
    "title": "楼道堆放杂物",
    "reporter": {"name": "王女士", "phone": "13800000000"},
    "rectify_by": "2026-11-25T18:00:00+08:00",
}
FIXED: dict[str, Any] = {
    "channel": "patrol",
    "category": "rubbish",
    "area": "east",
    "title": "门前垃圾，当场清理",
    "evidence": [{"uri": "https://photos.example.cn/2026/11/0002.jpg", "kind": "after"}],
}
