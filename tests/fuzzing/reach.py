"""Asks every operation as everybody, about one's own and about somebody else's, and writes down what came of it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import httpx

from tests.fuzzing.asking import ASKED, USUAL, Asking
from tests.fuzzing.callers import CALLERS, Caller
from tests.fuzzing.city import FuzzedCity, Side

# Of these the ids of one's own prove nothing, or are everybody's.
_COMMON = frozenset({"delivery", "unit", "area", "community", "unit below", "area below", "key"})
# What one reads of oneself, and what only those who audit the whole city read.
_ALIKE = frozenset({"who_am_i", "read_preferences", "list_accesses"})
_LISTS = frozenset({"read_activity", "list_cases", "ask_question", "list_score_lines"})
# The rules that may say no to a question that is put well. Anything else is a wrong question, or a fault.
_RULES = frozenset({"not_your_unit", "question_of_another", "unknown_area", "unknown_unit"})
YES, NO, UNSEEN, UNKNOWN = "✓", "✗", "○", "⚿"


_Pair = tuple[httpx.Response, httpx.Response]


@dataclass(frozen=True)
class Row:
    """What everybody gets from one operation.

    ``cells`` in the order of the callers; ``apart``: the question tells own and foreign apart; ``answers``: one with
    each status.
    """

    tag: str
    method: str
    path: str
    cells: tuple[str, ...]
    allowed: bool
    apart: bool
    answers: Mapping[int, httpx.Response]

    @property
    def halves(self) -> tuple[tuple[str, str], ...]:
        """What everybody gets of their own, and of somebody else's."""
        return tuple((cell.partition(" / ")[0], cell.rpartition(" / ")[2]) for cell in self.cells)


@dataclass(frozen=True)
class Question:
    method: str
    path: str
    request: Mapping[str, Any]
    asking: Asking

    async def put(self, city: FuzzedCity, caller: Caller, side: Side) -> httpx.Response:
        steps = self.asking.before(side)
        return await city.tried(caller.name, self.method, self.path, before=steps, **self.request)


async def reach(city: FuzzedCity, document: Mapping[str, Any]) -> AsyncIterator[Row]:
    """A row for every operation of the OpenAPI document."""
    size = (await city.tried("auditor", "GET", "/v1/log/checkpoints")).json()["checkpoints"][-1].split("\n")[1]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            asking = ASKED.get(operation["operationId"], Asking())
            questions = [
                question(asking, method.upper(), path.replace("{size}", size), side)
                for side in (city.own, city.foreign)
            ]
            yield await _row(city, operation, method, path, questions)


def question(asking: Asking, method: str, path: str, side: Side) -> Question:
    for part in [part for part in path.split("/") if part.startswith("{")]:
        name = part[1:-1]
        subject = asking.ids.get(name, USUAL.get(name, name.removesuffix("_id")))
        path = path.replace(part, subject[1:] if subject.startswith("=") else side.ids[subject])
    body = asking.body(side)
    request: dict[str, Any] = {"params": asking.query(side)}
    if isinstance(body, bytes):
        request |= {"content": body, "headers": {"Content-Type": asking.media_type}}
    elif method != "GET":
        request |= {"json": body if body is not None else {}, "headers": {"Content-Type": asking.media_type}}
    return Question(method, path, request, asking)


async def _row(
    city: FuzzedCity, operation: Mapping[str, Any], method: str, path: str, questions: list[Question]
) -> Row:
    own, foreign = questions
    asking, code = own.asking, operation["operationId"]
    told_apart = (own.path, own.request) != (foreign.path, foreign.request)
    pairs: list[_Pair] = []
    for caller in CALLERS:
        mine = await own.put(city, caller, city.own)
        pairs.append((mine, await foreign.put(city, caller, city.foreign) if told_apart else mine))
    cells = [(_outcome(mine), _outcome(theirs)) for mine, theirs in pairs]
    told = _told(own, foreign, pairs, city, listed=code in _LISTS) if method == "get" and code not in _ALIKE else []
    if any(any(pair) for pair in told):  # a list of what lies in somebody's scope
        cells = [
            (YES if sees[0] else UNSEEN, YES if sees[1] else UNSEEN) if cell[0] == YES else cell
            for cell, sees in zip(cells, told, strict=True)
        ]
    elif told and (asking.shows or asking.whole or code in _LISTS):
        raise AssertionError(f"{code} shows nobody anything")
    written = tuple(own if own == foreign else f"{own} / {foreign}" for own, foreign in cells)
    allowed = any(mine == YES for mine, _ in cells)
    apart = told_apart or any(any(pair) for pair in told)
    answers = {answer.status_code: answer for pair in pairs for answer in pair}
    return Row(operation["tags"][0], method.upper(), path, written, allowed, apart, answers)


def _told(
    own: Question, foreign: Question, pairs: list[_Pair], city: FuzzedCity, *, listed: bool
) -> list[tuple[bool, bool]]:
    """Whether their answers show everybody what is their own, and what is somebody else's; empty: needs no look."""
    asking = own.asking
    if (whole := asking.whole) is not None:
        sums = [whole(mine.json()) if mine.is_success else 0 for mine, _ in pairs]
        return [(each > 0, each == max(sums) > 0) for each in sums]
    if own.path != foreign.path and not asking.shows and not listed:
        return []
    return [
        (_shows(asking, mine, own, city.own), _shows(asking, theirs, foreign, city.foreign)) for mine, theirs in pairs
    ]


def _outcome(answer: httpx.Response) -> str:
    if answer.is_success:
        problems = [each["problem"] for each in answer.json() if each.get("problem")] if _is_batch(answer) else []
        return _refused(problems[0]["status"], problems[0]["code"]) if problems else YES
    return _refused(answer.status_code, answer.json()["code"])


def _is_batch(answer: httpx.Response) -> bool:
    """Answered one by one, each with a status of its own."""
    return answer.content.startswith(b'[{"') and b'"status":' in answer.content


def _refused(status: int, code: str) -> str:
    match status:
        case 401:
            return UNKNOWN
        case 403:
            return NO if code == "role_not_allowed" else f"{NO} {code}"
        case 404:
            return UNSEEN
        case _:
            assert status in {409, 422}, (status, code)
            assert code in _RULES, code
            return code


def _shows(asking: Asking, answer: httpx.Response, question: Question, side: Side) -> bool:
    if not answer.is_success:
        return False
    if asking.shows is not None:
        return asking.shows(answer.json(), side)
    asked = f"{question.path} {question.request}"
    names = {value for subject, value in side.ids.items() if subject not in _COMMON and value not in asked}
    text = answer.text if not answer.content.startswith(b"PK") else _sheets(answer.content)
    return any(name in text for name in names)


def _sheets(workbook: bytes) -> str:
    """The text of a workbook, with its markup."""
    file = ZipFile(BytesIO(workbook))
    return "".join(file.read(name).decode() for name in file.namelist() if name.endswith(".xml"))
