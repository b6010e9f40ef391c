"""Whatever byte of an export is changed, cut out or added, a check of it never finds it sound."""

import hashlib
import shutil
import string
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.auditing.sources import Folder
from services.auditing.trust import Trust
from services.auditing.verification import Verification
from services.store.entry import entry_bytes
from services.transparency import merkle, payloads, tiles
from services.transparency.checkpoint import Checkpoint
from services.transparency.merkle import Growing
from services.transparency.note import Signer
from services.transparency.tiles import WIDTH
from tests.services.store_samples import command, event

SIZE = 600
ALPHABET = f"{string.ascii_uppercase}{string.ascii_lowercase}{string.digits}+/"  # of base64
SIGNED = (5, 300, SIZE)
SIGNER = Signer.new("log.example/city")


def write(folder: Path, path: str, content: bytes) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_bytes(content)


@pytest.fixture(scope="module")
def export(tmp_path_factory) -> Path:
    """As `duban log export` writes it; made without a database, so that many examples are cheap."""
    folder = tmp_path_factory.mktemp("export")
    entries, contents = [], []
    for number in range(SIZE):
        salt, data = hashlib.sha256(b"%d" % number).digest()[:16], b'{"number":%d}' % number
        appended = command(stream=UUID(int=number), expected=0, key=f"key-{number}")
        entries.append(entry_bytes(appended, event(data=data), 1, salt))
        contents.append((salt, data))
    growing = Growing()
    for size in SIGNED:
        growing.extend(merkle.leaf_hash(entry) for entry in entries[growing.size : size])
        write(folder, f"checkpoints/{size}", Checkpoint(SIGNER.name, size, growing.root()).signed([SIGNER]).encode())
    shutil.copy(folder / "checkpoints" / str(SIZE), folder / "checkpoint")
    levels = [[merkle.leaf_hash(entry) for entry in entries]]
    levels.append([tiles.fold(levels[0][start : start + WIDTH]) for start in range(0, SIZE - SIZE % WIDTH, WIDTH)])
    for tile in tiles.tiles_of(SIZE):
        start = tile.index * WIDTH
        write(folder, tile.path, b"".join(levels[tile.level or 0][start : start + tile.width]))
    for bundle in tiles.bundles_of(SIZE):
        start = bundle.index * WIDTH
        write(folder, bundle.path, tiles.bundle(entries[start : start + bundle.width]))
        path = f"payload/{bundle.path.removeprefix('tile/')}"
        write(folder, path, payloads.frame(contents[start : start + bundle.width]))
    return folder


def is_sound(folder: Path) -> bool:
    return Verification(Folder(folder), Trust([SIGNER.verifier])).run().sound


def test_the_export_is_sound_as_it_was_written(export):
    assert is_sound(export)


def test_bits_that_base64_leaves_unused_are_no_place_to_change_a_signature(export):
    file = export / "checkpoint"
    content = file.read_bytes()
    assert content.endswith(b"=\n")
    last = ALPHABET.index(chr(content[-3]))
    other = ALPHABET[last ^ 1].encode()
    file.write_bytes(content[:-3] + other + content[-2:])
    try:
        assert not is_sound(export)
    finally:
        file.write_bytes(content)


@pytest.mark.parametrize("change", ["flip", "cut", "add", "remove"])
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_changed_byte_goes_unnoticed(export, change, data):
    files = sorted(file for file in export.rglob("*") if file.is_file())
    file = data.draw(st.sampled_from(files), label="file")
    content = file.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1), label="place")
    mask = data.draw(st.integers(1, 255), label="mask")
    changed = {
        "flip": content[:place] + bytes([content[place] ^ mask]) + content[place + 1 :],
        "cut": content[:place],
        "add": content[:place] + bytes([mask]) + content[place:],
        "remove": content[:place] + content[place + 1 :],
    }[change]
    file.write_bytes(changed)
    try:
        assert not is_sound(export)
    finally:
        file.write_bytes(content)
