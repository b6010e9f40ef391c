"""What can be asked of a designation: grant it, withdraw it."""

from typing import Annotated

from pydantic import Field

from domain.campaign.plan import Code, Identifier
from domain.decider import Command, Reason
from domain.item.values import Evidence, Note


class GrantDesignation(Command):
    """命名: the area meets what the designation asks for."""

    campaign_id: Identifier
    designation: Identifier
    area: Code
    note: Note | None = None
    evidence: Annotated[tuple[Evidence, ...], Field(max_length=50)] = ()


class WithdrawDesignation(Command):
    """撤销命名."""

    reason: Reason


DesignationCommand = GrantDesignation | WithdrawDesignation
