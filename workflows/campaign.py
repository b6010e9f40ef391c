"""The process of one campaign 创建活动: phases, duties and gates come by themselves, for months and years."""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.campaign_steps import CampaignSteps
    from activities.notices import Moment, Notice, Watch
    from workflows.promptly import promptly
    from workflows.vigil import UnknownDueError, Vigil
    from workflows.words import CAMPAIGN


@workflow.defn
class Campaign:
    """One campaign, from its start to the day it is ended.

    It walks its phases in order: **mobilisation** 动员部署, where the plan is issued and letters are signed; where
    planned, **demonstration** 示范带动 with a few model places; **concentrated rectification** 集中整治, the sweep;
    the **sprint** 冲刺迎检 before the inspection, with shorter limits and a hotter ladder; and **long-term
    maintenance** 长效管理, which lasts until somebody ends the campaign and goes on in a new run every so often.

    In each phase the same things happen by themselves:

    - On its first day the phase **opens**, and its policy is in force for clocks that start from then on. Where the
      plan says so, the clocks of open items are **recomputed** too, by a bulk operation with a workflow of its own.
    - Its duties 常态任务 **recur**: daily report, weekly bulletin, monthly assessment. Each occurrence is **handed
      out** to the units that owe it, as obligations with workflows of their own.
    - Near its end the gate is **assessed**: the indicators of that moment against the conditions for going on.
    - After its last day the phase **closes**; or, where the gate was not passed, the leading group 领导小组 is
      **asked**, and the phase stays open until it extends the phase or overrides the gate.

    People pause, resume, extend, close early and end in the event store; `notice` tells what comes next.
    """

    @workflow.init
    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._vigil = Vigil(watch, CAMPAIGN)

    @workflow.run
    async def run(self, watch: Watch) -> str:  # noqa: ARG002 - taken by __init__
        """Wait and act until the campaign has ended; returns the step it ended at."""
        return await self._vigil.keep(self._do_what_is_due)

    @workflow.signal
    def notice(self, newer: Notice) -> None:
        """Tell that somebody acted: the campaign was started, paused, resumed, extended, ended."""
        self._vigil.hear(newer)

    @workflow.query
    def waiting_for(self) -> str:
        """Say in one line what the campaign waits for."""
        return self._vigil.waiting_for()

    async def _do_what_is_due(  # noqa: PLR0911 - one line per step is the point
        self, waited: Notice, now: datetime
    ) -> Notice:
        due = waited.next_due or ""
        moment = Moment(stream_id=self._watch.stream_id, version=waited.version, due=due, at=now)
        summary = CAMPAIGN.due(due)
        match due:
            case "open_phase":
                return await promptly(CampaignSteps.open_phase, moment, summary)
            case "recompute_items":
                return await promptly(CampaignSteps.start_recomputation, moment, summary)
            case "call_duty":
                return await promptly(CampaignSteps.call_duties, moment, summary)
            case "open_duty":
                return await promptly(CampaignSteps.open_obligations, moment, summary)
            case "assess_gate":
                return await promptly(CampaignSteps.assess_gate, moment, summary)
            case "close_phase":
                return await promptly(CampaignSteps.close_phase, moment, summary)
            case "refer_gate":
                return await promptly(CampaignSteps.refer_gate, moment, summary)
            case _:
                raise UnknownDueError(due)
