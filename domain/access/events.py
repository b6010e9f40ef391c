"""What the access log tells: reads of personal data, exports, refusals, failed sign-ins, keys, the command line.

No name and no address: who acted is an opaque id beside the event, ``origin`` another for where the request came from.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from domain.decider import Event, Reason
from domain.instant import Instant
from domain.text import Line

Subject = Literal["person", "principal", "access_log"]
KeyChange = Literal["created", "retired"]

_Word = Annotated[Line, Field(min_length=1, max_length=300)]


class Access(BaseModel):
    """What every access says. ``operation``: a method with the template of its path, or a command typed in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    operation: _Word
    origin: str | None = None


class Tallied(Access):
    """What may stand for ``count`` accesses alike, between ``occurred_at`` and ``until``."""

    count: Annotated[int, Field(ge=1)] = 1
    until: Instant | None = None


class PersonalDataRead(Access, Event):
    """Somebody is about to be shown personal data; ``ids`` are the opaque ids of whose. Written before the answer."""

    type: Literal["access.personal_data_read.v1"] = "access.personal_data_read.v1"
    subject: Subject
    ids: Annotated[tuple[str, ...], Field(max_length=1000)] = ()
    reason: Reason | None = None
    masked: bool = False


class Exported(Tallied, Event):
    """Somebody is about to be given a file or a part of the log. Written before the first byte."""

    type: Literal["access.exported.v1"] = "access.exported.v1"
    content: _Word
    object: _Word | None = None
    reason: Reason | None = None


class HistoryRead(Tallied, Event):
    """Somebody is about to be shown who did what. Written before the answer, the first time within a minute.

    ``question``: what was asked, without the words that were searched for; ``ids``: whose deeds, by opaque ids;
    ``with_data``: what events and states say was shown, not their sentences alone.
    """

    type: Literal["access.history_read.v1"] = "access.history_read.v1"
    question: _Word | None = None
    ids: Annotated[tuple[str, ...], Field(max_length=1000)] = ()
    with_data: bool = False


class Refused(Tallied, Event):
    """Somebody who is known was refused. Without an object: several objects."""

    type: Literal["access.refused.v1"] = "access.refused.v1"
    code: _Word
    object: _Word | None = None


class SignInFailed(Tallied, Event):
    """A key was shown that is not in force. Of a well-formed key's id the first half stands here."""

    type: Literal["access.sign_in_failed.v1"] = "access.sign_in_failed.v1"
    key_prefix: _Word | None = None


class LogKeyChanged(Access, Event):
    """A key that signs the log came into force, or signs no more. ``key`` is the public half, or its id."""

    type: Literal["access.log_key_changed.v1"] = "access.log_key_changed.v1"
    change: KeyChange
    key: _Word


class AdministrationBegun(Access, Event):
    """Somebody at the machine is about to run a command of the command line. Written before it does anything."""

    type: Literal["access.administration_begun.v1"] = "access.administration_begun.v1"
    arguments: Annotated[tuple[_Word, ...], Field(max_length=20)] = ()


class Administered(Access, Event):
    """The command was run to its end."""

    type: Literal["access.administered.v1"] = "access.administered.v1"


class AdministrationFailed(Access, Event):
    """The command failed, with an error of this kind."""

    type: Literal["access.administration_failed.v1"] = "access.administration_failed.v1"
    error: _Word


AccessEvent = Annotated[
    PersonalDataRead
    | HistoryRead
    | Exported
    | Refused
    | SignInFailed
    | LogKeyChanged
    | AdministrationBegun
    | Administered
    | AdministrationFailed,
    Field(discriminator="type"),
]
TalliedEvent = HistoryRead | Exported | Refused | SignInFailed
ACCESS_EVENTS: TypeAdapter[AccessEvent] = TypeAdapter(AccessEvent)
