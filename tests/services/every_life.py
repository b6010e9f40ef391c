"""A life for every kind of aggregate there is, lived at random in a store that remembers each state it ever wrote."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from domain.access.commands import RecordAccesses
from domain.access.events import Exported, Refused
from domain.accountability.rules import Series
from domain.actor import Actor, Role
from domain.bulletin.commands import CorrectBulletin, PublishBulletin
from domain.channel import commands as channel
from domain.channel.values import ChannelKind, CityServed
from domain.designation.commands import GrantDesignation, WithdrawDesignation
from domain.document.commands import IssueDocument, PublishTemplate
from domain.document.values import AboutItem, DocumentKind, DocumentRef
from domain.errors import Rejection
from domain.indicator.commands import PublishFormulas
from domain.indicator.standard import STANDARD as FORMULAS_1
from domain.notice.commands import AskForResend, RecordDelivery, RecordFailure
from domain.organisation import commands as organisation
from domain.organisation.state import Area, Unit
from domain.person.commands import ErasePerson
from domain.preferences.commands import SetPreferences
from domain.preferences.values import Hourly, Preferences
from domain.principal import commands as principal
from domain.principal.state import Standing
from domain.question.commands import RemoveQuestion, SaveQuestion
from domain.rulebook import commands as rulebook
from domain.rulebook.rulebook import Rulebook
from domain.webhook import commands as webhook
from services.handling import aggregates as kinds
from services.handling.aggregate import Aggregate
from services.handling.command_handler import CommandHandler, Wish
from services.store.event_store import EventStore
from tests.domain import act_samples, bulk_samples, campaign_samples, case_samples, item_samples, obligation_samples
from tests.domain.item_samples import ADMINISTRATOR, AUDITOR, LEADER, OFFICE, SERVICE, text
from tests.domain.scenario import Deed
from tests.domain.test_bulletin import content
from tests.domain.test_rulebook_publishing import CALENDAR_2, CATALOGUE_2, POLICY_2, STANDARD_1

START = datetime.fromisoformat("2026-11-23T09:00:00+08:00")
SOMEBODY = UUID("5b0c1d6e-6a0f-5c59-8f1a-2f3d4c5b6a79")
SHA = "b" * 64
BULLETIN_1 = content()
REMEMBERS = """
    CREATE TABLE public.remembered (stream_id uuid, version bigint, state jsonb);
    CREATE FUNCTION public.remember() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN INSERT INTO public.remembered VALUES (NEW.stream_id, NEW.version, NEW.state); RETURN NULL; END $$;
    CREATE TRIGGER remember AFTER INSERT OR UPDATE ON es.current_state
       FOR EACH ROW EXECUTE FUNCTION public.remember();"""


class Rules:
    """A rulebook that stays as it is, whatever the store says."""

    def __init__(self, rules: Rulebook) -> None:
        self._rules = rules

    async def current(self, *, newest: bool = False) -> Rulebook:
        return self._rules


@dataclass
class Life:
    """What may happen to one aggregate, in any order, as far as the rules let it."""

    aggregate: Aggregate
    deeds: Sequence[Deed]
    rules: Rulebook = item_samples.RULES
    key: str = "life"
    stream: UUID | None = None
    steps: int = 6
    stream_id: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.stream_id = self.stream or self.aggregate.stream(self.key)


def _deed(command: Any, actor: Actor, **content: Any) -> Deed:
    return Deed(command, actor, content)


_UNIT, _AREA = (
    Unit(code="life", name=text("新单位")),
    Area(code="life", name=text("新区"), kind="street", parent="city"),
)
_WHO = {"message_id": SOMEBODY, "channel": ChannelKind.WECOM, "lines": 2, "attempts": 3}
_FILE = DocumentRef(kind=DocumentKind.DISPATCH_ORDER, format="pdf", sha256=SHA, template="dispatch_order@builtin-1")
_SERVES = {"name": "群", "serves": CityServed(), "host": "oapi.dingtalk.com"}
_ACCESS = {"occurred_at": START, "operation": "GET /v1/log"}

LIVES = (
    Life(
        kinds.ITEM,
        [deed for deed in item_samples.DEEDS if deed not in (item_samples.merge, item_samples.absorb)],
        stream=item_samples.ITEM,
        steps=25,
    ),
    Life(
        kinds.CASE,
        (case_samples.open_by_hand, *case_samples.DEEDS),
        stream=case_samples.CASE,
        steps=15,
    ),
    Life(
        kinds.ACT,
        (
            act_samples.plan_summons,
            act_samples.issue(Series.SUMMONS),
            act_samples.acknowledge,
            act_samples.answer,
            act_samples.record,
            act_samples.withdraw,
            act_samples.follow_up,
        ),
        act_samples.CAMPAIGN_RULES,
        stream=act_samples.ACT,
        steps=12,
    ),
    Life(
        kinds.OBLIGATION,
        (obligation_samples.assign_task, *obligation_samples.DEEDS),
        stream=obligation_samples.OBLIGATION,
        steps=15,
    ),
    Life(kinds.BULK, bulk_samples.DEEDS, stream=bulk_samples.OPERATION, steps=10),
    Life(kinds.CAMPAIGN, campaign_samples.DEEDS, item_samples.RULES, key="county-2026", steps=15),
    Life(
        kinds.DESIGNATION,
        (
            _deed(GrantDesignation, LEADER, campaign_id="county-2026", designation="model", area="east"),
            _deed(WithdrawDesignation, LEADER, reason="复查不合格"),
        ),
    ),
    Life(
        kinds.BULLETIN,
        (
            _deed(PublishBulletin, OFFICE, kind="weekly", content=BULLETIN_1),
            *(
                _deed(CorrectBulletin, OFFICE, corrects=number, reason="更正", content=content(on_time=2))
                for number in (1, 2)
            ),
        ),
    ),
    Life(
        kinds.UNIT,
        (
            _deed(organisation.RegisterUnit, ADMINISTRATOR, unit=_UNIT),
            _deed(
                organisation.ChangeUnit, ADMINISTRATOR, unit=_UNIT.model_copy(update={"kind": "bureau"}), reason="更名"
            ),
            _deed(organisation.DissolveUnit, ADMINISTRATOR, reason="撤并"),
        ),
    ),
    Life(
        kinds.AREA,
        (
            _deed(organisation.RegisterArea, ADMINISTRATOR, area=_AREA),
            _deed(
                organisation.ChangeArea,
                ADMINISTRATOR,
                area=_AREA.model_copy(update={"kind": "community"}),
                reason="调整",
            ),
            _deed(organisation.AbolishArea, ADMINISTRATOR, reason="撤并"),
        ),
    ),
    Life(kinds.CATALOGUE, [_deed(rulebook.PublishCatalogue, OFFICE, document=CATALOGUE_2)]),
    Life(kinds.POLICY, [_deed(rulebook.PublishPolicy, OFFICE, document=POLICY_2)]),
    Life(kinds.CALENDAR, [_deed(rulebook.PublishCalendar, OFFICE, document=CALENDAR_2)]),
    Life(kinds.STANDARD, [_deed(rulebook.PublishStandard, OFFICE, document=STANDARD_1)]),
    Life(kinds.FORMULAS, [_deed(PublishFormulas, OFFICE, document=FORMULAS_1.model_copy(update={"version": 2}))]),
    Life(
        kinds.PRINCIPAL,
        (
            _deed(
                principal.RegisterPrincipal,
                ADMINISTRATOR,
                principal_id=str(SOMEBODY),
                standing=Standing(role=Role.LEADER),
            ),
            _deed(principal.ChangePrincipal, ADMINISTRATOR, standing=Standing(role=Role.OFFICE), reason="岗位调整"),
            *(_deed(principal.IssueApiKey, ADMINISTRATOR, key_id=f"{number:016x}") for number in (1, 2)),
            _deed(principal.RevokeApiKey, ADMINISTRATOR, key_id=f"{1:016x}", reason="遗失"),
            _deed(principal.DeactivatePrincipal, ADMINISTRATOR, reason="离职"),
        ),
        stream=SOMEBODY,
        steps=8,
    ),
    Life(kinds.PERSON, [_deed(ErasePerson, ADMINISTRATOR, person_id=str(SOMEBODY), reason="本人要求")], steps=2),
    Life(
        kinds.CHANNEL,
        (
            _deed(channel.RegisterChannel, ADMINISTRATOR, channel_id=SOMEBODY, kind=ChannelKind.DINGTALK, **_SERVES),
            _deed(channel.ChangeChannel, ADMINISTRATOR, reason="换群", **{**_SERVES, "name": "新群"}),
            _deed(channel.AskForTest, ADMINISTRATOR),
            _deed(channel.RetireChannel, ADMINISTRATOR, reason="停用"),
        ),
    ),
    Life(
        kinds.NOTICE,
        (
            _deed(RecordFailure, SERVICE, reason="gave_up", **_WHO),
            _deed(AskForResend, OFFICE),
            _deed(RecordDelivery, SERVICE, answer_sha256=SHA, **_WHO),
        ),
    ),
    Life(
        kinds.PREFERENCES,
        [
            _deed(SetPreferences, LEADER, principal_id=LEADER.principal, preferences=each)
            for each in (Preferences(digest=Hourly()), Preferences(language="en"))
        ],
    ),
    Life(
        kinds.WEBHOOK,
        (
            _deed(
                webhook.RegisterWebhook, ADMINISTRATOR, webhook_id=SOMEBODY, principal=SOMEBODY, host="hooks.example"
            ),
            _deed(webhook.ChangeWebhook, ADMINISTRATOR, host="other.example", reason="迁移"),
            _deed(webhook.RotateWebhookSecret, ADMINISTRATOR),
            _deed(webhook.PauseWebhook, ADMINISTRATOR, reason="检修"),
            _deed(webhook.ResumeWebhook, ADMINISTRATOR, reason="修复"),
        ),
    ),
    Life(
        kinds.DOCUMENT,
        [
            _deed(
                IssueDocument,
                OFFICE,
                document_id=SOMEBODY,
                kind=DocumentKind.DISPATCH_ORDER,
                about=AboutItem(stream_id=item_samples.ITEM),
                as_of=START,
                documents=(_FILE,),
            )
        ],
    ),
    Life(
        kinds.TEMPLATE,
        [_deed(PublishTemplate, OFFICE, kind=DocumentKind.DECISION, sha256=sign * 64) for sign in "abc"],
    ),
    Life(
        kinds.QUESTION,
        (
            _deed(SaveQuestion, AUDITOR, question_id=SOMEBODY, name="问", terms=({"name": "unit", "value": "life"},)),
            _deed(RemoveQuestion, AUDITOR),
        ),
    ),
    Life(
        kinds.ACCESS,
        (
            _deed(RecordAccesses, AUDITOR, accesses=(Exported(content="log.entries", count=7, **_ACCESS),)),
            _deed(RecordAccesses, AUDITOR, accesses=(Refused(code="no_such_item", **_ACCESS),) * 2),
        ),
    ),
)


async def live(pool: asyncpg.Pool, life: Life, chance: random.Random) -> int:
    """Let things happen to an aggregate; how many did. What the rules refuse does not happen."""
    handler = CommandHandler(EventStore(pool), Rules(life.rules))  # type: ignore[arg-type]
    at, happened = START, 0
    for _ in range(life.steps):
        at += timedelta(minutes=chance.choice((1, 30, 600, 4000)) if happened else 1)
        for deed in chance.sample(list(life.deeds), len(life.deeds)):
            try:
                await handler.handle(Wish(life.aggregate, life.stream_id, deed.as_command(at)))
            except Rejection:
                continue
            happened += 1
            break
    return happened
