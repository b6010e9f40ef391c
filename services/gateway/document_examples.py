"""Documents of the rulebook as the API's description shows them."""

from typing import Any

CATALOGUE: dict[str, Any] = {
    "catalogue_id": "city",
    "version": 1,
    "categories": [
        {
            "code": "rubbish",
            "name": {"zh": "垃圾清运", "en": "Rubbish"},
            "lead_unit": "cleaning",
            "limits": {"rectify": {"kind": "working_hours", "amount": 8}},
            "checklist": [{"zh": "桶内无满溢", "en": "No bin overflows"}],
            "severity": "ordinary",
        }
    ],
}
CALENDAR: dict[str, Any] = {
    "calendar_id": "cn",
    "version": 1,
    "calendar": {
        "version": "cn@1",
        "name": "中国大陆工作日历",
        "timezone": "Asia/Shanghai",
        "sessions": ["08:00-12:00", "14:00-18:00"],
        "working_weekdays": [0, 1, 2, 3, 4],
        "exceptions": {"2026-10-01": False, "2026-10-10": True},
        "announced_until": "2026-12-31",
    },
}
_DAY = {"kind": "working_days", "amount": 1}
POLICY: dict[str, Any] = {
    "policy_id": "city",
    "version": 1,
    "name": {"zh": "标准办理规则", "en": "Standard rules"},
    "calendar_id": "cn",
    "catalogue_id": "city",
    "limits": {
        "register": {"kind": "working_hours", "amount": 4},
        "dispatch": {"kind": "working_hours", "amount": 4},
        "accept": _DAY,
        "rectify": {"kind": "working_days", "amount": 5},
        "check": {"kind": "working_days", "amount": 2},
        "close": _DAY,
        "recheck": {"kind": "natural_days", "amount": 30},
    },
    "ladders": {
        "rectify": {
            "rules": [
                {"rung": "warn", "before_due": {"kind": "working_hours", "amount": 4}, "recipients": ["handler"]},
                {"rung": "remind", "after_due": {"kind": "elapsed_seconds", "amount": 0}},
                {
                    "rung": "supervise",
                    "after_due": {"kind": "working_days", "amount": 2},
                    "recipients": ["handler", "unit_head", "sponsor"],
                    "points": 1,
                    "new_limit": {"kind": "working_days", "amount": 3},
                },
                {"rung": "hold_to_account", "after_due": {"kind": "working_days", "amount": 10}, "points": 5},
            ],
            "occasions": [
                {"rung": "supervise", "reworks": 2, "points": 1, "new_limit": {"kind": "working_days", "amount": 2}},
                {"rung": "remind", "recurrence": True},
            ],
        }
    },
    "severities": {
        "critical": {
            "rectify": {"rules": [{"rung": "summon", "after_due": {"kind": "working_days", "amount": 1}, "points": 4}]}
        }
    },
    "accountability": {
        "limits": {"statement": {"kind": "working_days", "amount": 5}},
        "rankings": [
            {
                "bulletin": "weekly",
                "bottom": 3,
                "counted": "in_a_row",
                "steps": [
                    {"act": "summons", "by": "city_leader"},
                    {"act": "summons", "by": "personnel_department"},
                    {"opens_case": True},
                ],
            }
        ],
        "prefixes": {"order": "创督"},
        "points": {"public_criticism": 5},
    },
    "routing": [{"category": "rubbish", "area": "east", "unit": "cleaning"}],
}
STANDARD: dict[str, Any] = {
    "standard_id": "city",
    "version": 1,
    "name": {"zh": "文明小区测评体系", "en": "Standard of civilised communities"},
    "nodes": [
        {
            "code": "1",
            "name": {"zh": "环境卫生", "en": "Cleanliness"},
            "weight": "60",
            "unit": "cleaning",
            "children": [
                {
                    "code": "1.1",
                    "name": {"zh": "问题按期办结", "en": "Issues closed in time"},
                    "indicator": "on_time_closure",
                    "at_least": "0.95",
                    "weight": "40",
                },
                {"code": "1.2", "name": {"zh": "楼道整洁（实地）", "en": "Tidy stairwells (on site)"}, "weight": "20"},
            ],
        },
        {
            "code": "2",
            "name": {"zh": "长期未办", "en": "Long overdue"},
            "indicator": "open_items_above_supervision",
            "at_most": "0",
            "weight": "40",
        },
    ],
}
