"""The reasons for which a command about an accountability case is refused, named as facts."""

from domain.errors import Invalid, Rejection


class CaseAlreadyOpened(Rejection):
    """This rung, ranking or request has its case. Facts: ``number``."""

    code = "case_already_opened"


class NoSuchCase(Rejection):
    """No case was ever opened under this id."""

    code = "no_such_case"


class CaseNotInStep(Rejection):
    """The command does not fit the step the case is in. Facts: ``status``, ``command``."""

    code = "case_not_in_step"


class StatementPeriodRuns(Rejection):
    """Nothing is found or decided before the unit has made its statement, or its period has ended without one."""

    code = "statement_period_runs"


class StatementPeriodOver(Rejection):
    """The period for the statement has ended without one. Facts: ``due_at``."""

    code = "statement_period_over"


class AppealPeriodOver(Rejection):
    """The period for an appeal has ended without one. Facts: ``due_at``."""

    code = "appeal_period_over"


class NotTheAccusedUnit(Rejection):
    """Only the unit that a case is against makes a statement in it and appeals. Facts: ``unit``."""

    code = "not_the_accused_unit"


class DecidedByAccusedUnit(Rejection):
    """Nobody of the accused unit decides. Facts: ``unit``."""

    code = "decided_by_accused_unit"


class ReviewedByAccusedUnit(Rejection):
    """Nobody of the accused unit reviews. Facts: ``unit``."""

    code = "reviewed_by_accused_unit"


class HandledByAccusedUnit(Rejection):
    """Nobody of the accused unit finds the facts, carries the decision out, or withdraws the case. Facts: ``unit``."""

    code = "handled_by_accused_unit"


class ReviewedByDecider(Rejection):
    """Somebody else of the leading group reviews than the one who decided."""

    code = "reviewed_by_decider"


class DecidedByNamedPerson(Rejection):
    """Nobody decides on a measure that concerns themselves."""

    code = "decided_by_named_person"


class ReviewedByNamedPerson(Rejection):
    """Nobody reviews a decision that concerns themselves."""

    code = "reviewed_by_named_person"


class MeasureNotMilder(Rejection):
    """An appeal that is upheld leads to a milder measure than the decision's. Facts: ``measure``, the decision's."""

    code = "measure_not_milder"


class MeasureStands(Rejection):
    """Where an appeal is rejected the decision's measure stands. Facts: ``measure``, the decision's."""

    code = "measure_stands"


class TooManyGrounds(Invalid):
    """A decision rests on no more than so many. Facts: ``most``."""

    code = "too_many_grounds"


class DecisionWithoutGrounds(Invalid):
    """A measure rests on an item, obligation, bulletin or act; neither opening, finding nor decision names any."""

    code = "decision_without_grounds"


class UnknownPerson(Invalid):
    """Decisions and records name people by ids that are known, and by nothing else. Facts: ``person``."""

    code = "unknown_person"


class UnknownGround(Invalid):
    """An item, obligation, bulletin or act that something is to rest on does not exist for whoever names it.

    Facts: ``ground``.
    """

    code = "unknown_ground"
