"""Who acts: a principal in a role, belonging to a unit."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Role(StrEnum):
    """What a principal is in the campaign; decides which commands it may give."""

    OFFICE = "office"  # 创建办
    HANDLER = "handler"  # 责任单位经办人
    INSPECTOR = "inspector"  # 督查员, 网格员
    LEADER = "leader"  # 领导小组
    AUDITOR = "auditor"  # 审计, 纪检
    SYSTEM = "system"  # back-office systems and this service's own workflows
    ADMINISTRATOR = "administrator"


class Actor(BaseModel):
    """The principal behind a command. ``lineage`` lists the units above ``unit``, nearest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    principal: str
    role: Role
    unit: str | None = None
    lineage: tuple[str, ...] = ()

    def belongs_to(self, unit: str) -> bool:
        """Say whether the actor works in the unit or in one below it."""
        return unit == self.unit or unit in self.lineage
