"""The reasons for which a command about an item is refused, named as facts."""

from domain.errors import Invalid, Rejection


class CampaignNotInForce(Invalid):
    """The campaign named has not begun, has ended, or does not exist."""

    code = "campaign_not_in_force"


class AlreadyReported(Rejection):
    """An item with this id exists."""

    code = "already_reported"


class NoSuchItem(Rejection):
    """Nothing was ever reported under this id."""

    code = "no_such_item"


class WrongStep(Rejection):
    """The command does not fit the step the item is in. Facts: ``status``, ``command``."""

    code = "wrong_step"


class NotYourUnit(Rejection):
    """The item lies with another unit."""

    code = "not_your_unit"


class CheckedByOwnUnit(Rejection):
    """A unit never checks its own work (DOMAIN.md: check, by an inspector, not the unit itself)."""

    code = "checked_by_own_unit"


class DueInThePast(Invalid):
    """A deadline asked for lies before the instant it would start at."""

    code = "due_in_past"


class DueTooFarAhead(Invalid):
    """A deadline asked for lies more than about ten years ahead: a typing mistake."""

    code = "due_too_far_ahead"


class ReportedInTheFuture(Invalid):
    """The issue claims to have been seen later than now."""

    code = "reported_in_future"


class ReviewInThePast(Invalid):
    """The review date of a suspension must lie ahead."""

    code = "review_in_past"


class AlreadyWithThisUnit(Rejection):
    """The item lies with this very unit."""

    code = "already_with_this_unit"


class LeadUnitSupportsItself(Invalid):
    """The lead unit stands among the supporting units, or a supporting unit stands there twice."""

    code = "lead_unit_supports_itself"


class ExtensionLimitReached(Rejection):
    """As many extensions were granted as the policy allows."""

    code = "extension_limit_reached"


class ExtensionOfNothing(Invalid):
    """An extension that does not move the deadline."""

    code = "extension_of_nothing"


class ExtensionTooLong(Rejection):
    """Longer than the policy's ``longest_extension`` allows."""

    code = "extension_too_long"


class ExtensionAlreadyAsked(Rejection):
    """The office has not ruled on the last request yet."""

    code = "extension_already_asked"


class NoExtensionAsked(Rejection):
    """There is nothing to rule on."""

    code = "no_extension_asked"


class ExtensionAfterDeadline(Rejection):
    """An extension is asked before the deadline, not after."""

    code = "extension_after_deadline"


class NotSuspended(Rejection):
    """Only a suspended item is resumed."""

    code = "not_suspended"


class AlreadySuspended(Rejection):
    """The clock already stands still."""

    code = "already_suspended"


class NoOverdueMark(Rejection):
    """That clock was never overdue."""

    code = "no_overdue_mark"


class AlreadyAppealed(Rejection):
    """The mark was appealed once; the ruling stands."""

    code = "already_appealed"


class NoAppealPending(Rejection):
    """There is no appeal to rule on."""

    code = "no_appeal_pending"


class MergedIntoItself(Invalid):
    """An item cannot be a duplicate of itself."""

    code = "merged_into_itself"


class MergeTargetNotOpen(Rejection):
    """The item that should carry on does not exist or is over."""

    code = "merge_target_not_open"


class RecurrenceNotRecorded(Rejection):
    """There is no recurrence to link."""

    code = "recurrence_not_recorded"


class RecheckPending(Rejection):
    """A closed item is rechecked before it is archived."""

    code = "recheck_pending"


class DeadlineUnchanged(Rejection):
    """Under the newest calendar the deadline is the same."""

    code = "deadline_unchanged"
