"""The notary has its checkpoints cosigned, keeps what witnesses say, and neither waits for them nor believes them."""

import asyncio
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from services.notary.attestation import Attestation
from services.notary.notary import Notary
from services.notary.outside import OutsideCheckpoints
from services.notary.witnesses import Finding, NotCosignedError, WitnessRequests
from services.outgoing.client import outgoing_client
from services.settings import Settings
from services.store.log_tree import LogTree
from services.transparency.checkpoint import open_checkpoint
from services.transparency.note import Algorithm, Signer
from services.transparency.witnessing import SIZE_TYPE, WitnessAddress, witness_addresses
from services.witness.server import WitnessPlace, create_app
from tests.services.signed_log import signed_log

PREFIX = "http://witness.example"


@pytest_asyncio.fixture
async def log(database, tmp_path):
    async with signed_log(database, tmp_path) as log:
        yield log


class SomeWitness:
    """A witness of ours behind a wire that counts, breaks and lies."""

    def __init__(self, log, folder) -> None:
        self.place = WitnessPlace(folder, log.keys.verifiers(), name="audit.example/w1")
        self.app = httpx.ASGITransport(create_app(self.place))
        self.asked: list[str] = []
        self.instead: httpx.Response | Exception | None = None

    @property
    def address(self) -> WitnessAddress:
        return WitnessAddress(self.place.keys.signers()[0].verifier, PREFIX)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self.handle))

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.content.decode().partition("\n")[0])
        if isinstance(self.instead, Exception):
            raise self.instead
        if self.instead is not None:
            return self.instead
        answer = await self.app.handle_async_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

    @asynccontextmanager
    async def requests(self, log):
        async with self.client() as client:
            yield WitnessRequests(self.address, log.tree, log.outside, client)


@pytest.fixture
def witness(log, tmp_path):
    return SomeWitness(log, tmp_path / "witness")


def signers_of(note, log, witness):
    opened = open_checkpoint(note, log.keys.verifiers(), witness.place.keys.verifiers())
    return {verifier.name for verifier in opened.signed_by}


async def refused(requests) -> Finding:
    with pytest.raises(NotCosignedError) as not_cosigned:
        await requests.follow()
    return not_cosigned.value.finding


async def test_each_checkpoint_is_cosigned_once_and_kept_in_the_database_and_outside(log, witness):
    both = {"log.example/city", "audit.example/w1"}
    async with witness.requests(log) as requests:
        await requests.follow()
        assert witness.asked == []
        for size in (3, 260, 261):
            await log.grow_and_sign(size - await log.tree.log_size())
            await requests.follow()
            await requests.follow()
            assert signers_of((await log.tree.newest_checkpoint()).note, log, witness) == both
            assert signers_of(log.outside.newest(), log, witness) == both
    assert witness.asked == ["old 0", "old 3", "old 260"]
    assert [signers_of(note, log, witness) for note in log.outside.all()] == [both] * 3


async def test_an_older_checkpoint_that_was_cosigned_late_does_not_become_the_newest(log, witness):
    older = await log.grow_and_sign(2)
    newer = await log.grow_and_sign(2)
    line = witness.place.keys.signers()[0].cosignature_line("o\n2\nA\n", 1)
    for _ in range(2):
        log.outside.keep_cosignature(2, line)
    assert log.outside.newest() == newer.note
    assert log.outside.all() == [older.note + line, newer.note]
    log.outside.keep_cosignature(77, line)
    assert len(log.outside.all()) == 2


async def test_after_a_restart_it_goes_on_from_what_was_cosigned(log, witness):
    await log.grow_and_sign(3)
    async with witness.requests(log) as requests:
        await requests.follow()
    await log.grow_and_sign(3)
    async with witness.requests(log) as requests:
        await requests.follow()
    assert witness.asked == ["old 0", "old 3"]


async def test_a_witness_that_has_seen_more_than_we_remember_says_from_where(log, witness):
    await log.grow_and_sign(3)
    async with witness.requests(log) as requests:
        await requests.follow()
    await log.as_superuser("DELETE FROM es.cosignature")
    async with witness.requests(log) as requests:
        # Of the same size, and then of another.
        await requests.follow()
        await log.as_superuser("DELETE FROM es.cosignature")
        await log.grow_and_sign(3)
        requests._seen = None
        await requests.follow()
    assert witness.asked == ["old 0", "old 0", "old 3", "old 0", "old 3"]


async def test_a_log_that_was_restored_with_all_that_was_kept_is_told_apart_by_its_witness(log, witness, tmp_path):
    await log.grow_and_sign(3)
    await log.grow_and_sign(2)
    async with witness.requests(log) as requests:
        await requests.follow()
        await log.as_superuser(
            "DELETE FROM es.cosignature",
            "DELETE FROM es.checkpoint WHERE size > 3",
            "DELETE FROM es.log WHERE pos >= 3",
            "UPDATE es.sequencer SET size = 3",
        )
        log.outside = OutsideCheckpoints(tmp_path / "restored")
        assert await refused(requests) is Finding.AHEAD
        await log.grow_and_sign(2)
        requests._seen = None
        assert await refused(requests) is Finding.ROOT_DIFFERS
        await log.grow_and_sign(2)
        assert await refused(requests) is Finding.PROOF_REFUSED
    assert len(list((tmp_path / "witness" / "logs" / "evidence").iterdir())) == 2
    assert await log.tree.cosigned_size(str(witness.address.verifier)) == 0


