"""The reasons for which a command about an obligation is refused, named as facts; some are those of items."""

from domain.errors import Invalid, Rejection


class AlreadyAssigned(Rejection):
    """This occurrence, task or letter was assigned before."""

    code = "already_assigned"


class NoSuchObligation(Rejection):
    """Nothing was ever assigned under this id."""

    code = "no_such_obligation"


class ObligationNotInStep(Rejection):
    """The command does not fit the step the obligation is in. Facts: ``status``, ``command``."""

    code = "obligation_not_in_step"


class WrongKindOfObligation(Rejection):
    """A duty is reported, a task completed, a letter signed. Facts: ``kind``, ``command``."""

    code = "wrong_kind_of_obligation"


class UnknownQuantity(Invalid):
    """The duty does not ask for this quantity, or it is given twice."""

    code = "unknown_quantity"


class QuantityMissing(Invalid):
    """The duty asks for a quantity that the report leaves out; nothing done is 0."""

    code = "quantity_missing"


class UnknownMilestone(Invalid):
    """The task has no such milestone."""

    code = "unknown_milestone"


class MilestoneGivenTwice(Invalid):
    """Two milestones of a task bear the same id."""

    code = "milestone_given_twice"


class UnknownStandardNode(Invalid):
    """The standard of the task's campaign has no such node, or the campaign has no standard."""

    code = "unknown_standard_node"
