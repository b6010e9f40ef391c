"""How the API's description shows events: the three modes, with examples for each."""

from typing import Any

from services.gateway.cloud_events import BATCHED, LARGEST_BATCH, STRUCTURED
from services.gateway.issue_events import FIXED_ON_THE_SPOT, REPORTED, FixedData, IssueData

_DATA: dict[str, Any] = {
    "channel": "hotline",
    "category": "rubbish",
    "area": "east",
    "title": "东街垃圾满溢",
    "description": "市民反映沿街垃圾桶两日未清运",
    "location": {"address": "东街 12 号", "latitude": "31.2304", "longitude": "121.4737"},
    "evidence": [{"uri": "https://photos.example.cn/2026/11/0001.jpg", "kind": "before"}],
    "reporter": {"name": "王女士", "phone": "13800000000"},
}
_ISSUE: dict[str, Any] = {
    "specversion": "1.0",
    "type": REPORTED,
    "source": "12345-hotline",
    "id": "GD20261120-000417",
    "time": "2026-11-20T10:30:00+08:00",
    "datacontenttype": "application/json",
    "data": _DATA,
}
_FIXED: dict[str, Any] = {
    **_ISSUE,
    "type": FIXED_ON_THE_SPOT,
    "source": "inspection-app",
    "id": "XC-88412",
    "data": {
        "channel": "patrol",
        "category": "rubbish",
        "area": "east",
        "title": "门前垃圾，当场清理",
        "evidence": [{"uri": "https://photos.example.cn/2026/11/0002.jpg", "kind": "after"}],
    },
}
_EVENT_SCHEMA: dict[str, Any] = {
    "oneOf": [{"$ref": "#/components/schemas/IssueReported"}, {"$ref": "#/components/schemas/IssueFixedOnTheSpot"}],
    "discriminator": {
        "propertyName": "type",
        "mapping": {
            REPORTED: "#/components/schemas/IssueReported",
            FIXED_ON_THE_SPOT: "#/components/schemas/IssueFixedOnTheSpot",
        },
    },
}
_DATA_SCHEMA: dict[str, Any] = {
    "oneOf": [{"$ref": f"#/components/schemas/{model.__name__}"} for model in (IssueData, FixedData)]
}
_BINARY_ATTRIBUTES = ("specversion", "type", "source", "id", "time")

EVENTS_IN_OPENAPI: dict[str, Any] = {
    "parameters": [
        {
            "name": f"ce-{name}",
            "in": "header",
            "required": False,
            "description": "二进制模式：CloudEvents 属性，按百分号编码。 Binary mode only; percent-encoded.",
            "schema": {"type": "string"},
            "example": _ISSUE[name],
        }
        for name in _BINARY_ATTRIBUTES
    ],
    "requestBody": {
        "required": True,
        "content": {
            STRUCTURED: {
                "schema": _EVENT_SCHEMA,
                "examples": {"问题上报": {"value": _ISSUE}, "随检立清": {"value": _FIXED}},
            },
            BATCHED: {
                "schema": {"type": "array", "maxItems": LARGEST_BATCH, "items": _EVENT_SCHEMA},
                "examples": {"批量": {"value": [_ISSUE, _FIXED]}},
            },
            "application/json": {"schema": _DATA_SCHEMA, "examples": {"二进制模式": {"value": _DATA}}},
        },
    },
}
