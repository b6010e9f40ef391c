"""Checkpoints are time-stamped now and then; stamps are kept, exported, handed out, and checked with the authority."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import httpx
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from services.auditing.export import export_log
from services.auditing.findings import Fault
from services.auditing.sources import Folder
from services.auditing.trust import Trust
from services.auditing.verification import Verification
from services.notary.attestation import Attestation
from services.notary.timestamps import TimestampAuthority, TimestampRequests
from services.store.log_tree import LogTree
from services.store.pools import prepare
from services.transparency.checkpoint import without_cosignatures
from services.transparency.note import Algorithm, Signer
from services.transparency.timestamps import TimeStampError, answers, request_for, time_of
from tests.services.fake_authority import NOW, REJECTION, FakeAuthority
from tests.services.signed_log import signed_log

URL = "https://tsa.example/stamp"
NOTE = "log.example/city\n1\nAAAA\n\n— log.example/city AAAAAAAA\n"


@pytest.fixture(scope="module")
def authority():
    return FakeAuthority()


@pytest_asyncio.fixture
async def log(database, tmp_path):
    async with signed_log(database, tmp_path) as log:
        yield log


class TestAnswers:
    def test_a_time_stamp_says_when_and_is_checked_up_to_the_root(self, authority):
        request = request_for(NOTE)
        answer = authority.answer(request.as_bytes())
        assert answers(answer, request, NOTE) == NOW
        assert time_of(answer, NOTE, [authority.root]) == NOW
        assert time_of(answer, NOTE) == NOW

    def test_a_time_stamp_below_another_root_is_signed_by_nobody(self, authority):
        answer = authority.answer(request_for(NOTE).as_bytes())
        with pytest.raises(TimeStampError) as wrong:
            time_of(answer, NOTE, [FakeAuthority().root])
        assert wrong.value.code == "time_stamp_not_signed"

    def test_a_changed_time_is_signed_by_nobody(self, authority):
        answer = authority.answer(request_for(NOTE).as_bytes())
        changed = answer.replace(b"20261102083000Z", b"20251102083000Z")
        assert time_of(changed, NOTE) != NOW
        with pytest.raises(TimeStampError) as wrong:
            time_of(changed, NOTE, [authority.root])
        assert wrong.value.code == "time_stamp_not_signed"

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"imprint": bytes(32)}, "time_stamp_of_something_else"),
            ({"nonce": 7}, "time_stamp_of_another_request"),
        ],
    )
    def test_an_answer_to_something_else_is_none(self, authority, change, code):
        request = request_for(NOTE)
        with pytest.raises(TimeStampError) as wrong:
            answers(authority.answer(request.as_bytes(), **change), request, NOTE)
        assert wrong.value.code == code

    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            (b"", "time_stamp_malformed"),
            (b"<html>", "time_stamp_malformed"),
            (bytes.fromhex("30053003020100"), "time_stamp_malformed"),
            (REJECTION, "time_stamp_refused"),
        ],
    )
    def test_what_is_no_time_stamp_has_a_name(self, answer, code):
        with pytest.raises(TimeStampError) as wrong:
            time_of(answer, NOTE)
        assert wrong.value.code == code


class Requests:
    """An authority behind a wire, and what was asked of it."""

    def __init__(self, authority) -> None:
        self.authority = authority
        self.asked: list[httpx.Request] = []
        self.instead: httpx.Response | Exception | None = None

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def of(self, log, client, seconds=3600.0) -> TimestampRequests:
        return TimestampRequests(TimestampAuthority(URL, seconds), log.tree, log.outside, client)

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if isinstance(self.instead, Exception):
            raise self.instead
        return self.instead or httpx.Response(200, content=self.authority.answer(request.content))


@pytest.fixture
def requests(authority):
    return Requests(authority)


async def test_the_newest_checkpoint_is_stamped_and_no_more_often_than_said(log, requests):
    async with requests.client() as client:
        hourly, always = requests.of(log, client), requests.of(log, client, 1e-9)
        await hourly.follow()
        assert requests.asked == []
        first = await log.grow_and_sign(2)
        await hourly.follow()
        await log.grow_and_sign(2)
        await hourly.follow()
        assert [each.size for each in await log.tree.time_stamps(0, 10)] == [2]
        await always.follow()
        await always.follow()
    stamps = await log.tree.time_stamps(0, 10)
    assert [each.size for each in stamps] == [2, 4]
    assert time_of(stamps[0].answer, first.note, [requests.authority.root]) == NOW
    assert (log.outside.path / "2.tsr").read_bytes() == stamps[0].answer
    assert {each.headers["content-type"] for each in requests.asked} == {"application/timestamp-query"}
    assert len(requests.asked) == 2
    assert len(log.outside.all()) == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(500), "time_stamp_unreachable"),
        (httpx.Response(302, headers={"location": URL}), "time_stamp_unreachable"),
        (httpx.ConnectError("no"), "time_stamp_unreachable"),
        (httpx.Response(200, content=b"hello"), "time_stamp_malformed"),
        (httpx.Response(200, content=REJECTION), "time_stamp_refused"),
    ],
)
async def test_what_is_no_time_stamp_is_not_kept(log, requests, answer, code):
    await log.grow_and_sign(2)
    requests.instead = answer
    async with requests.client() as client:
        with pytest.raises(TimeStampError) as wrong:
            await requests.of(log, client).follow()
    assert wrong.value.code == code
    assert await log.tree.newest_time_stamp() is None


async def test_the_process_asks_beside_the_signing_and_tries_again(database, log, requests):
    await log.grow_and_sign(2)
    requests.instead = httpx.Response(503)
    attestation = Attestation(
        database.sequencer,
        log.outside,
        requests.client,
        authority=TimestampAuthority(URL),
        every_seconds=0.01,
        first_back_off_seconds=0.01,
    )
    with capture_logs() as said:
        async with attestation.under_way(asyncio.Event()), asyncio.timeout(60):
            while len(requests.asked) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            requests.instead = None
            while await log.tree.newest_time_stamp() is None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert {line["finding"] for line in said} == {"time_stamp_unreachable"}


async def test_an_export_brings_its_time_stamps_and_they_are_checked(database, log, requests, tmp_path, monkeypatch):
    at = datetime.now(UTC).replace(microsecond=0)
    monkeypatch.setattr(requests.authority, "at", at)
    async with requests.client() as client:
        for _ in range(2):
            await log.grow_and_sign(2)
            await requests.of(log, client, 1e-9).follow()
    witness = Signer.new("audit.example/w1", Algorithm.COSIGNATURE)
    note = (await log.tree.checkpoint_of(2)).note
    await log.tree.keep_cosignature(2, "w", witness.cosignature_line(note.partition("\n\n")[0] + "\n", 1))
    assert without_cosignatures((await log.tree.checkpoint_of(2)).note) == note
    auditor = await asyncpg.connect(database.auditor)
    await prepare(auditor)
    folder = tmp_path / "export"
    await export_log(LogTree(auditor), folder)
    await auditor.close()

    def check(*authorities):
        return Verification(Folder(folder), Trust(log.keys.verifiers(), (), authorities)).run()

    for report in (check(), check(requests.authority.root)):
        assert report.sound, report.findings
        assert (report.time_stamps, report.stamped) == (2, (4, at.isoformat()))
    assert check(FakeAuthority().root).counts == {Fault.TIME_STAMP_INVALID: 2}
    stamps = folder / "timestamps"
    (stamps / "4.tsr").write_bytes((stamps / "2.tsr").read_bytes())
    (stamps / "2.tsr").rename(stamps / "3.tsr")
    found = [(each.fault, each.where) for each in check().findings]
    assert found == [
        (Fault.TIME_STAMP_INVALID, "timestamps/3.tsr"),
        (Fault.TIME_STAMP_INVALID, "timestamps/4.tsr"),
    ]
