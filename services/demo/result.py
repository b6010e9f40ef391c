"""What a performance came to: every figure counted from the event log or the API, none assumed."""

from pydantic import BaseModel, ConfigDict, Field

from services.demo.course import CampaignPlayed
from services.demo.supervised import Supervision
from services.demo.tally import RungDelays


class DemoResult(BaseModel):
    """The summary that `--json` writes."""

    model_config = ConfigDict(frozen=True)

    issues_fired: int = Field(description="Issue events acknowledged with 2xx.")
    items: int = Field(description="Items in the event log, recurrences and on-the-spot reports among them.")
    by_status: dict[str, int]
    rungs_climbed: dict[str, int] = Field(description="By kind, lowest first.")
    rung_delay_seconds: RungDelays = Field(description="Between the planned instant and the climb, from the events.")
    campaign: CampaignPlayed | None = Field(description="Null where the items were reported outside a campaign.")
    items_lost: int = Field(description="Acknowledged, and missing in the event log or in the API's list.")
    commands_acknowledged: int
    commands_lost: int = Field(description="Acknowledged, and their events are not where the receipt says.")
    rungs_climbed_twice: int = Field(description="By (item, clock, rung), from the events.")
    impossible_events: int = Field(description="Events that cannot follow on those before them.")
    api_disagrees: bool = Field(description="Whether the API's counts differ from the log's.")
    accountability_due: int
    supervision: Supervision
    documents: list[str] = Field(description="Files that were fetched from the API, within the folder of documents.")
    items_stuck: int = Field(description="Neither over nor, with a neglecting unit, on the top rung.")
    log_size: int
    refused_inputs: dict[str, int] = Field(description="Inputs that had to be refused, by the code of the refusal.")
    surprises: list[str] = Field(description="Inputs that were answered otherwise than they should have been.")
    duplicates_sent: int
    duplicates_recognised: int
    refused_commands: dict[str, int] = Field(description="Commands that came too late or did not fit, by code.")
    faults: dict[int, int] = Field(description="Answers of 429 and 5xx, all of which were tried again.")
    retries: int
    restarts: dict[str, int] = Field(description="How often each process was started again after dying.")
    seconds: float

    @property
    def flawless(self) -> bool:
        """Whether nothing was lost, twice, stuck or wrong, and rungs and campaign brought what they bring."""
        lost = self.items_lost + self.commands_lost + self.items_stuck
        wrong = self.rungs_climbed_twice + self.impossible_events + len(self.surprises)
        if self.campaign is not None and not self.campaign.complete:
            return False
        if not self.supervision.flawless:
            return False
        return lost + wrong == 0 and not self.api_disagrees and self.duplicates_sent == self.duplicates_recognised
