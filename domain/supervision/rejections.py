"""The reasons for which a command about an act is refused, named as facts; some are those of items."""

from domain.errors import Invalid, Rejection


class ActAlreadyPlanned(Rejection):
    """An act with this id exists: the same rung or ranking asked for it before."""

    code = "act_already_planned"


class NoSuchAct(Rejection):
    """Nothing was ever planned under this id."""

    code = "no_such_act"


class ActNotInStep(Rejection):
    """The command does not fit the step the act is in. Facts: ``act_status``, ``command``."""

    code = "act_not_in_step"


class WrongKindOfAct(Rejection):
    """Only a criticism is published, only a summons is recorded. Facts: ``act_kind``, ``command``."""

    code = "wrong_kind_of_act"


class ActDoesNotFitCause(Invalid):
    """A rung brings its own kind of act, and people ask for acts by hand. Facts: ``act_kind``, ``cause``."""

    code = "act_does_not_fit_cause"


class SummonerOfNoSummons(Invalid):
    """Who summons is said of a summons alone. Facts: ``act_kind``."""

    code = "summoner_of_no_summons"


class NotYetToBeIssued(Rejection):
    """The instant for which the act was planned has not come."""

    code = "not_yet_to_be_issued"


class ActAlreadyAcknowledged(Rejection):
    """签收 happens once."""

    code = "act_already_acknowledged"


class InterviewInTheFuture(Invalid):
    """An interview is recorded after it was held."""

    code = "interview_in_future"


class InterviewBeforeSummons(Invalid):
    """An interview is held after the unit was summoned to it."""

    code = "interview_before_summons"


class RecordedByOwnUnit(Rejection):
    """A unit does not record the interview that it was summoned to."""

    code = "recorded_by_own_unit"


class WithdrawnByOwnUnit(Rejection):
    """A unit does not withdraw the act that was issued to it."""

    code = "withdrawn_by_own_unit"


class NumberNotGivenError(ValueError):
    """An act is issued with a number of its own series. Whoever issues gives it, so this is a programming error."""
