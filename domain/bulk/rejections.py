"""The reasons for which a command about a bulk operation is refused, named as facts."""

from domain.errors import Invalid, Rejection


class BulkAlreadyStarted(Rejection):
    """An operation with this id exists."""

    code = "bulk_already_started"


class NoSuchBulkOperation(Rejection):
    """Nothing was ever started under this id."""

    code = "no_such_bulk_operation"


class BulkIsOver(Rejection):
    """Finished or cancelled. Facts: ``standing``."""

    code = "bulk_is_over"


class BulkNotWorking(Rejection):
    """Only what is under way can be paused."""

    code = "bulk_not_working"


class BulkNotPaused(Rejection):
    """Only what is paused can be resumed."""

    code = "bulk_not_paused"


class SelectionTooWide(Invalid):
    """Nobody voids, merges, extends or transfers everything there is: the selection needs a condition.

    A transfer names the units it takes from, a merge its items. Facts: ``operation``, ``missing``.
    """

    code = "selection_too_wide"
