"""What is asked of each operation, of one's own and of somebody else's, so that whoever may is not refused."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from domain.document.values import DocumentKind
from services.documents.desk import built_in
from services.gateway.act_bodies import ORDER
from services.gateway.obligation_bodies import LETTERS, TASK
from tests.fuzzing.city import Side
from tests.fuzzing.subjects import DONE, EXTENSION, REASON, SUSPENSION
from tests.services.campaign_city import plan
from tests.services.gateway_samples import issue_data, issue_event, principal_of, text

Of = Callable[[Side], Any]
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True)
class Step:
    """What happens just before, so that the command has something to do."""

    who: str
    path: str
    body: Any = None


@dataclass(frozen=True)
class Asking:
    """``ids``: which subject stands for a parameter of the path, where it is not the usual one."""

    ids: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Of = lambda _side: None
    query: Of = lambda _side: None
    media_type: str = "application/json"
    before: Callable[[Side], tuple[Step, ...]] = lambda _side: ()
    # How an answer that shows a side's own is told from one that shows nothing of it; by ids unless given.
    shows: Callable[[Any, Side], bool] | None = None
    # How much an answer counts, where it names nothing: who is shown as much as anybody is shown the foreign, too.
    whole: Callable[[Any], int] | None = None


def _item(step: str, body: Any = None) -> Asking:
    return Asking({"item_id": f"item {step}"}, lambda _side: body or {})


def _on(parameter: str, subject: str, body: Any = None, *before: tuple[str, str, Any]) -> Asking:
    """``before``: who does which command about the same subject first."""
    nouns = {"obligation_id": "obligations", "case_id": "cases", "act_id": "acts", "campaign_id": "campaigns"}
    steps = [(who, f"/v1/{nouns.get(parameter, '')}/{{{subject}}}/{command}", sent) for who, command, sent in before]

    def first(side: Side) -> tuple[Step, ...]:
        return tuple(
            Step(side.handler if who == "handler" else who, path.replace(f"{{{subject}}}", side.ids[subject]), sent)
            for who, path, sent in steps
        )

    return Asking({parameter: subject}, lambda _side: body or {}, before=first)


def _with(body: Of) -> Asking:
    return Asking(body=body)


def _plain(body: Any = None) -> Asking:
    return Asking(body=lambda _side: body or {})


def _asked(query: Of) -> Asking:
    return Asking(query=query)


def _counted(answer: Any, _side: Side) -> bool:
    """Whether an indicator is of anything at all."""
    if isinstance(answer, list):
        return any(_counted(each, _side) for each in answer)
    if not isinstance(answer, dict):
        return False
    counts = (answer.get("numerator"), answer.get("denominator"))  # of a formula they say what is counted, not how many
    return any(isinstance(count, int) and count for count in counts) or _counted([*answer.values()], _side)


def _names_unit(answer: Any, side: Side) -> bool:
    return f"'{side.unit}'" in str(answer)


def _names_area(answer: Any, side: Side) -> bool:
    return f"'{side.area}'" in str(answer)


_TITLE = text("新").model_dump()
_INTERVIEW = {
    "interviewer": principal_of("leader"),
    "account": "通报问题清单",
    "undertaking": "一周内整改",
}
_COUNTED: Of = lambda side: {"unit": side.unit, "from": "2027-03-01T00:00:00+08:00", "to": "2027-04-10T00:00:00+08:00"}  # noqa: E731
_WEEK: Of = lambda side: {"campaign": side.ids["campaign"]}  # noqa: E731


def _category(version: int) -> dict[str, Any]:
    return {"catalogue_id": "city", "version": version, "categories": [{"code": "rubbish", "name": _TITLE}]}


def _calendar(*, holiday: bool = False) -> dict[str, Any]:
    """``holiday``: with a week in which nobody works, beginning on the Monday that comes."""
    calendar: dict[str, Any] = {
        "version": "cn@2",
        "name": "日历",
        "timezone": "Asia/Shanghai",
        "sessions": ["08:00-12:00", "14:00-18:00"],
        "working_weekdays": [0, 1, 2, 3, 4],
        "announced_until": "2027-12-31",
        "exceptions": {f"2027-04-{day}": False for day in range(12, 17)} if holiday else {},
    }
    return {"calendar_id": "cn", "version": 2, "calendar": calendar}


def _policy() -> dict[str, Any]:
    steps = ("register", "dispatch", "accept", "rectify", "check", "close", "recheck")
    limits = {step: {"kind": "working_days", "amount": 3} for step in steps}
    named = {"policy_id": "other", "version": 1, "name": _TITLE, "calendar_id": "cn", "catalogue_id": "city"}
    return {**named, "limits": limits}


ITEMS = {
    "receive_events": Asking(
        body=lambda side: issue_event(
            id="new", source=side.source, time="2027-04-09T09:00:00+08:00", data=issue_data(area=side.area)
        ),
        media_type="application/cloudevents+json",
    ),
    "report_issue": _with(lambda side: issue_data(area=side.area)),
    "report_fixed_on_the_spot": _with(lambda side: issue_data(area=side.area)),
    "count_items": Asking(query=lambda _side: {"by": "area"}, shows=_names_area),
    "count_rungs": Asking(whole=lambda answer: sum(answer["climbed"].values())),
    "register_item": _item("unregistered"),
    "dispatch_item": Asking({"item_id": "item undispatched"}, lambda side: {"unit": side.unit}),
    "transfer_item": _item("dispatched", {"unit": "office", **REASON}),
    "transfer_out_item": _item("dispatched", {"authority": "铁路局", **REASON}),
    "accept_item": _item("dispatched"),
    "refuse_item": _item("dispatched", REASON),
    "submit_item": _item("rectifying", DONE),
    "pass_item": _item("submitted"),
    "send_back_item": _item("submitted", REASON),
    "close_item": _item("passed"),
    "confirm_recheck_item": _item("closed"),
    "recur_item": _item("closed", {"note": "原址再次堆放", "evidence": DONE["evidence"]}),
    "archive_item": _item("held"),
    "void_item": _item("dispatched", REASON),
    "merge_item": Asking({"item_id": "item dispatched"}, lambda side: {"into": side.ids["item rectifying"], **REASON}),
    "request_extension_item": _item("rectifying", EXTENSION),
    "grant_extension_item": _item("extending"),
    "refuse_extension_item": _item("extending", REASON),
    "suspend_item": _item("rectifying", SUSPENSION),
    "resume_item": _item("suspended", REASON),
    "recompute_deadline_item": Asking(
        {"item_id": "item rectifying"},
        lambda _side: REASON,
        before=lambda _side: (Step("office", "/v1/calendars", _calendar(holiday=True)),),
    ),
    "appeal_item": _item("overdue", {"clock_id": "rectify-1", **REASON}),
    "rule_on_appeal_item": _item("appealed", {"clock_id": "rectify-1", "granted": True, **REASON}),
    "comment_item": _item("dispatched", {"text": "已联系"}),
    "read_item_as_of": Asking({"item_id": "item rectifying"}, query=lambda _side: {"version": 1}),
}
PEOPLE = {
    "register_principal": _with(lambda side: {"role": "handler", "unit": side.unit}),
    "change_principal": _plain({"role": "leader", **REASON}),
    "deactivate_principal": _plain(REASON),
    "revoke_api_key": _plain(REASON),
    "erase_person": _plain(REASON),
    "read_person": _asked(lambda _side: {"reason": "回访核实"}),
    "register_webhook": _with(lambda side: {"principal": principal_of(side.system), "url": "http://127.0.0.1:9/x"}),
    "change_webhook": _plain({"types": [], **REASON}),
    "pause_webhook": _plain(REASON),
    "resume_webhook": _on("webhook_id", "webhook paused", REASON),
    "retire_webhook": _plain(REASON),
    "register_channel": _with(
        lambda side: {
            "kind": "dingtalk",
            "name": "群",
            "serves": {"kind": "unit", "unit": side.unit},
            "address": "http://127.0.0.1:9/x",
            "secret": "SEC1",
        }
    ),
    "change_channel": _with(
        lambda side: {
            "name": "群",
            "serves": {"kind": "unit", "unit": side.unit},
            "address": "http://127.0.0.1:9/y",
            **REASON,
        }
    ),
    "retire_channel": _plain(REASON),
    "set_preferences": _plain({"channels": []}),
}
RULES = {
    "publish_catalogue": _plain(_category(3)),
    "publish_policy": _plain(_policy()),
    "publish_calendar": _plain(_calendar()),
    "read_catalogue": _on("ref", "=city@1"),
    "read_policy": _on("ref", "=city@1"),
    "read_calendar": _on("ref", "=cn@1"),
    "list_calendar_days": Asking({"ref": "=cn@1"}, query=lambda _side: {"from": "2027-04-01", "to": "2027-04-09"}),
    "read_standard": _on("ref", "=town@1"),
    "read_current_standard": _on("standard_id", "=town"),
    "publish_standard": _plain(
        {
            "standard_id": "town",
            "version": 2,
            "name": _TITLE,
            "nodes": [{"code": "1", "name": _TITLE, "weight": "100", "indicator": "closure", "at_least": "0.9"}],
        }
    ),
    "register_unit": _with(lambda side: {"code": "new", "name": _TITLE, "parent": side.unit}),
    "change_unit": _plain({"name": _TITLE, **REASON}),
    "dissolve_unit": Asking({"code": "unit below"}, lambda _side: REASON),
    "register_area": _with(lambda side: {"code": "new", "name": _TITLE, "kind": "grid", "parent": side.area}),
    "read_area": Asking({"code": "area"}),
    "change_area": Asking(
        {"code": "area"}, lambda _side: {"name": _TITLE, "kind": "street", "parent": "city", **REASON}
    ),
    "abolish_area": Asking({"code": "area below"}, lambda _side: REASON),
    "publish_formulas": _plain(
        {
            "formulas_id": "standard",
            "version": 2,
            "formulas": [
                {
                    "code": "own",
                    "name": _TITLE,
                    "numerator": {"plus": ["rectify_on_time"]},
                    "denominator": {"plus": ["rectify_due"]},
                }
            ],
        }
    ),
    "read_formulas": _on("ref", "=standard@1"),
    "fetch_template": _on("kind", "=decision"),
    "replace_template": Asking(
        {"kind": "=decision"}, lambda _side: built_in(DocumentKind.DECISION) + b"\0", media_type=DOCX
    ),
}
CAMPAIGNS = {
    "plan_a_campaign": _with(
        lambda side: {"plan": plan(campaign_id="new", units=[side.unit], areas=[side.area], standard_id="town")}
    ),
    "read_campaign_as_of": _asked(lambda _side: {"version": 1}),
    "read_campaign_template": _on("name", "=town"),
    "change_the_plan": Asking(
        {"campaign_id": "campaign draft"},
        lambda side: {
            "plan": plan(
                campaign_id=side.ids["campaign draft"], units=["cleaning"], areas=["east"], inspection_day=None
            ),
            **REASON,
        },
    ),
    "start_of_campaign": _on("campaign_id", "campaign draft"),
    "pause_of_campaign": _plain(REASON),
    "resume_of_campaign": _on("campaign_id", "campaign", REASON, ("office", "pause", REASON)),
    "extend_phase_of_campaign": _plain(
        {"phase_id": "rectification", "last_day": "2027-06-10", "following": "move", **REASON}
    ),
    "close_phase_of_campaign": _plain({"phase_id": "rectification", **REASON}),
    "override_gate_of_campaign": _plain({"phase_id": "mobilisation", **REASON}),
    "end_of_campaign": _plain(REASON),
    "grant_designation": _with(lambda side: {"designation": "model", "area": side.second_community}),
    "withdraw_designation": _plain(REASON),
    "issue_document": _with(lambda side: {"kind": "dispatch_order", "item": side.ids["item rectifying"]}),
    "assign_a_task": _with(lambda side: {**deepcopy(TASK), "task_id": "new", "unit": side.unit, "supporting": []}),
    "issue_responsibility_letters": _with(
        lambda side: {
            **deepcopy(LETTERS),
            "letter_id": "new",
            "letters": [{"unit": side.unit, "signatory": principal_of(side.handler)}],
        }
    ),
    "report_obligation": _on(
        "obligation_id", "duty open", {"account": "x", "quantities": [{"kind": "张", "amount": "1"}]}
    ),
    "report_progress_obligation": _on("obligation_id", "task open", {"percent": 60, "account": "过半"}),
    "submit_obligation": _on("obligation_id", "task open", {"account": "完成"}),
    "sign_obligation": _on("obligation_id", "letter"),
    "accept_obligation": _on("obligation_id", "task submitted"),
    "return_obligation": _on("obligation_id", "task submitted", REASON),
    "withdraw_obligation": _on("obligation_id", "task open", REASON),
    "appeal_obligation": _on("obligation_id", "duty overdue", {"clock_id": "duty-1", **REASON}),
    "rule_on_appeal_obligation": _on(
        "obligation_id", "duty appealed", {"clock_id": "duty-1", "granted": True, **REASON}
    ),
}
SUPERVISION = {
    "open_a_case": _with(
        lambda side: {
            "unit": side.unit,
            "area": side.area,
            "title": _TITLE,
            "reason": "暗访发现",
            "grounds": {"items": [side.ids["item rectifying"]]},
        }
    ),
    "notify_case": _on("case_id", "case opened"),
    "statement_case": _on("case_id", "case notified", {"statement": "已增派人手"}),
    "finding_case": _on("case_id", "case heard", {"finding": "属实", "proposed": "education"}),
    "decide_case": _on("case_id", "case found", {"measure": "education", "reasons": "情节较轻"}),
    "appeal_case": _on("case_id", "case decided", {"reasons": "处理过重"}),
    "review_case": _on("case_id", "case appealed", {"upheld": False, "reasons": "事实清楚"}),
    "carry_out_case": _on("case_id", "case reviewed", {"account": "已约谈"}),
    "withdraw_case": _on("case_id", "case opened", REASON),
    "plan_an_act": _with(
        lambda side: {
            **deepcopy(ORDER),
            "unit": side.unit,
            "area": side.area,
            "answer_by": "2027-04-20T18:00:00+08:00",
        }
    ),
    "acknowledge_act": _on("act_id", "act issued"),
    "answer_act": _on("act_id", "act issued", {"account": "已办", "evidence": DONE["evidence"]}),
    "interview_record_act": Asking(
        {"act_id": "act summons"},
        lambda side: {**_INTERVIEW, "held_at": side.now, "interviewed": [principal_of(side.handler)]},
    ),
    "withdraw_act": _on("act_id", "act planned", REASON),
    "start_bulk_operation": _with(
        lambda side: {
            "operation": {"kind": "extend", "by": {"kind": "working_days", "amount": 1}},
            "selection": {"units": [side.unit], "areas": [side.area]},
            **REASON,
        }
    ),
    "pause_bulk_operation": _on("operation_id", "bulk working", REASON),
    "resume_bulk_operation": _on("operation_id", "bulk resting", REASON),
    "cancel_bulk_operation": _on("operation_id", "bulk working", REASON),
}
FIGURES = {
    "list_indicators": Asking(query=_COUNTED, shows=_counted),
    "read_indicator": Asking({"code": "=on_time_disposal"}, query=_COUNTED, shows=_counted),
    "list_cases": Asking({"code": "=on_time_disposal"}, query=lambda side: {**_COUNTED(side), "side": "denominator"}),
    "preview_ranking": Asking(
        query=lambda _side: {"ranking": "units", "from": "2027-03-01T00:00:00+08:00"}, shows=_names_unit
    ),
    "publish_bulletin": _with(lambda side: {"kind": "weekly", "period": "2027-W13", "campaign": side.ids["campaign"]}),
    "correct_bulletin": _plain({"corrects": 1, **REASON}),
    "list_scores": Asking(query=_WEEK, shows=_names_unit),
    "count_obligations": Asking(query=lambda _side: {"by": "unit"}, shows=_names_unit),
    "sum_quantities": Asking(query=lambda _side: {"by": "unit"}, shows=_names_unit),
    "list_score_lines": Asking({"unit": "unit"}),
}
LOG = {
    "read_checkpoint_of_size": _on("size", "=SIZE"),
    "read_tile": _on("path", "=0/000"),
    "read_payload": _on("path", "=entries/000"),
    "read_proof": _on("position", "=0"),
    "read_consistency": _asked(lambda _side: {"old": 1, "new": 2}),
    "read_stream_state": _asked(lambda _side: {}),
    "read_difference": _asked(lambda _side: {"from_position": 1}),
    "read_figure": Asking({"code": "=closure"}),
    "save_question": _with(lambda side: {"name": "问", "query": f"unit={side.unit}"}),
    "search_events": _asked(lambda side: {"unit": side.unit, "limit": 500}),
    "read_activity": Asking({"person": "principal"}),
    **{f"export_{kind}": _asked(lambda side: {"unit": side.unit}) for kind in ("ndjson", "csv", "workbook", "proofs")},
}
ASKED: Mapping[str, Asking] = {
    **ITEMS,
    **PEOPLE,
    **RULES,
    **CAMPAIGNS,
    **SUPERVISION,
    **FIGURES,
    **LOG,
}
USUAL = {
    "item_id": "item dispatched",
    "campaign_id": "campaign",
    "case_id": "case found",
    "act_id": "act issued",
    "obligation_id": "task open",
    "operation_id": "bulk working",
    "stream_id": "item dispatched",
    "code": "unit",
    "catalogue_id": "=city",
    "policy_id": "=city",
    "calendar_id": "=cn",
    "designation": "=model",
    "area": "community",
    "person_id": "person",
    "principal_id": "principal",
    "key_id": "key",
    "sha256": "document",
}
