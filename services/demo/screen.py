"""Shows the play as it goes: steps, ladder, latest events, processes; on a terminal live, elsewhere in plain lines."""

import asyncio
from collections import deque
from datetime import datetime

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from domain.item.state import Item
from domain.ladder import Rung
from services.demo.course import CampaignPlayed
from services.demo.narration import beside_line, line, phase_name
from services.demo.play import Play
from services.demo.result import DemoResult
from services.demo.stage import Stage
from services.demo.supervised import Supervision
from services.messages.catalogue import word
from services.store.records import StoredEvent

STATUSES = (
    "registered",
    "dispatched",
    "rectifying",
    "suspended",
    "submitted",
    "closed",
    "archived",
    "recurred",
    "voided",
    "merged",
    "transferred_out",
)
_COLOURS = dict(zip(Rung, ("yellow", "dark_orange", "orange_red1", "red", "magenta", "bold red"), strict=True))
_EVENTS_SHOWN = 10
_REFRESH_SECONDS = 0.4
_PLAIN_SECONDS = 5.0


class Screen:
    """Hears of every event and draws."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._latest: deque[str] = deque(maxlen=_EVENTS_SHOWN)

    def hear(self, event: StoredEvent, item: Item) -> None:
        """Keep an event for the list of the latest."""
        self._latest.append(line(event, item))

    def hear_of_campaign(self, event: StoredEvent) -> None:
        """Keep an event of the campaign or of a case; where nothing is drawn live, tell it at once."""
        self._latest.append(beside_line(event))
        if not self.console.is_terminal:
            self.console.print(self._latest[-1], markup=False, highlight=False, soft_wrap=True)

    async def show(self, play: Play) -> None:
        """Draw until cancelled."""
        if not self.console.is_terminal:
            await self._tell(play)
        with Live(console=self.console, auto_refresh=False, transient=True) as live:
            while True:
                live.update(self._picture(play), refresh=True)
                await asyncio.sleep(_REFRESH_SECONDS)

    async def _tell(self, play: Play) -> None:
        while True:
            await asyncio.sleep(_PLAIN_SECONDS)
            self.console.print(_headline(play), highlight=False, soft_wrap=True)
            for latest in list(self._latest)[-2:]:
                self.console.print(f"    {latest}", markup=False, highlight=False, soft_wrap=True)

    def _picture(self, play: Play) -> RenderableType:
        top = Table.grid(expand=True, padding=(0, 1))
        top.add_row(Panel(_steps(play), title="环节 steps"), Panel(_ladder(play), title="督办阶梯 ladder"))
        events = Text("\n".join(self._latest), no_wrap=True, overflow="ellipsis")
        return Group(
            Text(_headline(play), style="bold"),
            top,
            Panel(events, title="最新动态 latest events", height=_EVENTS_SHOWN + 2),
            _processes(play.stage),
        )


def summary(console: Console, result: DemoResult) -> None:
    """Print what the play came to."""
    table = Table(title="望澜市演练结果  what the play came to", show_header=False)
    table.add_row("上报事件  issue events fired", str(result.issues_fired))
    table.add_row("整改事项  items", str(result.items))
    for status, items in sorted(result.by_status.items(), key=lambda entry: -entry[1]):
        table.add_row(f"  {word('status', status, 'zh')}  {word('status', status, 'en')}", str(items))
    for rung, times in result.rungs_climbed.items():
        table.add_row(f"  督办升级：{word('rung', rung, 'zh')}  {word('rung', rung, 'en')}", str(times))
    table.add_row("应启动问责  accountability cases due", str(result.accountability_due))
    _supervision(table, result.supervision)
    delay = result.rung_delay_seconds
    table.add_row("升级延迟（中位/最长，秒）  rung delay, median/longest", f"{delay.median}/{delay.longest}")
    table.add_row("丢失事项  items lost", _must_be_zero(result.items_lost))
    table.add_row("丢失操作  commands lost", _must_be_zero(result.commands_lost))
    table.add_row("重复升级  rungs climbed twice", _must_be_zero(result.rungs_climbed_twice))
    table.add_row("未了停滞  items stuck", _must_be_zero(result.items_stuck))
    table.add_row("拒收的错误输入  bad inputs refused", str(sum(result.refused_inputs.values())))
    table.add_row(
        "重复投递（识别/发送）  redeliveries recognised", f"{result.duplicates_recognised}/{result.duplicates_sent}"
    )
    table.add_row("日志事件  events in the log", str(result.log_size))
    table.add_row("用时  seconds", str(result.seconds))
    console.print(table)
    if result.campaign is not None:
        console.print(_campaign(result.campaign))
        console.print(_under_phases(result.campaign))
    for surprise in result.surprises:
        console.print(f"意外  surprise: {surprise}", style="red", markup=False)
    if result.api_disagrees:
        console.print("接口统计与日志不一致  the API's counts differ from the log's", style="red")


def _supervision(table: Table, supervision: Supervision) -> None:
    for kind, number in sorted(supervision.acts.items()):
        table.add_row(f"  制发{word('act_kind', kind, 'zh')}  {word('act_kind', kind, 'en')}", str(number))
    if supervision.acts_planned:
        table.add_row("  下一工作日制发的催办通知书  reminders of the next working day", str(supervision.acts_planned))
    if supervision.acts_withdrawn:
        table.add_row("  未制发即撤销  withdrawn before they were issued", str(supervision.acts_withdrawn))
    for step, number in sorted(supervision.cases.items()):
        words = f"问责案件：{word('case_status', step, 'zh')}  cases: {word('case_status', step, 'en')}"
        table.add_row(f"  {words}", str(number))
    for measure, number in sorted(supervision.decisions.items()):
        table.add_row(f"  问责决定：{word('measure', measure, 'zh')}  {word('measure', measure, 'en')}", str(number))
    table.add_row("升级未有文书或案件  rungs without act or case", _must_be_zero(supervision.missing))
    table.add_row("重复制发或立案  rungs with more than one", _must_be_zero(supervision.doubled))


def _campaign(played: CampaignPlayed) -> Table:
    table = Table(title="创建活动四个阶段  the four phases of the campaign")
    for heading in ("阶段\nphase", "开始\nopened", "结束\nclosed", "验收\ngate", "任务\nduties", "事项\nitems"):
        table.add_column(heading)
    for phase in played.phases:
        table.add_row(
            f"{word('phase_kind', phase.kind, 'zh')}\n{word('phase_kind', phase.kind, 'en')}",
            _time(phase.opened_at),
            _time(phase.closed_at),
            "—" if phase.gate == "none" else f"{word('gate', phase.gate, 'zh')}\n{word('gate', phase.gate, 'en')}",
            str(phase.duties_called),
            str(phase.items),
        )
    return table


def _under_phases(played: CampaignPlayed) -> Table:
    table = Table(show_header=False)
    for policy, items in played.items_by_policy.items():
        table.add_row(f"按此办法立案的事项  items registered under  {policy}", str(items))
    table.add_row("常态任务下达  obligations handed out", str(played.obligations))
    table.add_row("常态任务完成  obligations fulfilled", str(played.obligations_fulfilled))
    table.add_row("阶段变更后重算的时限  limits changed by a new phase", str(played.limits_changed))
    return table


def _time(instant: datetime | None) -> str:
    return f"{instant.astimezone():%H:%M:%S}" if instant else "—"


def _must_be_zero(number: int) -> str:
    return f"[bold green]{number}[/]" if number == 0 else f"[bold red]{number}[/]"


def _headline(play: Play) -> str:
    fired, tally = play.intake.fired, play.tally
    in_force = tally.course.phase_in_force
    phase = f"〔{phase_name(in_force)}〕 " if in_force else ""
    return (
        f"{play.seconds:5.0f}s 望澜市  {phase}上报 {fired.events}/{fired.expected}  事项 {len(tally.items)}"
        f"  未了 {len(tally.unsettled())}  升级 {sum(tally.rungs().values())}"
        f"  文书 {len(tally.supervised.acts)}  立案 {len(tally.supervised.cases)}/{tally.accountability_due()}"
        f"  日志 {tally.log_size}"
    )


def _steps(play: Play) -> RenderableType:
    counts = play.tally.by_status()
    table = Table.grid(padding=(0, 1))
    for status in STATUSES:
        number = counts.get(status, 0)
        table.add_row(word("status", status, "zh"), str(number), _bar(number, len(play.tally.items), "cyan"))
    return table


def _ladder(play: Play) -> RenderableType:
    climbed = play.tally.rungs()
    most = max(*climbed.values(), 1)
    table = Table.grid(padding=(0, 1))
    for rung in Rung:
        number = climbed[rung]
        table.add_row(word("rung", rung, "zh"), str(number), _bar(number, most, _COLOURS[rung]))
    return table


def _bar(number: int, most: int, colour: str) -> RenderableType:
    return ProgressBar(total=max(most, 1), completed=number, width=24, complete_style=colour, finished_style=colour)


def _processes(stage: Stage) -> RenderableType:
    stack = stage.stack
    told = Text("进程 processes: ")
    for name in stack.names:
        ready = stack.is_ready(name)
        restarts = f"×{stack.restarts(name)}" if stack.restarts(name) else ""
        told.append(f" {name}{restarts} ", style="black on green" if ready else "white on red").append(" ")
    return told
