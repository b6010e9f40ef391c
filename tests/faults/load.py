"""Plays a city at work on a stand: issues come in, people act or neglect, watchers look, until told to stop."""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Protocol

import httpx

from services import demo
from services.demo.accountability import Accountability
from services.demo.cast import DEPUTY, HANDLERS, HOTLINE, INSPECTORS, LEADER, OFFICE, Part
from services.demo.client import RefusedError
from services.demo.people import Handler, Inspector, Office
from services.demo.plans import Plans
from tests.faults.back_office import BackOffice
from tests.faults.journal import Journal, Saw, now
from tests.faults.messenger import LoadOverError, Messenger, PatienceEndedError, Post, Rate
from tests.faults.planned_campaign import CampaignOffice
from tests.faults.stand import Stand
from tests.faults.watchers import Auditor, Leader

REQUESTS_A_SECOND = 35.0
# Every neglected item brings up to five letters, each laid out as DOCX and PDF: that is what the workers bear.
ISSUES_A_SECOND = 0.6
REQUEST_SECONDS = 5.0
# What was begun when the load ended may take so long; the stand is healed meanwhile.
PATIENCE_SECONDS = 120.0
_LOOK_SECONDS = 1.5
_WATCHER = Part("审计", "auditor")


class _Person(Protocol):
    async def look(self) -> None: ...


@dataclass(frozen=True, slots=True)
class City:
    """Everybody who acts, with a key, by the name of the part; and their principals."""

    keys: Mapping[str, str]
    persons: Mapping[str, str]


async def set_up_city(stand: Stand, journal: Journal, *, seed: int, outcomes: str | None = None) -> City:
    """Load the city file and register everybody; what was published goes into the journal. Before any fault.

    ``outcomes``: where the back-office system wants to be told what became of its reports.
    """
    await stand.command("load", str(files(demo).joinpath("city.yaml")))
    async with _client() as http:
        administrator = _messenger(stand, journal, http, "administrator", stand.administrator_key, seed)
        keys, persons = dict[str, str](), dict[str, str]()
        for part in (HOTLINE, OFFICE, LEADER, DEPUTY, *INSPECTORS, *HANDLERS.values(), _WATCHER):
            persons[part.name], keys[part.name] = await _register(administrator, part)
        if outcomes:
            body = {"principal": persons[HOTLINE.name], "url": outcomes}
            await administrator.send("POST", "/v1/webhooks", json=body, headers={"Idempotency-Key": "webhook"})
        for path in ("policies", "catalogues"):
            asked_at, answer = now(), await administrator.send("GET", f"/v1/{path}/city/current")
            found = answer.json()
            journal.note(Saw(now(), "administrator", path, f"city@{found['version']}", found, asked_at))
    return City(keys, persons)


async def play_load(
    stand: Stand,
    journal: Journal,
    *,
    seed: int,
    until: Callable[[], bool],
    city: City | None = None,
    issues_a_second: float = ISSUES_A_SECOND,
    campaign_seconds: float = 60.0,
) -> None:
    """Act until `until` says so, and until everything that was begun has its definite answer, or time is over.

    Without `city` it is set up first. New issues come while `until` is false; people stop at the same moment.
    """
    city = city or await set_up_city(stand, journal, seed=seed)
    loop = asyncio.get_running_loop()
    ended: list[float] = []

    def over() -> bool:
        if not ended and until():
            ended.append(loop.time())
        return bool(ended)

    def gone() -> bool:
        return over() and loop.time() > ended[0] + PATIENCE_SECONDS

    async with _client() as http:
        chance = random.Random(seed)  # noqa: S311 - a story, not a secret
        post = Post(http, stand.gateways, journal, Rate(REQUESTS_A_SECOND), chance, over, gone)
        people = _people(city, post, seed, issues_a_second, campaign_seconds)
        watchers = [
            watcher(http, gateway, city.keys[part.name], f"{part.name}-{number}", journal)
            for number, gateway in enumerate(stand.gateways, start=1)
            for watcher, part in ((Auditor, _WATCHER), (Leader, LEADER))
        ]
        async with asyncio.TaskGroup() as watching:
            tasks = [watching.create_task(watcher.watch()) for watcher in watchers]
            async with asyncio.TaskGroup() as working:
                for person, pause in people:
                    working.create_task(_work(person, pause, over))
            for task in tasks:
                task.cancel()


def _people(
    city: City, post: Post, seed: int, issues_a_second: float, campaign_seconds: float
) -> list[tuple[_Person, float]]:
    def messenger(part: Part) -> Messenger:
        return Messenger(post, part.name, city.keys[part.name])

    plans = Plans(seed)
    units = {unit: messenger(part) for unit, part in HANDLERS.items()}
    persons = {unit: city.persons[part.name] for unit, part in HANDLERS.items()}
    office, leader = messenger(OFFICE), messenger(LEADER)
    back_office = BackOffice(messenger(HOTLINE), seed=seed, a_second=issues_a_second)
    return [
        (back_office, 0.0),
        *((Handler(unit, client, plans), 2 * _LOOK_SECONDS) for unit, client in units.items()),
        *((Inspector(share, len(INSPECTORS), messenger(part), plans), _LOOK_SECONDS) for share, part in _SHARES),
        (Office(office, plans, post.chance), _LOOK_SECONDS),
        (
            Accountability(office, leader, messenger(DEPUTY), units, persons | {"leader": city.persons[LEADER.name]}),
            2 * _LOOK_SECONDS,
        ),
        (CampaignOffice(office, leader, units, campaign_seconds), 2 * _LOOK_SECONDS),
    ]


_SHARES = tuple(enumerate(INSPECTORS))


async def _work(person: _Person, pause: float, over: Callable[[], bool]) -> None:
    """Look again and again until the load is over; a command under way is brought to its answer."""
    while not over():
        try:
            await person.look()
        except (LoadOverError, PatienceEndedError):
            return
        except RefusedError:
            pass  # a look that was refused, such as at what does not exist yet
        await asyncio.sleep(pause)


def _client() -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=50)
    return httpx.AsyncClient(timeout=REQUEST_SECONDS, limits=limits)


def _messenger(stand: Stand, journal: Journal, http: httpx.AsyncClient, name: str, key: str, seed: int) -> Messenger:
    chance, rate = random.Random(seed), Rate(10 * REQUESTS_A_SECOND)  # noqa: S311 - as above
    # An API key is told once: nothing is asked twice here.
    post = Post(http, stand.gateways, journal, rate, chance, lambda: False, lambda: False, again_share=0.0)
    return Messenger(post, name, key)


async def _register(administrator: Messenger, part: Part) -> tuple[str, str]:
    body: dict[str, Any] = {"role": part.role, "name": part.name}
    body |= {"unit": part.unit} if part.unit else {}
    body |= {"sources": list(part.sources)} if part.sources else {}
    made = await administrator.send("POST", "/v1/principals", json=body, headers={"Idempotency-Key": "principal"})
    principal = made.json()["id"]
    while True:
        issued = await administrator.send(
            "POST", f"/v1/principals/{principal}/keys", headers={"Idempotency-Key": "api-key"}
        )
        # Told once: where the answer was lost, another key is issued.
        if "key" in issued.json():
            return principal, issued.json()["key"]
