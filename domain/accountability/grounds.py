"""What a case and its decision rest on, put together: from what it was opened for and from whoever names more."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from pydantic import ValidationError

from domain.accountability.rejections import TooManyGrounds
from domain.accountability.values import Cause, Grounds, HandCause, RankingCause, RungCause

T = TypeVar("T")


def together(*parts: Grounds) -> Grounds:
    """Everything that stands in any of the parts, once each, in the order named. Refuses too much."""
    content = {name: _once(getattr(part, name) for part in parts) for name in Grounds.model_fields}
    try:
        return Grounds(**content)
    except ValidationError:  # the parts were valid, so it is their number
        raise TooManyGrounds(most=max(len(each) for each in content.values())) from None


def of_cause(cause: Cause) -> Grounds:
    """What a case rests on already because of what it was opened for."""
    match cause:
        case RungCause(source="item"):
            return Grounds(items=(cause.stream_id,))
        case RungCause():
            return Grounds(obligations=(cause.stream_id,))
        case RankingCause():
            return Grounds(bulletins=_once(((cause.bulletin, *cause.earlier),)))
        case HandCause():
            return Grounds()


def _once(parts: Iterable[Sequence[T]]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(each for part in parts for each in part))
