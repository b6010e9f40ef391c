"""The reasons for which a command about a designation is refused, named as facts."""

from domain.errors import Invalid, Rejection


class AlreadyDesignated(Rejection):
    """The area bears the designation already."""

    code = "already_designated"


class NoSuchDesignation(Rejection):
    """The area never bore this designation in this campaign."""

    code = "no_such_designation"


class DesignationNotInForce(Rejection):
    """The designation was withdrawn before."""

    code = "designation_not_in_force"


class UnknownDesignation(Invalid):
    """No target of the campaign counts this designation. Facts: ``designation``."""

    code = "unknown_designation"


class AreaOutsideCampaign(Invalid):
    """The area lies in none of the campaign's areas. Facts: ``area``."""

    code = "area_outside_campaign"


class WrongKindOfArea(Invalid):
    """The designation is for areas of another kind. Facts: ``area``, ``expected``."""

    code = "wrong_kind_of_area"
