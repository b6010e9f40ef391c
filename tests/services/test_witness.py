"""An auditor's witness cosigns what continues the log it has seen, answers as specified, and never goes back."""

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from services.embedded.lock import DataFolderInUseError, held
from services.settings import Settings
from services.transparency.checkpoint import Checkpoint, open_checkpoint
from services.transparency.note import Algorithm, Note, NoteError, Signer
from services.transparency.witnessing import SIZE_TYPE, CosignatureRequest, witness_addresses
from services.witness.cosigning import Witness
from services.witness.records import Records
from services.witness.server import MOST_BYTES, WitnessPlace, create_app, run
from tests.services.log_samples import ORIGIN, SampleLog

NOW = 1_700_000_000


@pytest.fixture(scope="module")
def log():
    return SampleLog()


@pytest.fixture
def signer():
    return Signer.new("audit.example/w1", Algorithm.COSIGNATURE)


@pytest.fixture
def witness(log, signer, tmp_path):
    return Witness(lambda: [signer], [log.signer.verifier], Records(tmp_path), lambda: NOW)


def ask(witness, request):
    return witness.add_checkpoint(str(request).encode())


def status(witness, request):
    return ask(witness, request).status.value


class TestAnswers:
    @pytest.mark.parametrize("sizes", [(1,), (5, 5, 8), (1, 2, 3, 256, 300), (0, 0, 7)])
    def test_what_continues_the_log_is_cosigned(self, log, witness, signer, sizes):
        old = 0
        for size in sizes:
            answer = ask(witness, log.request(old, size))
            assert answer.status.value == 200
            note = log.note(size) + answer.content
            assert open_checkpoint(note, [log.signer.verifier], [signer.verifier]).signed_by == (
                log.signer.verifier,
                signer.verifier,
            )
            old = size

    def test_a_cosignature_says_when(self, log, witness):
        answer = ask(witness, log.request(0, 3))
        content = base64.b64decode(answer.content.rsplit(" ", 1)[1])
        assert int.from_bytes(content[4:12], "big") == NOW

    def test_an_old_size_that_is_not_the_latest_is_told_the_latest(self, log, witness):
        ask(witness, log.request(0, 5))
        for old in (0, 4, 6):
            answer = ask(witness, log.request(old, 8))
            assert (answer.status.value, answer.content, answer.media_type) == (409, "5\n", SIZE_TYPE)

    def test_another_root_of_the_same_size_is_refused_and_kept_as_evidence(self, log, witness, tmp_path):
        other = SampleLog(history="rewritten", signer=log.signer)
        ask(witness, log.request(0, 5))
        answer = ask(witness, other.request(5, 5))
        assert answer.status.value == 409
        assert answer.media_type != SIZE_TYPE
        assert [file.read_text() for file in (tmp_path / "evidence").iterdir()] == [str(other.request(5, 5))]

    def test_a_rewritten_log_is_refused_and_kept_as_evidence(self, log, witness, tmp_path):
        other = SampleLog(history="rewritten", signer=log.signer)
        ask(witness, log.request(0, 5))
        for _ in range(2):
            assert status(witness, other.request(5, 9)) == 422
        assert len(list((tmp_path / "evidence").iterdir())) == 1
        assert status(witness, log.request(5, 9)) == 200

    @pytest.mark.parametrize(
        "change",
        [
            lambda proof: proof[:-1],
            lambda proof: (*proof, proof[0]),
            lambda proof: (*proof[1:], proof[0]),
            lambda _proof: (),
        ],
    )
    def test_a_proof_that_does_not_verify_is_refused(self, log, witness, change):
        ask(witness, log.request(0, 5))
        request = log.request(5, 9)
        assert status(witness, replace(request, proof=change(request.proof))) == 422

    def test_a_proof_from_nothing_must_be_empty(self, log, witness):
        assert status(witness, replace(log.request(0, 9), proof=log.request(5, 9).proof)) == 422

    def test_an_empty_tree_has_one_root(self, log, witness):
        empty = Checkpoint(ORIGIN, 0, bytes(32)).signed([log.signer])
        assert status(witness, CosignatureRequest(0, (), empty)) == 422

    def test_a_checkpoint_smaller_than_the_old_size_makes_no_sense(self, log, witness):
        assert status(witness, log.request(6, 5)) == 400

    def test_logs_it_does_not_know_are_not_found(self, witness):
        assert status(witness, SampleLog(signer=Signer.new("another.example")).request(0, 5)) == 404

    def test_a_checkpoint_by_another_key_is_forbidden(self, log, witness):
        assert status(witness, SampleLog().request(0, 5)) == 403
        forged = str(log.request(0, 5)).replace("\n5\n", "\n6\n").encode()
        assert witness.add_checkpoint(forged).status.value == 403

    def test_signatures_by_keys_it_does_not_know_are_passed_over(self, log, witness):
        request = log.request(0, 5)
        other = Signer.new("somebody.example").line(log.checkpoint(5).text)
        assert status(witness, replace(request, checkpoint=request.checkpoint + other)) == 200

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"\xff",
            b"old 0\n",
            b"old 0\n\n",
            b"old 00\n\n@",
            b"old -1\n\n@",
            b"old \xd9\xa0\n\n@",
            b"new 0\n\n@",
            b"old 0\nAAAA\n\n@",
            b"old 0\n*\n\n@",
            b"old 0\n" + (base64.b64encode(bytes(32)) + b"\n") * 64 + b"\n@",
            b"old 0\n\n\n@",
        ],
    )
    def test_what_is_no_request_is_said_to_be_none(self, log, witness, body):
        assert witness.add_checkpoint(body.replace(b"@", log.note(5).encode())).status.value == 400


