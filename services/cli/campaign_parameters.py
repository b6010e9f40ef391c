"""Reads ``--set key=value`` as the parameters of a template."""

from collections.abc import Mapping, Sequence
from typing import Any

import typer
from pydantic import ValidationError

from services.campaigns.from_template import TemplateParameters
from services.city.readable import text_from

_LISTS = frozenset({"units", "areas", "working_groups"})
_BY_NAME = frozenset({"policies", "days"})
_OPTION = "--set"


def parameters(given: Sequence[str]) -> TemplateParameters:
    """The parameters; lists are separated by commas, and a key that comes again adds to its list.

    Raises typer.BadParameter that names every fault.
    """
    values: dict[str, Any] = {}
    for each in given:
        key, equals, value = (part.strip() for part in each.partition("="))
        if not equals or not value:
            raise typer.BadParameter(f"写作 key=value / reads like key=value: {each!r}", param_hint=_OPTION)
        _take(values, key, value)
    try:
        return TemplateParameters.model_validate(values)
    except ValidationError as error:
        raise unusable(error) from None


def unusable(error: ValidationError) -> typer.BadParameter:
    """Pydantic's faults as one usage error."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    faults = [f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in found]
    return typer.BadParameter("; ".join(faults), param_hint=_OPTION)


def _take(values: dict[str, Any], key: str, value: str) -> None:
    group, dot, name = key.partition(".")
    if group in _LISTS and not dot:
        values[group] = [*values.get(group, ()), *(code.strip() for code in value.split(",") if code.strip())]
        return
    if group in _BY_NAME and dot:
        values.setdefault(group, {})
        values[group][name] = _window(value) if group == "days" else value
        return
    if key in values:
        raise typer.BadParameter(f"{key} 给了两次 / {key} is given twice", param_hint=_OPTION)
    values[key] = _text(value) if key == "name" else value


def _window(value: str) -> Mapping[str, Any]:
    first, dots, last = (part.strip() for part in value.partition(".."))
    return {"first_day": first, "last_day": last or None} if dots else {"first_day": first, "last_day": first}


def _text(value: str) -> object:
    try:
        return text_from(value)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=_OPTION) from None
