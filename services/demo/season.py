"""The campaign that is rehearsed: four phases within a minute, policies of their own, a duty that recurs in each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.demo.cast import UNITS

CAMPAIGN_ID = "wanglan-rehearsal"
DAILY_REPORT = "daily-report"
STICKERS = "清理小广告（张）"
# The city's policy stays as it is; these differ from it, in seconds.
_LIMITS: Mapping[str, Mapping[str, int]] = {
    "rectification": {},
    "sprint": {"accept": 4, "rectify": 9, "check": 6, "close": 4},
    "maintenance": {"recheck": 6},
}
_NAMES = {
    "rectification": ("集中整治阶段督办办法", "Rules of the concentrated rectification"),
    "sprint": ("冲刺迎检阶段督办办法", "Rules of the sprint"),
    "maintenance": ("长效管理阶段督办办法", "Rules of the long-term maintenance"),
}
_MOBILISATION_SECONDS = 7.0
_SHORTEST_SECONDS = 9.0
# Of the time in which issues come in: what is left falls into the maintenance.
_RECTIFICATION_SHARE, _SPRINT_SHARE = 0.45, 0.3
# Where in its phase a duty recurs: late enough for the phase to be open, early enough to be reported in the play.
_DUTY_SHARE, _DUTY_SECONDS = 0.4, 6.0
_LIMIT = {"kind": "elapsed_seconds", "amount": 12}


@dataclass(frozen=True, slots=True)
class Season:
    """When each phase begins; the maintenance has no end."""

    mobilisation: datetime
    rectification: datetime
    sprint: datetime
    maintenance: datetime

    @classmethod
    def beginning(cls, at: datetime, firing_seconds: float) -> "Season":
        """Phases that begin at an instant and lie over so many seconds of firing."""
        rectification = at + timedelta(seconds=_MOBILISATION_SECONDS)
        sprint = rectification + timedelta(seconds=max(_SHORTEST_SECONDS, firing_seconds * _RECTIFICATION_SHARE))
        maintenance = sprint + timedelta(seconds=max(_SHORTEST_SECONDS, firing_seconds * _SPRINT_SHARE))
        return cls(at, rectification, sprint, maintenance)


def policies(city: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The policies of the phases after the mobilisation, made from the city's as the API answers with it."""
    return [
        {
            **city,
            "policy_id": policy_id,
            "version": 1,
            "name": dict(zip(("zh", "en"), _NAMES[policy_id], strict=True)),
            "limits": {**city["limits"], **{step: _seconds(amount) for step, amount in limits.items()}},
        }
        for policy_id, limits in _LIMITS.items()
    ]


def plan(season: Season, timezone: str) -> dict[str, Any]:
    """创建方案: what the office sends to the API."""
    zone = ZoneInfo(timezone)
    gate = {"conditions": [{"indicator": "open_items_above_supervision", "at_most": "0"}], "assess_days_before": 0}
    mobilisation = _phase("mobilisation", "动员部署", "Mobilisation", season.mobilisation, season.rectification, zone)
    rectification = _phase("rectification", "集中整治", "Rectification", season.rectification, season.sprint, zone)
    sprint = _phase("sprint", "冲刺迎检", "Sprint", season.sprint, season.maintenance, zone)
    maintenance = _phase("maintenance", "长效管理", "Maintenance", season.maintenance, None, zone)
    meeting = _duty("kick-off", "weekly_meeting", "动员部署会", "Kick-off meeting", mobilisation, zone)
    report = _duty(DAILY_REPORT, "daily_report", "整治日报", "Daily report", rectification, zone)
    report |= {"owed_by": "units", "quantities": [{"zh": STICKERS, "en": "Stickers removed"}]}
    inspection = _duty("inspection", "inspection", "迎检督查", "Inspection before the visit", sprint, zone)
    patrol = _duty("patrol", "patrol", "长效巡查", "Patrol", maintenance, zone)
    return {
        "campaign_id": CAMPAIGN_ID,
        "name": {"zh": "望澜市创建全国文明城市（演练）", "en": "Civilised city campaign of Wanglan, rehearsed"},
        "title": "city",
        "leading_group": "leading-group",
        "office": "campaign-office",
        "working_groups": ["environment-group", "safety-group"],
        "units": list(UNITS),
        "calendar_id": "round-the-clock",
        "catalogue_id": "city",
        "phases": [
            mobilisation | {"policy_id": "city", "duties": [meeting]},
            rectification | {"policy_id": "rectification", "duties": [report], "gate": gate},
            sprint | {"policy_id": "sprint", "duties": [inspection], "open_items": "recompute"},
            maintenance | {"policy_id": "maintenance", "duties": [patrol]},
        ],
    }


def _phase(kind: str, zh: str, en: str, begins: datetime, ends: datetime | None, zone: ZoneInfo) -> dict[str, Any]:
    phase: dict[str, Any] = {
        "phase_id": kind,
        "kind": kind,
        "name": {"zh": zh, "en": en},
        "first_day": begins.astimezone(zone).date().isoformat(),
        "opens_at": begins.astimezone(UTC).isoformat(),
    }
    if ends is not None:
        phase["last_day"] = ends.astimezone(zone).date().isoformat()
        phase["closes_at"] = ends.astimezone(UTC).isoformat()
    return phase


def _duty(duty_id: str, kind: str, zh: str, en: str, phase: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """A duty whose rule fits one second of the phase, and the same second of every later day."""
    begins = datetime.fromisoformat(phase["opens_at"])
    seconds = _DUTY_SECONDS
    if "closes_at" in phase:
        seconds = (datetime.fromisoformat(phase["closes_at"]) - begins).total_seconds() * _DUTY_SHARE
    at = (begins + timedelta(seconds=seconds)).astimezone(zone)
    rule = f"FREQ=DAILY;BYHOUR={at.hour};BYMINUTE={at.minute};BYSECOND={at.second}"
    return {"duty_id": duty_id, "kind": kind, "name": {"zh": zh, "en": en}, "rrule": rule, "limit": _LIMIT}


def _seconds(amount: int) -> dict[str, Any]:
    return {"kind": "elapsed_seconds", "amount": amount}
