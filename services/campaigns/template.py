"""Reads campaign templates, says on which line one is wrong, and makes plans of them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from domain.campaign.consistency import Window, doubled, faults_alone, faults_together
from domain.campaign.indicators import KNOWN_INDICATORS
from domain.campaign.plan import CampaignPlan, PhaseKind
from domain.campaign.recurrence import UnusableRuleError, check_rule
from domain.text import Text
from services.campaigns.template_file import DutyEntry, PhaseEntry, TemplateFile
from services.marked_yaml import MarkedYaml, Problem, UnusableDocumentError, parse, read

_FOLDER = Path(__file__).parent / "templates"
_ANY_YEAR = 2027


class Days(NamedTuple):
    """The first and the last day of a phase; no last day only in maintenance."""

    first: date
    last: date | None


@dataclass(frozen=True)
class Template:
    """A template that is right in itself, with the lines of the file it came from."""

    file: TemplateFile
    marked: MarkedYaml

    @property
    def policies(self) -> frozenset[str]:
        """The names its phases give to the policies they want."""
        return frozenset(phase.policy for phase in self.file.phases)


def shipped_templates() -> dict[str, Path]:
    """The templates that come with the product, by name."""
    return {path.stem: path for path in sorted(_FOLDER.glob("*.yaml"))}


def read_template(source: Path | str) -> Template:
    """Read a template from a file or a text; raises UnusableDocumentError that names every wrong line."""
    marked = read(source) if isinstance(source, Path) else parse(source, "template")
    template = Template(marked.as_model(TemplateFile), marked)
    days = [_days(phase, _ANY_YEAR, {}) for phase in template.file.phases]
    _refuse(marked, [*_misfits(template, days), *_unknown_or_double(template)])
    return template


def instantiate(
    template: Template,
    *,
    campaign_id: str,
    year: int,
    units: Collection[str],
    leading_group: str,
    office: str,
    working_groups: Collection[str] = (),
    areas: Collection[str] = (),
    calendar_id: str = "city",
    catalogue_id: str = "city",
    policies: Mapping[str, str] | None = None,
    policy_id: str = "city",
    days: Mapping[str, Days] | None = None,
    inspection_day: date | None = None,
    name: Text | None = None,
    known_units: Collection[str] | None = None,
) -> CampaignPlan:
    """Make a plan of a template for a campaign that begins in a year.

    ``policies`` maps the template's policy names to published ids, ``policy_id`` stands for those left out. ``days``
    replaces the days of phases by id. ``known_units``: the units there are; codes in the template that are not among
    them are refused. Raises UnusableDocumentError for what is wrong with the template or does not fit it, and
    pydantic's ValidationError for what is wrong with the other arguments.
    """
    file, marked = template.file, template.marked
    given, wanted = dict(days or {}), dict(policies or {})
    phases = {phase.phase_id for phase in file.phases}
    problems = [marked.problem(("phases",), f"there is no phase {phase!r}") for phase in given if phase not in phases]
    problems += [
        marked.problem(("phases",), f"no phase wants a policy {policy!r}")
        for policy in wanted
        if policy not in template.policies
    ]
    placed = [_days(phase, year, given) for phase in file.phases]
    problems += _misfits(template, placed)
    if known_units is not None:
        problems += _unknown_units(template, known_units)
    _refuse(marked, problems)
    return CampaignPlan.model_validate(
        {
            "campaign_id": campaign_id,
            "name": name or file.name,
            "title": file.title,
            "leading_group": leading_group,
            "office": office,
            "working_groups": tuple(working_groups),
            "units": tuple(units),
            "areas": tuple(areas),
            "calendar_id": calendar_id,
            "catalogue_id": catalogue_id,
            "inspection_day": inspection_day or (file.inspection_day.on(year) if file.inspection_day else None),
            "overlap_days": file.overlap_days,
            "phases": [
                _phase(phase, placed[index], year, wanted.get(phase.policy, policy_id), tuple(working_groups))
                for index, phase in enumerate(file.phases)
            ],
        }
    )


def _phase(phase: PhaseEntry, days: Days, year: int, policy_id: str, working_groups: tuple[str, ...]) -> dict[str, Any]:
    return {
        "phase_id": phase.phase_id,
        "kind": phase.kind,
        "name": phase.name,
        "first_day": days.first,
        "last_day": days.last,
        "policy_id": policy_id,
        "open_items": phase.open_items,
        "gate": phase.gate.model_dump() if phase.gate else None,
        "targets": [target.on(year) for target in phase.targets],
        "duties": [{**dict(duty), "owed_by": _owed_by(duty, working_groups)} for duty in phase.duties],
    }


def _owed_by(duty: DutyEntry, working_groups: tuple[str, ...]) -> str | tuple[str, ...]:
    return (working_groups or "office") if duty.owed_by == "working_groups" else duty.owed_by


def _days(phase: PhaseEntry, year: int, given: Mapping[str, Days]) -> Days:
    if phase.phase_id in given:
        return given[phase.phase_id]
    return Days(phase.first_day.on(year), phase.last_day.on(year) if phase.last_day else None)


def _misfits(template: Template, days: list[Days]) -> Iterator[Problem]:
    """Windows that are reversed, overlap, or lack an end; targets that lie before their phase."""
    windows = [
        Window(phase.phase_id, when.first, when.last, phase.kind is PhaseKind.MAINTENANCE, phase.gate is not None)
        for phase, when in zip(template.file.phases, days, strict=True)
    ]
    for index, window in enumerate(windows):
        for fault in faults_alone(window):
            yield template.marked.problem(("phases", index, *fault.place), fault.message)
    for fault in faults_together(windows, template.file.overlap_days):
        yield template.marked.problem(fault.place, fault.message)


def _unknown_or_double(template: Template) -> Iterator[Problem]:
    marked, phases = template.marked, template.file.phases
    named = [((*place, "duty_id"), duty.duty_id) for duty, place in template.file.duties()]
    targets = [
        (("phases", index, "targets", number, "target_id"), target.target_id)
        for index, phase in enumerate(phases)
        for number, target in enumerate(phase.targets)
    ]
    for fault in (*doubled(named), *doubled(targets)):
        yield marked.problem(fault.place, fault.message)
    for index, phase in enumerate(phases):
        for number, condition in enumerate(phase.gate.conditions if phase.gate else ()):
            if condition.indicator not in KNOWN_INDICATORS:
                place = ("phases", index, "gate", "conditions", number, "indicator")
                yield marked.problem(place, f"there is no indicator {condition.indicator!r}")
        for number, target in enumerate(phase.targets):
            if target.by.on(_ANY_YEAR) < phase.first_day.on(_ANY_YEAR):
                yield marked.problem(("phases", index, "targets", number, "by"), "lies before the phase")
    for duty, place in template.file.duties():
        try:
            check_rule(duty.rrule)
        except UnusableRuleError as error:
            yield marked.problem((*place, "rrule"), str(error))


def _unknown_units(template: Template, known: Collection[str]) -> Iterator[Problem]:
    for duty, place in template.file.duties():
        for unit in duty.owed_by if isinstance(duty.owed_by, tuple) else ():
            if unit not in known:
                yield template.marked.problem((*place, "owed_by"), f"there is no unit {unit!r}")


def _refuse(marked: MarkedYaml, problems: list[Problem]) -> None:
    if problems:
        raise UnusableDocumentError(marked.name, sorted(problems, key=lambda problem: problem.line))
