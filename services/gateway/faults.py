"""Lists what is wrong with an input: pydantic's errors as JSON pointers with codes, never with the input itself."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from services.gateway.refusals import FieldFault, InputInvalid, MalformedJson, Refusal

T = TypeVar("T")
MOST_FAULTS = 50


def parse_json(adapter: TypeAdapter[T], body: bytes) -> T:
    """Read a JSON text strictly: no number for a string, no string for a number. Raises MalformedJson, InputInvalid."""
    try:
        return adapter.validate_json(body, strict=True)
    except ValidationError as error:
        raise refusal_of_validation(error) from None


def refusal_of_validation(error: ValidationError) -> Refusal:
    """The refusal for an input that pydantic did not take."""
    errors = error.errors(include_url=False, include_input=False)
    for found in errors:
        if found["type"] == "json_invalid" and not found["loc"]:
            return MalformedJson(error=str(found.get("ctx", {}).get("error", "")))
    return InputInvalid(faults=faults_of(errors))


def faults_of(errors: Sequence[Any]) -> list[FieldFault]:
    """Pydantic's errors as faults, the first fifty of them."""
    return [_fault(error) for error in errors[:MOST_FAULTS]]


def _fault(error: Mapping[str, Any]) -> FieldFault:
    context: Mapping[str, Any] = error.get("ctx") or {}
    return FieldFault(
        pointer="".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in error["loc"]),
        code=error["type"],
        english=error["msg"],
        facts={name: str(value)[:200] for name, value in context.items()},
    )
