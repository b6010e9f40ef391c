"""The reasons for which a command about a campaign is refused, named as facts."""

from domain.errors import Invalid, Rejection


class CampaignAlreadyPlanned(Rejection):
    """A campaign with this id exists."""

    code = "campaign_already_planned"


class NoSuchCampaign(Rejection):
    """Nothing was planned under this id."""

    code = "no_such_campaign"


class CampaignIdCannotChange(Invalid):
    """The id is the campaign's identity."""

    code = "campaign_id_cannot_change"


class CampaignAlreadyStarted(Rejection):
    """A campaign starts once; its plan no longer changes then."""

    code = "campaign_already_started"


class CampaignInThePast(Rejection):
    """The last day of every phase is over: nothing would ever happen."""

    code = "campaign_in_past"


class CampaignNotRunning(Rejection):
    """The campaign has not started, is paused, or is over. Fact: ``status``."""

    code = "campaign_not_running"


class CampaignNotPaused(Rejection):
    """Only a paused campaign is resumed."""

    code = "campaign_not_paused"


class CampaignIsOver(Rejection):
    """An ended campaign does not change any more."""

    code = "campaign_is_over"


class UnknownPhase(Invalid):
    """The plan has no such phase."""

    code = "unknown_phase"


class PhaseNotOpen(Rejection):
    """The phase waits, or is closed already. Fact: ``status``."""

    code = "phase_not_open"


class PhaseHasNoLastDay(Rejection):
    """Maintenance runs until the campaign is ended; it cannot be extended."""

    code = "phase_has_no_last_day"


class LastDayNotLater(Invalid):
    """An extension gives a later last day, and one that lies ahead."""

    code = "last_day_not_later"


class OverlapsNextPhase(Rejection):
    """The extension would overlap a later phase by more days than the plan allows. Facts: ``next``, ``overlap_days``.

    Asked to move along, the later phases give way.
    """

    code = "overlaps_next_phase"


class NoGateToOverride(Rejection):
    """The phase has no gate, or it has passed."""

    code = "no_gate_to_override"


class UnknownDutyOccurrence(Rejection):
    """No obligations are waiting to be opened for this occurrence."""

    code = "unknown_duty_occurrence"


class UnusableDutyRule(Invalid):
    """The RRULE of a duty cannot be read, or never recurs in its phase. Facts: ``phase``, ``duty``, ``reason``."""

    code = "unusable_duty_rule"


class UnknownIndicator(Invalid):
    """A gate has a condition on an indicator that nobody computes. Facts: ``phase``, ``indicator``."""

    code = "unknown_indicator"


class IndicatorMissing(Invalid):
    """An assessment says nothing about an indicator of the gate: silence would pass for no cases."""

    code = "indicator_missing"


class UnknownPolicy(Invalid):
    """A phase names a policy that was never published."""

    code = "unknown_policy"


class UnknownStandard(Invalid):
    """The plan names a standard that was never published. Facts: ``place`` in the plan, ``standard``."""

    code = "unknown_standard"
