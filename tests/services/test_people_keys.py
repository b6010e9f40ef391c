"""The store of people's keys, in a folder and in a database: none in use is lost, none destroyed comes back."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.embedded.databases import DatabaseAddresses
from services.embedded.postgres import SUPERUSER, EmbeddedPostgres
from services.privacy.keyring import AHEAD, Keyring
from services.privacy.opening import keyring_of
from services.privacy.person import Person
from services.privacy.sealing import KEY_BYTES, SealBrokenError, opened_person, seal, sealed_person, unseal
from services.settings import Settings
from services.store.person_key_database import KeyDatabase
from services.store.person_key_file import KeyFile
from services.store.person_keys import KeyRows, PeopleKeysError, WrappedKey

KEY_ID = bytes(range(16))
TAKER = """
import asyncio, sys
from pathlib import Path
from services.privacy.keyring import Keyring
from services.store.person_key_file import KeyFile

async def take():
    keyring = Keyring(KeyFile(Path(sys.argv[1])))
    while True:
        for each in await keyring.take(100):
            print(each.key_id.hex(), each.key.hex(), flush=True)

asyncio.run(take())
"""


@pytest_asyncio.fixture(params=["folder", "database"])
async def rows(request, tmp_path: Path, postgres: EmbeddedPostgres) -> AsyncIterator[KeyRows]:
    if request.param == "folder":
        yield KeyFile(tmp_path / "keys")
        return
    owner = await asyncpg.connect(postgres.dsn(SUPERUSER, "postgres"))
    await owner.execute("CREATE DATABASE people_keys")
    found = KeyDatabase(postgres.dsn(SUPERUSER, "people_keys"))
    yield found
    await found.close()
    await owner.execute("DROP DATABASE people_keys WITH (FORCE)")
    await owner.close()


def remove_masters(folder: Path) -> None:
    for file in folder.glob("*.master"):
        file.unlink()


def all_bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def taking(folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", TAKER, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command


async def test_keys_are_found_again_by_another_keyring(rows: KeyRows) -> None:
    taken = await Keyring(rows).take(3)
    assert len({each.key for each in taken}) == 3
    found = await Keyring(rows).find([each.key_id for each in taken])
    assert found == {each.key_id: each.key for each in taken}


async def test_nobody_is_given_a_key_twice(rows: KeyRows) -> None:
    keyrings = [Keyring(rows), Keyring(rows)]
    taken = await asyncio.gather(*(keyrings[number % 2].take(70) for number in range(20)))
    ids = [key.key_id for keys in taken for key in keys]
    assert len(set(ids)) == len(ids) == 1400
    assert len(await keyrings[0].find(ids)) == 1400


async def test_a_destroyed_key_is_gone_and_may_be_destroyed_again(rows: KeyRows) -> None:
    keyring = Keyring(rows)
    gone, kept = await keyring.take(2)
    await keyring.destroy([gone.key_id])
    await keyring.destroy([gone.key_id])
    assert await keyring.find([gone.key_id, kept.key_id]) == {kept.key_id: kept.key}


async def test_what_was_made_ahead_and_not_used_is_destroyed_at_the_end(rows: KeyRows) -> None:
    keyring = Keyring(rows)
    [used] = await keyring.take(1)
    await keyring.close()
    master = await rows.in_force()
    assert master is not None
    assert [each.key_id for each in await rows.wrapped_by_others("", b"", AHEAD)] == [used.key_id]


async def test_a_rotation_wraps_every_key_by_a_new_master_and_destroys_the_old_one(rows: KeyRows) -> None:
    keyring, running = Keyring(rows), Keyring(rows)
    taken = [*await keyring.take(700), *await running.take(10)]
    before = await rows.masters()
    done = await keyring.rotate()
    assert (done.rewrapped >= 700, done.unreadable, done.masters_destroyed) == (True, 0, 1)
    assert not before.keys() & (await rows.masters()).keys()
    taken += await running.take(600)  # beyond what it had made ahead, under the new master
    assert len(await keyring.find([each.key_id for each in taken])) == len(taken)


async def test_keys_are_taken_while_the_master_key_is_rotated(rows: KeyRows) -> None:
    keyring, running = Keyring(rows), Keyring(rows)
    await running.take(1)

    async def taking() -> list[bytes]:
        return [each.key_id for _ in range(8) for each in await running.take(AHEAD)]

    ids, _, _ = await asyncio.gather(taking(), keyring.rotate(), keyring.rotate())
    assert len(await keyring.find(ids)) == len(ids)


async def test_a_rotation_overtaken_by_another_loses_no_key(rows: KeyRows, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring, others = Keyring(rows), [Keyring(rows)]
    ids = [each.key_id for each in await keyring.take(1200)]
    page_of = rows.wrapped_by_others

    async def overtaken(master_id: str, after: bytes, limit: int) -> list[WrappedKey]:
        page = await page_of(master_id, after, limit)
        if others and after:
            await others.pop().rotate()
        return page

    monkeypatch.setattr(rows, "wrapped_by_others", overtaken)
    done = await keyring.rotate()
    assert len(await keyring.find(ids)) == len(ids)
    assert (others, done.unreadable, len(await rows.masters())) == ([], 0, 1)


async def test_who_looks_for_a_key_while_a_rotation_ends_finds_it(
    rows: KeyRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring, others = Keyring(rows), [Keyring(rows)]
    [key] = await keyring.take(1)
    read = rows.read

    async def overtaken(key_ids: Sequence[bytes]) -> list[WrappedKey]:
        found = await read(key_ids)
        if others:
            await others.pop().rotate()
        return found

    monkeypatch.setattr(rows, "read", overtaken)
    assert await keyring.find([key.key_id]) == {key.key_id: key.key}


async def test_a_rotation_broken_off_is_carried_on_by_the_next(rows: KeyRows) -> None:
    keyring = Keyring(rows)
    taken = await keyring.take(5)
    master = await rows.in_force()
    assert master is not None
    assert await rows.put_in_force(
        "00" * 8, bytes(KEY_BYTES), master.master_id
    )  # and killed before any key was wrapped
    assert len(await keyring.find([each.key_id for each in taken])) == 5
    done = await keyring.rotate()
    assert (done.unreadable, done.masters_destroyed, len(await rows.masters())) == (0, 2, 1)
    assert len(await keyring.find([each.key_id for each in taken])) == 5


async def test_of_two_who_put_a_master_in_force_at_once_one_does(rows: KeyRows) -> None:
    won = await asyncio.gather(*(rows.put_in_force(f"{n:016x}", bytes(KEY_BYTES), None) for n in range(4)))
    assert sorted(won) == [False, False, False, True]


async def test_a_key_of_a_master_that_is_not_in_force_is_not_taken_in(rows: KeyRows) -> None:
    await Keyring(rows).take(1)
    assert not await rows.add([WrappedKey(KEY_ID, "another", b"wrapped")])
    assert await rows.read([KEY_ID]) == []


async def test_fingerprints_are_alike_in_all_processes_and_differ_in_another_store(rows: KeyRows, tmp_path) -> None:
    first, second = await asyncio.gather(Keyring(rows).fingerprint(b"a"), Keyring(rows).fingerprint(b"a"))
    assert first == second != await Keyring(KeyFile(tmp_path / "other")).fingerprint(b"a")


async def test_a_lost_master_key_loses_its_keys_and_no_new_ones(tmp_path: Path) -> None:
    keyring = Keyring(KeyFile(tmp_path))
    [lost] = await keyring.take(1)
    fingerprint = await keyring.fingerprint(b"a")
    remove_masters(tmp_path)
    keyring = Keyring(KeyFile(tmp_path))
    [new] = await keyring.take(1)
    assert await keyring.find([lost.key_id, new.key_id]) == {new.key_id: new.key}
    assert await keyring.fingerprint(b"a") != fingerprint
    assert (await keyring.rotate()).unreadable > 0


async def test_nothing_of_a_destroyed_key_is_left_in_any_file(tmp_path: Path) -> None:
    keyring, rows = Keyring(KeyFile(tmp_path)), KeyFile(tmp_path)
    gone, kept = await keyring.take(2)
    wrapped = {each.key_id: each.wrapped for each in await rows.read([gone.key_id, kept.key_id])}
    await keyring.destroy([gone.key_id])
    content = all_bytes(tmp_path)
    assert wrapped[gone.key_id] not in content
    assert wrapped[kept.key_id] in content
    assert kept.key not in content


async def test_files_that_others_can_read_are_refused(tmp_path: Path) -> None:
    keyring = Keyring(KeyFile(tmp_path / "keys"))
    await keyring.take(1)
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "keys").iterdir()} == {0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    (tmp_path / "keys" / "people.sqlite").chmod(0o644)
    with pytest.raises(PeopleKeysError):
        await keyring.find([KEY_ID])


async def test_a_file_that_is_no_store_of_keys_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "people.sqlite").write_bytes(b"nonsense" * 1000)
    (tmp_path / "people.sqlite").chmod(0o600)
    with pytest.raises(PeopleKeysError):
        await Keyring(KeyFile(tmp_path)).take(1)


async def test_every_key_that_was_given_out_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    takers = [taking(tmp_path) for _ in range(2)]
    given_out: dict[bytes, bytes] = {}
    for taker in takers:
        assert taker.stdout is not None
        for _ in range(1500):
            key_id, key = taker.stdout.readline().split()
            given_out[bytes.fromhex(key_id)] = bytes.fromhex(key)
    for taker in takers:
        taker.send_signal(signal.SIGKILL)
        taker.communicate()
    assert len(given_out) == 3000
    assert await Keyring(KeyFile(tmp_path)).find(list(given_out)) == given_out


async def test_the_database_of_the_events_is_refused_as_a_place_for_keys(database: DatabaseAddresses) -> None:
    keyring = keyring_of(Settings(people_keys=SecretStr(database.owner)))
    with pytest.raises(PeopleKeysError):
        await keyring.take(1)


async def test_where_keys_lie_follows_the_settings(tmp_path: Path) -> None:
    for settings in (Settings(data_dir=tmp_path), Settings(people_keys=SecretStr(str(tmp_path / "keys" / "people")))):
        await keyring_of(settings).take(1)
        assert [file.name for file in (tmp_path / "keys").iterdir()] == ["people"]


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=40), st.integers(min_value=0))
def test_a_seal_opens_in_its_own_place_only_and_any_changed_bit_breaks_it(value: bytes, place: bytes, at: int) -> None:
    key = bytes(KEY_BYTES)
    sealed = seal(key, value, place)
    assert unseal(key, sealed, place) == value
    bit = at % (8 * len(sealed))
    changed = bytearray(sealed)
    changed[bit // 8] ^= 1 << bit % 8
    for wrong in ((key, bytes(changed), place), (key, sealed, place + b"x"), (b"\x01" * KEY_BYTES, sealed, place)):
        with pytest.raises(SealBrokenError):
            unseal(*wrong)
    with pytest.raises(SealBrokenError):
        unseal(key, sealed[:10], place)


def test_a_ciphertext_in_the_place_of_another_field_or_person_is_not_read() -> None:
    key, one, other = bytes(KEY_BYTES), UUID(int=1), UUID(int=2)
    sealed = sealed_person(Person(one, "王女士", "13800000000"), KEY_ID, key)
    assert opened_person(sealed, key) == Person(one, "王女士", "13800000000")
    swapped = type(sealed)(one, KEY_ID, sealed.phone, sealed.name)
    moved = type(sealed)(other, KEY_ID, sealed.name, sealed.phone)
    for wrong in (swapped, moved):
        assert opened_person(wrong, key) == Person(wrong.person_id, status="unreadable")


@pytest.mark.parametrize(
    ("name", "phone", "email", "masked"),
    [
        ("王女士", "13800000000", "wang@example.com", ("王*", "138****0000", "w***@example.com")),
        ("Li Na", "021-12345678", "a@b", ("L*", "021****5678", "a***@b")),
        ("王", "6123456", None, ("王*", "****56", None)),
        (None, "12345", None, (None, "****", None)),
    ],
)
def test_a_masked_person_keeps_what_tells_them_apart_and_no_more(name, phone, email, masked) -> None:
    person = Person(UUID(int=1), name, phone, email).masked()
    assert (person.name, person.phone, person.email) == masked
