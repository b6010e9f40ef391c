"""An exported answer is checked row by row against its proofs, whole or in parts; what was done to it is named."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import orjson
import pytest
import pytest_asyncio

from services.auditing.answer_files import read_answer
from services.auditing.answers import AnswerCheck
from services.auditing.findings import Fault, Report
from services.auditing.sources import UnreadableError
from services.auditing.trust import Trust
from services.documents import cells
from services.embedded.databases import DatabaseAddresses
from services.gateway import audit_asking
from services.transparency.keys import KeyFolder
from services.transparency.note import Algorithm, Signer
from tests.services.audit_town import AuditedTown, audited_town
from tests.services.test_cli import duban

FORMS = ("ndjson", "csv", "xlsx", "proofs")
FORMULA = "=1+1"


@pytest_asyncio.fixture
async def place(database: DatabaseAddresses, tmp_path, monkeypatch) -> AsyncIterator[AuditedTown]:
    monkeypatch.setattr(audit_asking, "_AT_ONCE", 7)
    monkeypatch.setattr(cells, "LONGEST_CELL", 100)  # so that texts go on elsewhere in workbooks
    async with audited_town(database, tmp_path) as found:
        await found.live(31, 30)
        item = await found.town.reported()
        await found.town.does("office", item, "void", {"reason": FORMULA})
        await found.sign()
        yield found


@pytest_asyncio.fixture
async def files(place: AuditedTown, tmp_path: Path) -> dict[str, Path]:
    """The four files of one answer."""
    return {form: await saved(place, form, tmp_path / f"events.{form}") for form in FORMS}


async def saved(place: AuditedTown, form: str, path: Path, **asked: object) -> Path:
    answer = await place.get(f"/events.{form}", **asked)
    return written(path, answer.content)


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def checked(place: AuditedTown, *paths: Path, **trust: object) -> Report:
    answer = [read_answer(path) for path in paths]
    return AnswerCheck(answer, Trust(place.keys.verifiers(), **trust)).run()


def cut(path: Path, keep: Callable[[list[bytes]], list[bytes]]) -> None:
    path.write_bytes(b"".join(keep(path.read_bytes().splitlines(keepends=True))))


@pytest.mark.parametrize("form", ["ndjson", "csv", "xlsx"])
async def test_an_answer_nobody_touched_is_sound_in_every_form(place, files, form):
    report = checked(place, files["proofs"], files[form])
    assert report.sound, report.findings
    assert report.rows == report.entries > 30


async def test_proofs_alone_and_all_files_together_are_sound(place, files):
    assert checked(place, files["proofs"]).sound
    report = checked(place, *files.values())
    assert report.sound, report.findings
    assert report.rows == 3 * report.entries


async def test_the_command_finds_out_by_itself_what_it_is_given(place, files):
    key = str(place.keys.verifiers()[0])
    sound = duban("verify", str(files["proofs"]), str(files["csv"]), "--key", key)
    assert (sound.returncode, "完好  sound" in sound.stdout) == (0, True), sound.stderr
    cut(files["csv"], lambda lines: [*lines[:4], *lines[5:]])
    told = duban("verify", str(files["proofs"]), str(files["csv"]), "--key", key, "--json")
    assert told.stdout, told.stderr
    said = orjson.loads(told.stdout)
    assert told.returncode == 1
    assert {finding["fault"] for finding in said["findings"]} == {"row_missing", "answer_miscounted"}
    other = duban("verify", str(files["proofs"]), str(files["csv"]), "--key", str(Signer.new("a.example/b").verifier))
    assert other.returncode == 1
    assert "[checkpoint_invalid]" in other.stdout
    missing = duban("verify", str(files["proofs"]), "nowhere.csv", "--key", key)
    assert (missing.returncode, "[log_unreadable]" in missing.stderr, "nowhere.csv" in missing.stderr) == (
        1,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("form", "change", "faults"),
    [
        ("ndjson", lambda lines: [*lines[:5], *lines[6:]], {Fault.ROW_MISSING, Fault.ANSWER_MISCOUNTED}),
        ("ndjson", lambda lines: lines[:-1], {Fault.ANSWER_TRUNCATED}),
        ("ndjson", lambda lines: [*lines[:9], lines[9][:40]], {Fault.ANSWER_TRUNCATED, Fault.ROW_MISSING}),
        ("ndjson", lambda lines: [*lines[:5], lines[4], *lines[5:]], {Fault.ROW_DOUBLE, Fault.ANSWER_MISCOUNTED}),
        ("ndjson", lambda lines: [*lines[:5], b"{]\n", *lines[6:]],
         {Fault.LINE_DAMAGED, Fault.ROW_MISSING, Fault.ANSWER_MISCOUNTED}),
        ("csv", lambda lines: lines[:-1], {Fault.ANSWER_TRUNCATED}),
        ("csv", lambda lines: [*lines[:9], lines[9][:30]], {Fault.ANSWER_TRUNCATED, Fault.ROW_MISSING}),
        ("csv", lambda lines: [*lines[:5], lines[5].replace(b",", b",x", 1), *lines[6:]], {Fault.ROW_DIFFERS}),
        ("proofs", lambda lines: lines[:-1], {Fault.ANSWER_TRUNCATED}),
        ("proofs", lambda lines: [*lines[:5], *lines[6:]], {Fault.ROW_NOT_PROVED, Fault.ANSWER_MISCOUNTED}),
        ("proofs", lambda lines: [*lines[:5], _with(lines[5], "salt", "AAAA"), *lines[6:]], {Fault.PAYLOAD_DIFFERS}),
        ("proofs", lambda lines: [*lines[:5], _with(lines[5], "entry", "{}"), *lines[6:]],
         {Fault.PROOF_INVALID, Fault.ROW_NOT_PROVED}),
        ("proofs", lambda lines: [*lines[:5], _with(lines[5], "proof", "x"), *lines[6:]],
         {Fault.PROOF_INVALID, Fault.ROW_NOT_PROVED}),
        ("proofs", lambda lines: [*lines[:5], _with(lines[5], "position", 10**6), *lines[6:]],
         {Fault.PROOF_INVALID, Fault.ROW_NOT_PROVED}),
    ],
)  # fmt: skip
async def test_what_was_done_to_a_file_is_named(place, files, form, change, faults):
    cut(files[form], change)
    other = files["ndjson"] if form == "proofs" else files["proofs"]
    assert set(checked(place, other, files[form]).counts) == faults


def _with(line: bytes, name: str, value: object) -> bytes:
    return orjson.dumps(orjson.loads(line) | {name: value}) + b"\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "item.closed.v1"),
        ("actor", "somebody-else"),
        ("unit", None),
        ("occurred_at", "2026-01-01T00:00:00Z"),
        ("version", 77),
        ("data", {}),
        ("data", None),
    ],
)
async def test_a_row_that_says_something_else_is_named_with_the_field(place, files, name, value):
    cut(files["ndjson"], lambda lines: [*lines[:5], _with(lines[5], name, value), *lines[6:]])
    changed = orjson.loads(files["ndjson"].read_bytes().splitlines()[5])
    [finding] = checked(place, files["proofs"], files["ndjson"]).findings
    assert (finding.fault, finding.position, finding.detail) == (Fault.ROW_DIFFERS, changed["position"], name)


async def test_an_answer_in_two_parts_is_whole_and_each_part_alone_is_not(place, files, tmp_path):
    head, *_ = orjson.loads(files["proofs"].read_bytes().splitlines()[0]).values()
    size, parts = head, []
    for form in ("proofs", "ndjson", "csv"):
        # The first part breaks off in the middle of a line.
        cut(files[form], lambda lines: [*lines[:9], lines[9][:25]])
        last = read_answer(files[form]).rows[-1]["position"]
        parts += [files[form], await saved(place, form, tmp_path / f"rest.{form}", after=last, size=size)]
    report = checked(place, *parts)
    assert report.sound, report.findings
    assert set(checked(place, parts[1], parts[3]).counts) == {Fault.ANSWER_BEGINS_LATE}
    assert Fault.ANSWER_TRUNCATED in checked(place, *parts[:1], *parts[2:]).counts


async def test_files_of_two_answers_are_told_apart(place, files, tmp_path):
    await place.live(32, 10)
    await place.sign()
    later = await saved(place, "ndjson", tmp_path / "later.ndjson")
    assert Fault.ANSWERS_DIFFER in checked(place, files["proofs"], later).counts


async def test_a_row_that_was_added_is_named(place, files, tmp_path):
    later = await saved(place, "ndjson", tmp_path / "events.ndjson", order="oldest")
    some = await saved(place, "proofs", tmp_path / "some.proofs", position_to=20)
    report = checked(place, some, later)
    assert set(report.counts) == {Fault.ROW_NOT_PROVED}


async def test_without_proofs_nothing_is_sound(place, files):
    assert set(checked(place, files["csv"]).counts) == {Fault.PROOFS_MISSING}


async def test_a_witness_that_is_asked_for_must_have_cosigned(place, files):
    witness = Signer.new("audit.example/w1", Algorithm.COSIGNATURE).verifier
    assert set(checked(place, files["proofs"], witnesses=[witness]).counts) == {Fault.NOT_WITNESSED}


async def test_a_key_of_another_log_proves_nothing(place, files, tmp_path):
    other = KeyFolder(tmp_path / "other")
    other.create("log.example/city")
    report = AnswerCheck([read_answer(files["proofs"])], Trust(other.verifiers())).run()
    assert set(report.counts) == {Fault.CHECKPOINT_INVALID}


@pytest.mark.parametrize("form", ["proofs", "ndjson", "xlsx"])
async def test_an_answer_that_found_nothing_is_sound_under_the_key_that_signed_it_and_no_other(place, tmp_path, form):
    nothing = {"text": "nobody ever wrote this"}
    # Under names that say nothing of what is in them.
    proofs = await saved(place, "proofs", tmp_path / "first", **nothing)
    answer = await saved(place, form, tmp_path / "second", **nothing) if form != "proofs" else proofs
    given = dict.fromkeys([proofs, answer])
    report = checked(place, *given)
    assert (report.sound, report.entries, report.checkpoints) == (True, 0, 1), report.findings
    other = KeyFolder(tmp_path / "other")
    other.create("log.example/city")
    stranger = AnswerCheck([read_answer(path) for path in given], Trust(other.verifiers())).run()
    assert stranger.counts == {Fault.CHECKPOINT_INVALID: len(given)}


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("checkpoint", "rubbish", Fault.CHECKPOINT_INVALID),
        ("checkpoint", 7, Fault.CHECKPOINT_INVALID),
        ("checkpoint", None, Fault.CHECKPOINT_MISSING),
        ("log_size", 5, Fault.CHECKPOINT_INVALID),
    ],
)
async def test_what_an_empty_answer_says_of_itself_is_checked(place, tmp_path, name, value, fault):
    proofs = await saved(place, "proofs", tmp_path / "proofs", text="nobody ever wrote this")
    cut(proofs, lambda lines: [_with(lines[0], name, value), *lines[1:]])
    assert set(checked(place, proofs).counts) == {fault}


_NAMES = b"position,version,data\n"


def test_a_cell_of_a_table_may_be_longer_than_any_letter(tmp_path):
    text = b"a" * 140_000
    found = read_answer(written(tmp_path / "file", _NAMES + b'7,1,"{""text"":""' + text + b'""}"\nend,1,9\n'))
    assert (found.rows[0]["data"], found.complete) == ({"text": text.decode()}, True)


@pytest.mark.parametrize(
    "rest",
    [b'7,1,"{}\n' + b"8,1,{}\n" * 30_000 + b"end,30001,9\n", b"9" * 5000 + b",1,{}\nend," + b"9" * 5000 + b",9\n"],
)
def test_a_table_with_a_lost_quote_or_an_endless_number_is_read_and_not_whole(tmp_path, rest):
    found = read_answer(written(tmp_path / "file", _NAMES + rest))
    assert found.damaged or found.miscounted or not found.complete


@pytest.mark.parametrize("content", [b"", b"hello", b"{}\n", b"PK\x03\x04", b'{"log_size":"x"}\n'])
def test_what_is_no_answer_is_said_to_be_none(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(UnreadableError):
        read_answer(tmp_path / "file")