@pytest.mark.parametrize(
    ("answer", "finding"),
    [
        (httpx.Response(404), Finding.LOG_UNKNOWN),
        (httpx.Response(403), Finding.KEY_UNKNOWN),
        (httpx.Response(422), Finding.PROOF_REFUSED),
        (httpx.Response(400), Finding.REQUEST_REFUSED),
        (httpx.Response(301, headers={"location": "https://elsewhere.example"}), Finding.UNREACHABLE),
        (httpx.Response(599), Finding.UNREACHABLE),
        (httpx.ConnectError("no"), Finding.UNREACHABLE),
        (httpx.ReadTimeout("no"), Finding.UNREACHABLE),
        (httpx.Response(200, text=""), Finding.ANSWER_MALFORMED),
        (httpx.Response(200, content=b"\xff\xfe"), Finding.ANSWER_MALFORMED),
        (httpx.Response(200, text="— somebody.example AAAAAAAA\n"), Finding.ANSWER_MALFORMED),
        (httpx.Response(409), Finding.ROOT_DIFFERS),
        (httpx.Response(409, text="0\n"), Finding.ROOT_DIFFERS),
        (httpx.Response(409, text="0\n", headers={"content-type": SIZE_TYPE}), Finding.ROOT_DIFFERS),
        (httpx.Response(409, text="02\n", headers={"content-type": SIZE_TYPE}), Finding.ROOT_DIFFERS),
        (httpx.Response(409, text="9\n", headers={"content-type": SIZE_TYPE}), Finding.AHEAD),
    ],
)
async def test_whatever_else_a_witness_answers_has_a_name(log, witness, answer, finding):
    await log.grow_and_sign(3)
    witness.instead = answer
    async with witness.requests(log) as requests:
        assert await refused(requests) is finding
    assert (await log.tree.newest_checkpoint()).note == log.outside.newest()


async def test_a_line_by_another_key_of_the_same_name_is_no_cosignature(log, witness):
    signed = await log.grow_and_sign(3)
    impostor = Signer.new("audit.example/w1", Algorithm.COSIGNATURE)
    witness.instead = httpx.Response(200, text=impostor.cosignature_line(signed.note.partition("\n\n")[0] + "\n", 1))
    async with witness.requests(log) as requests:
        assert await refused(requests) is Finding.ANSWER_MALFORMED


async def test_a_witness_inside_the_own_network_is_asked_only_where_that_is_allowed(log, witness):
    await log.grow_and_sign(3)
    address = WitnessAddress(witness.address.verifier, "http://127.0.0.1:9")
    async with outgoing_client(Settings()) as client:
        assert await refused(WitnessRequests(address, log.tree, log.outside, client)) is Finding.UNREACHABLE


async def test_the_notary_signs_on_while_one_witness_is_away_and_another_cosigns(database, log, witness, tmp_path):
    away = WitnessAddress(Signer.new("away.example", Algorithm.COSIGNATURE).verifier, "http://away.example")

    async def handle(request: httpx.Request) -> httpx.Response:
        if request.url.host == "away.example":
            await asyncio.Event().wait()
        return await witness.handle(request)

    attestation = Attestation(
        database.sequencer,
        log.outside,
        lambda: httpx.AsyncClient(transport=httpx.MockTransport(handle)),
        [away, witness.address],
        every_seconds=0.01,
    )
    stopping = asyncio.Event()
    notary = Notary(database.sequencer, log.keys, log.outside, every_seconds=0.01, attestation=attestation)
    running = asyncio.create_task(notary.run(stopping))
    tree = LogTree(log.pool)
    async with asyncio.timeout(60):
        for size in (2, 4):
            await log.grow(2)
            while await tree.cosigned_size(str(witness.address.verifier)) < size:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        stopping.set()
        await running
    assert await tree.cosigned_size(str(away.verifier)) == 0


async def test_a_witness_that_contradicts_the_log_is_heard(database, log, witness):
    await log.grow_and_sign(3)
    witness.instead = httpx.Response(422)
    attestation = Attestation(
        database.sequencer, log.outside, witness.client, [witness.address], first_back_off_seconds=0.01
    )
    with capture_logs() as said:
        async with attestation.under_way(asyncio.Event()), asyncio.timeout(60):
            while len(witness.asked) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert {(line["log_level"], line["finding"]) for line in said} == {("critical", "witness_refuses_the_proof")}


def test_settings_say_at_once_what_is_no_witness(witness):
    text = f"{witness.address.verifier}={PREFIX}"
    assert witness_addresses(Settings(witnesses=text).witnesses) == (witness.address,)
    with pytest.raises(ValueError, match="vkey"):
        Settings(witnesses="https://witness.example")
