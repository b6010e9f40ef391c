"""What follows from a command about an item: the decider."""

from typing import assert_never

from domain.item import beside, following, handling, occasions, opening, relimiting
from domain.item import commands as c
from domain.item.events import ItemEvent
from domain.item.permissions import check_permission
from domain.item.rejections import AlreadyReported, NoSuchItem
from domain.item.state import Item, evolve
from domain.rulebook.rulebook import Rulebook


def decide(command: c.ItemCommand, state: Item | None, rules: Rulebook) -> tuple[ItemEvent, ...]:
    """Turn a command into events, or refuse it.

    Whatever fell due before the command's instant is settled first: a late submission is marked late, and rungs that
    were due are climbed, even if the workflow that should have reminded us was down.
    """
    check_permission(command)
    if isinstance(command, c.ReportIssue | c.ReportFixedOnTheSpot | c.ImportItem):
        if state is not None:
            raise AlreadyReported(number=state.dossier.number)
        opened = opening.decide_opening(command, rules)
        return (*opened, *occasions.met(opened, None, rules))
    if state is None:
        raise NoSuchItem
    if command.at < state.dossier.updated_at:  # the clocks of two machines differ; an item's time never goes back
        command = command.model_copy(update={"at": state.dossier.updated_at})
    if isinstance(command, c.FollowUp):
        return following.follow_up(state, command.at, rules)
    settled = following.fallen_due(state, command.at, rules)
    for event in settled:
        state = evolve(state, event)
    handled = _decide_handling(command, state, rules)
    return (*settled, *handled, *occasions.met(handled, state, rules))


def fold(events: tuple[ItemEvent, ...], state: Item | None = None) -> Item | None:
    """The state after the events."""
    for event in events:
        state = evolve(state, event)
    return state


def _decide_handling(  # noqa: C901, PLR0911, PLR0912 - one line per command is the point
    command: c.Handling, state: Item, rules: Rulebook
) -> tuple[ItemEvent, ...]:
    match command:
        case c.RegisterItem():
            return handling.register(command, state, rules)
        case c.DispatchItem():
            return handling.dispatch(command, state, rules)
        case c.TransferItem():
            return handling.transfer(command, state, rules)
        case c.TransferItemOut():
            return handling.transfer_out(command, state)
        case c.AcceptItem():
            return handling.accept(command, state, rules)
        case c.RefuseItem():
            return handling.refuse(command, state, rules)
        case c.SubmitRectification():
            return handling.submit(command, state, rules)
        case c.PassCheck():
            return handling.pass_check(command, state, rules)
        case c.SendBack():
            return handling.send_back(command, state, rules)
        case c.CloseItem():
            return handling.close(command, state, rules)
        case c.ConfirmRecheck():
            return handling.confirm_recheck(command, state, rules)
        case c.RecordRecurrence():
            return handling.record_recurrence(command, state)
        case c.LinkRecurrence():
            return handling.link_recurrence(command, state)
        case c.ArchiveItem():
            return handling.archive(command, state)
        case c.VoidItem():
            return beside.void(command, state)
        case c.MergeItem():
            return beside.merge(command, state)
        case c.AbsorbItem():
            return beside.absorb(command, state)
        case c.RequestExtension():
            return beside.request_extension(command, state, rules)
        case c.GrantExtension():
            return beside.grant_extension(command, state, rules)
        case c.RefuseExtension():
            return beside.refuse_extension(command, state)
        case c.SuspendItem():
            return beside.suspend(command, state)
        case c.ResumeItem():
            return beside.resume(command, state, rules)
        case c.RecomputeDeadline():
            return beside.recompute_deadline(command, state, rules)
        case c.ApplyRegime():
            return relimiting.apply_regime(command, state, rules)
        case c.ExtendItem():
            return relimiting.extend_of_own_accord(command, state, rules)
        case c.AppealOverdue():
            return beside.appeal_overdue(command, state)
        case c.RuleOnAppeal():
            return beside.rule_on_appeal(command, state)
        case c.AddComment():
            return beside.comment(command)
        case _:
            assert_never(command)
