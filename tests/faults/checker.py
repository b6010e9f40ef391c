"""Judges a run: from what clients were told and what time it was then, and from what stands in the end.

Rungs and deadlines are reckoned anew from the published rules; nothing of the product's decisions is asked.
"""

from collections.abc import Awaitable, Sequence
from datetime import timedelta
from pathlib import Path
from statistics import quantiles

from tests.faults.checks_commands import check_commands
from tests.faults.checks_order import check_order
from tests.faults.checks_outcomes import check_outcomes
from tests.faults.checks_past import check_past
from tests.faults.checks_rungs import check_rungs
from tests.faults.checks_stand import check_log, check_read_models, check_workflows, reader_dsn, unsettled
from tests.faults.exchanges import Testimony, denials, heard, promises
from tests.faults.journal import now, read
from tests.faults.outcome import broke_off
from tests.faults.stand import Stand
from tests.faults.stored import Stored, stored
from tests.faults.verdict import Verdict, Violation


async def judge(journal_path: Path, stand: Stand, *, rest: Sequence[str] = ()) -> Verdict:
    """Judge a run after everything was put right and came to rest; `rest` is what `Stand.quiesce` still found.

    What cannot be judged is a violation too, and the rest is judged all the same.
    """
    verdict = Verdict()
    verdict.add(unsettled(rest))
    told = heard(read(journal_path))
    try:
        store = await stored(reader_dsn(stand), now())
        weighed = weigh(told, store)
    except Exception as problem:  # noqa: BLE001 - whatever it is, the report says it
        verdict.add(broke_off("the judge of journal and store", problem))
    else:
        verdict.add(weighed.violations, **weighed.counts)
        verdict.add(await _found("workflows", check_workflows(stand, store)))
    verdict.add(await _found("duban rebuild --check", check_read_models(stand)))
    verdict.add(await _found("duban verify", check_log(stand, told, journal_path.parent / "judged")))
    return verdict


async def _found(what: str, check: Awaitable[list[Violation]]) -> list[Violation]:
    try:
        return await check
    except Exception as problem:  # noqa: BLE001 - as above
        return broke_off(what, problem)


def weigh(told: Testimony, store: Stored) -> Verdict:
    """Judge what can be judged without asking anybody anything more."""
    verdict, climbs = Verdict(), check_rungs(told, store)
    verdict.add(check_commands(told, store))
    verdict.add(check_order(told, store))
    verdict.add(climbs.violations, **_lateness(climbs.lateness))
    verdict.counts |= {f"clocks kept of: {kind}": number for kind, number in sorted(climbs.accounts.items())}
    verdict.counts["seen early, dated by a clock that was ahead"] = climbs.excused
    verdict.add(check_past(told, store))
    verdict.add(check_outcomes(told, store))
    given, denied = promises(told), denials(told)
    verdict.counts |= {
        "events": len(store.events),
        "items": sum(1 for event in store.events if event.type == "item.reported.v1"),
        "commands acknowledged": len({(promise.stream, promise.version) for promise in given}),
        "answers repeated": len(given) - len({(promise.stream, promise.version) for promise in given}),
        "commands refused": sum(1 for denial in denied if denial.refused),
        "outcomes unknown": sum(1 for denial in denied if not denial.refused),
        "attempts without answer": sum(1 for fault in told.faults if fault.status is None),
        "attempts answered with an outage": sum(1 for fault in told.faults if fault.status is not None),
        "rungs climbed": sum(1 for event in store.events if "rung_climbed" in event.type),
        "cases opened": sum(1 for event in store.events if event.type == "case.opened.v1"),
        "outcomes taken": sum(1 for _ in told.seen("outcome")),
        "looks": len(told.looks),
        "checkpoints kept": sum(1 for _ in told.seen("checkpoint")),
        "faults struck": sum(1 for strike in told.strikes if strike.phase == "begin"),
    }
    return verdict


def _lateness(late: Sequence[timedelta]) -> dict[str, float]:
    """How long after their instants rungs were climbed, by the clocks of those who climbed them."""
    if len(late) < 2:
        return {}
    by_hundredths = quantiles([each.total_seconds() for each in late], n=100)
    return {
        "rung lateness median seconds": round(by_hundredths[49], 3),
        "rung lateness 99 % seconds": round(by_hundredths[98], 3),
        "rung lateness longest seconds": round(max(late).total_seconds(), 3),
    }