class TestMemory:
    def test_it_remembers_over_restarts(self, log, witness, signer, tmp_path):
        ask(witness, log.request(0, 5))
        again = Witness(lambda: [signer], [log.signer.verifier], Records(tmp_path), lambda: NOW)
        assert ask(again, log.request(0, 8)).content == "5\n"
        assert status(again, log.request(5, 8)) == 200

    def test_what_it_remembers_can_be_given_to_verify(self, log, witness, signer, tmp_path):
        ask(witness, log.request(0, 5))
        [file] = tmp_path.glob("*.checkpoint")
        opened = open_checkpoint(file.read_text(), [log.signer.verifier], [signer.verifier])
        assert opened.checkpoint == log.checkpoint(5)
        assert len(opened.signed_by) == 2

    def test_with_a_damaged_record_nothing_is_signed(self, log, witness, tmp_path):
        ask(witness, log.request(0, 5))
        next(tmp_path.glob("*.checkpoint")).write_text("")
        with pytest.raises(NoteError):
            ask(witness, log.request(0, 8))

    def test_of_many_at_once_only_one_continues_the_same_checkpoint(self, log, witness):
        ask(witness, log.request(0, 5))
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda size: status(witness, log.request(5, size)), range(6, 46)))
        assert sorted(set(found)) == [200, 409]
        assert found.count(200) == 1

    def test_evidence_does_not_fill_the_disk(self, log, witness, tmp_path, monkeypatch):
        monkeypatch.setattr("services.witness.records._MOST_EVIDENCE", 3)
        ask(witness, log.request(0, 5))
        for size in range(6, 12):
            assert status(witness, SampleLog(history="rewritten", signer=log.signer).request(5, size)) == 422
        assert len(list((tmp_path / "evidence").iterdir())) == 3


class TestServed:
    @pytest.fixture
    def place(self, log, tmp_path):
        return WitnessPlace(tmp_path, [log.signer.verifier], name="audit.example/w1")

    @pytest.fixture
    def client(self, place):
        transport = httpx.ASGITransport(create_app(place))
        return httpx.AsyncClient(transport=transport, base_url="http://witness.example")

    async def test_it_cosigns_with_the_key_it_shows(self, log, place, client):
        vkey = (await client.get("/vkey")).text.strip()
        assert vkey.startswith("audit.example/w1+")
        assert [str(each) for each in place.keys.verifiers()] == [vkey]
        [address] = witness_addresses(f"{vkey}=http://witness.example/")
        answer = await client.post(address.submission, content=str(log.request(0, 5)))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert Note.parse(log.note(5) + answer.text).verified_by([address.verifier]) == (address.verifier,)

    async def test_the_size_comes_with_exactly_the_type_that_is_specified(self, log, client):
        answer = await client.post("/add-checkpoint", content=str(log.request(3, 5)))
        assert (answer.status_code, answer.headers["content-type"], answer.text) == (409, SIZE_TYPE, "0\n")

    async def test_what_is_too_large_is_not_read_to_its_end(self, client):
        assert (await client.post("/add-checkpoint", content=b"x" * (MOST_BYTES + 1))).status_code == 413
        assert (await client.get("/add-checkpoint")).status_code == 405

    async def test_while_its_key_is_rotated_both_sign(self, log, place, client):
        new = place.keys.create()
        answer = await client.post("/add-checkpoint", content=str(log.request(0, 5)))
        assert len(Note.parse(log.note(5) + answer.text).verified_by(place.keys.verifiers())) == 2
        assert new.name == "audit.example/w1"

    def test_two_do_not_share_a_folder(self, place):
        with held(place.folder / "lock"), pytest.raises(DataFolderInUseError):
            run(place, Settings())


class TestAddresses:
    def test_several_stand_behind_each_other(self, signer):
        other = Signer.new("b.example", Algorithm.COSIGNATURE)
        text = f"{signer.verifier}=https://a.example/x/ , {other.verifier}=http://10.0.0.1:8430\n"
        found = witness_addresses(text)
        assert [each.verifier for each in found] == [signer.verifier, other.verifier]
        assert found[0].submission == "https://a.example/x/add-checkpoint"
        assert witness_addresses("") == ()

    def test_what_is_no_witness_is_said_to_be_none(self, log, signer):
        for text in ("x", "https://a.example", f"{signer.verifier}", f"{log.signer.verifier}=https://a.example"):
            with pytest.raises(ValueError, match=r".+"):
                witness_addresses(text)
