"""Keeps the rulebook at hand: every published document, unit and area, loaded again when one was added or changed."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

import asyncpg
from pydantic import ValidationError

from domain.campaign.in_force import in_force
from domain.campaign.state import CAMPAIGNS
from domain.indicator.book import FormulaBook
from domain.organisation.state import Area, Unit
from domain.rulebook.documents import CalendarDocument, Catalogue, Policy
from domain.rulebook.rulebook import Rulebook
from domain.rulebook.standard import Standard
from services.handling.aggregates import AREA, CALENDAR, CATALOGUE, FORMULAS, POLICY, STANDARD, UNIT
from services.store.rulebook_queries import fingerprint, states_of

_CAMPAIGN = "campaign"
_KINDS = [_CAMPAIGN, *(aggregate.kind for aggregate in (CATALOGUE, POLICY, CALENDAR, STANDARD, UNIT, AREA, FORMULAS))]
_LOOK_AGAIN_SECONDS = 1.0
T = TypeVar("T")


class DamagedRuleError(RuntimeError):
    """The current state of a document, unit, area or campaign is none: it was changed past the program."""

    def __init__(self, kind: str, stream_id: UUID) -> None:
        super().__init__(f"{kind} {stream_id}: its current state cannot be read")
        self.kind = kind
        self.stream_id = stream_id


class RulebookSource:
    """Answers with the rulebook as of at most a second ago; asks the database for a fingerprint, not for all of it.

    Published versions never change and versions of units and areas only grow, so the sum of versions tells.
    """

    def __init__(self, pool: asyncpg.Pool, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._monotonic = monotonic
        self._looked_at = float("-inf")
        self._fingerprint = -1
        self._rulebook = Rulebook()
        self._looking = asyncio.Lock()

    async def current(self, *, newest: bool = False) -> Rulebook:
        """The rulebook; ``newest`` looks even if somebody looked a moment ago. Raises DamagedRuleError."""
        if newest:
            return await self._look()
        if self._is_fresh():
            return self._rulebook
        async with self._looking:  # one looks for all who ask meanwhile
            return self._rulebook if self._is_fresh() else await self._look()

    def _is_fresh(self) -> bool:
        return self._monotonic() - self._looked_at < _LOOK_AGAIN_SECONDS

    async def _look(self) -> Rulebook:
        now = self._monotonic()
        found = await fingerprint(self._pool, _KINDS)
        if found != self._fingerprint:
            self._rulebook = await self._load()
            self._fingerprint = found
        self._looked_at = now
        return self._rulebook

    async def _load(self) -> Rulebook:
        documents = await states_of(self._pool, _KINDS)
        policies = _read(documents, POLICY.kind, Policy.model_validate_json)
        catalogues = _read(documents, CATALOGUE.kind, Catalogue.model_validate_json)
        calendars = _read(documents, CALENDAR.kind, CalendarDocument.model_validate_json)
        standards = _read(documents, STANDARD.kind, Standard.model_validate_json)
        units = _read(documents, UNIT.kind, Unit.model_validate_json)
        areas = _read(documents, AREA.kind, Area.model_validate_json)
        books = _read(documents, FORMULAS.kind, FormulaBook.model_validate_json)
        campaigns = map(in_force, _read(documents, _CAMPAIGN, CAMPAIGNS.validate_json))
        return Rulebook(
            policies={policy.ref: policy for policy in policies},
            catalogues={catalogue.ref: catalogue for catalogue in catalogues},
            calendars={calendar.ref: calendar for calendar in calendars},
            standards={standard.ref: standard for standard in standards},
            units={unit.code: unit for unit in units},
            areas={area.code: area for area in areas},
            campaigns={campaign.campaign_id: campaign for campaign in campaigns if campaign},
            formula_books={book.ref: book for book in books},
        )


def _read(documents: Mapping[str, Sequence[tuple[UUID, bytes]]], kind: str, parse: Callable[[bytes], T]) -> list[T]:
    found: list[T] = []
    for stream_id, state in documents[kind]:
        try:
            found.append(parse(state))
        except ValidationError as damaged:
            raise DamagedRuleError(kind, stream_id) from damaged
    return found
