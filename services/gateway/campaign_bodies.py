"""What people send to plan a campaign, in full or from a template, with examples."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.campaign.plan import CampaignPlan
from domain.decider import Reason
from services.campaigns.from_template import TemplateParameters

TemplateName = Annotated[str, Field(min_length=1, max_length=100)]


class FromTemplate(TemplateParameters):
    """A template by its name, and what it leaves open."""

    template: TemplateName = Field(description="模板名，见 /v1/campaign-templates。 Its name.", examples=["town"])


class NewCampaign(BaseModel):
    """Either a whole plan or a template with its parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plan: CampaignPlan | None = None
    from_template: FromTemplate | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.plan is None) == (self.from_template is None):
            raise ValueError("plan 与 from_template 二选一 / either plan or from_template")
        return self


class ChangedPlan(BaseModel):
    """The whole new plan, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plan: CampaignPlan
    reason: Reason


PLAN: dict[str, Any] = {
    "campaign_id": "east-2027",
    "name": {"zh": "东街文明小区创建", "en": "Civilised communities of East Street"},
    "title": "community",
    "leading_group": "office",
    "office": "office",
    "units": ["cleaning"],
    "areas": ["east"],
    "calendar_id": "cn",
    "catalogue_id": "city",
    "inspection_day": "2027-06-20",
    "phases": [
        {
            "phase_id": "mobilisation",
            "kind": "mobilisation",
            "name": {"zh": "动员部署", "en": "Mobilisation"},
            "first_day": "2027-03-01",
            "last_day": "2027-03-14",
            "policy_id": "city",
            "gate": {"conditions": [{"indicator": "letters_signed", "at_least": "1"}], "assess_days_before": 2},
        },
        {
            "phase_id": "rectification",
            "kind": "rectification",
            "name": {"zh": "集中整治", "en": "Concentrated rectification"},
            "first_day": "2027-03-15",
            "last_day": "2027-05-31",
            "policy_id": "city",
            "targets": [
                {
                    "target_id": "models",
                    "name": {"zh": "示范小区", "en": "Model communities"},
                    "designation": "model",
                    "area_kind": "community",
                    "by": "2027-04-30",
                    "count": 2,
                }
            ],
            "duties": [
                {
                    "duty_id": "daily-report",
                    "kind": "daily_report",
                    "name": {"zh": "日报", "en": "Daily report"},
                    "rrule": "FREQ=DAILY;BYHOUR=18",
                    "limit": {"kind": "urgent_hours", "amount": 3},
                    "owed_by": "units",
                    "quantities": [{"zh": "清理小广告（张）", "en": "Stickers removed"}],
                }
            ],
        },
        {
            "phase_id": "upkeep",
            "kind": "maintenance",
            "name": {"zh": "长效管理", "en": "Long-term maintenance"},
            "first_day": "2027-06-01",
            "policy_id": "city",
        },
    ],
}
FROM_TEMPLATE: dict[str, Any] = {
    "template": "community",
    "campaign_id": "sunshine-2027",
    "year": 2027,
    "leading_group": "office",
    "office": "office",
    "units": ["cleaning"],
    "areas": ["east"],
}
NEW = {"完整方案": {"plan": PLAN}, "按模板": {"from_template": FROM_TEMPLATE}}
CHANGED = {"改方案": {"plan": PLAN, "reason": "领导小组调整时间安排"}}
