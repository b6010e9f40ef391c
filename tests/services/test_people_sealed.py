"""What is known of people is sealed: the database alone tells nothing, nothing tells of the erased, proofs hold."""

import hashlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from alembic import command as alembic
from pydantic import SecretStr

from services.auditing.export import export_log
from services.auditing.sources import Folder
from services.auditing.verification import Trust, Verification
from services.cli.people_work import rotate
from services.doctor.finding import Grade
from services.doctor.people import examine_people
from services.embedded.databases import DatabaseAddresses
from services.embedded.postgres import SUPERUSER, EmbeddedPostgres
from services.notary.outside import OutsideCheckpoints
from services.notary.signing import Signing
from services.privacy.opening import keyring_of, opened_people
from services.privacy.person import Person
from services.privacy.upkeep import finish, migrated_and_sealed, seal_and_drop
from services.settings import Role, Settings
from services.store.log_tree import LogTree
from services.store.migrate import migrate
from services.store.people import PeopleStore
from services.store.pools import open_pool, prepare
from services.transparency.keys import KeyFolder
from tests.services.gateway_samples import issue_data
from tests.services.item_city import Town, town

WANG = {"name": "王女士", "phone": "13800000000"}
WHY = {"reason": "回访核实"}
TABLES = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('es', 'private', 'read')"
OLD_PEOPLE = """
    INSERT INTO private.person (person_id, name, phone, email) VALUES
      ('00000000-0000-0000-0000-000000000001', '王女士', '13800000000', NULL),
      ('00000000-0000-0000-0000-000000000002', '李经办', NULL, 'li@example.com'),
      ('00000000-0000-0000-0000-000000000003', NULL, NULL, NULL),
      ('00000000-0000-0000-0000-000000000004', '赵督查', NULL, NULL)"""
ONE, TWO, ERASED, ZHAO = (UUID(int=number) for number in range(1, 5))


@pytest_asyncio.fixture
async def people(database: DatabaseAddresses) -> AsyncIterator[Town]:
    async with town(database) as opened:
        yield opened


@pytest_asyncio.fixture
async def superuser(database: DatabaseAddresses) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser)
    yield connection
    await connection.close()


def all_bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def reporter(people: Town) -> str:
    item = await people.reported(channel="complaint", reporter=WANG)
    return (await people.get("office", f"/v1/items/{item}")).json()["reporter"]


def keys_folder(people: Town) -> Path:
    place = people.city.parts.settings.people_keys
    assert place is not None
    return Path(place.get_secret_value())


def masters(people: Town) -> set[Path]:
    return set(keys_folder(people).glob("*.master"))


async def where_it_stands(connection: asyncpg.Connection, *values: str) -> list[str]:
    """The tables in which a value stands, as text or as the bytes of a bytea."""
    found: list[str] = []
    for row in await connection.fetch(TABLES):
        content = "\n".join(line[0] for line in await connection.fetch(f"SELECT t::text FROM {row[0]} t"))  # noqa: S608
        found += [row[0] for value in values if value in content or value.encode().hex() in content]
    return found


async def heap(connection: asyncpg.Connection, table: str) -> bytes:
    await connection.execute("CHECKPOINT")
    return await connection.fetchval("SELECT pg_read_binary_file(pg_relation_filepath($1))", table)


async def doctors_codes(settings: Settings) -> dict[str, Grade]:
    return {finding.code: finding.grade async for finding in examine_people(settings)}


async def test_the_database_alone_tells_nothing_of_anybody(people: Town, superuser: asyncpg.Connection) -> None:
    await reporter(people)
    event = {"specversion": "1.0", "id": "1", "source": "12345-hotline", "type": "duban.issue.reported.v1"}
    fired = await people.ask(
        "hotline",
        "POST",
        "/v1/events",
        content=json.dumps({**event, "data": issue_data(reporter=WANG)}),
        headers={"Content-Type": "application/cloudevents+json"},
    )
    assert fired.status_code < 300, fired.text
    body = {"role": "leader", **WANG, "email": "wang@example.com"}
    assert (await people.post("administrator", "/v1/principals", body)).status_code == 201
    assert await superuser.fetchval("SELECT count(*) FROM private.person WHERE name IS NOT NULL") == 3
    assert await where_it_stands(superuser, WANG["name"], WANG["phone"], "wang@example.com") == []
    assert WANG["name"].encode() not in await heap(superuser, "private.person")


async def test_what_makes_a_request_another_one_does_not_tell_a_name_to_whoever_tries_all(
    people: Town, superuser: asyncpg.Connection
) -> None:
    body = {"role": "leader", "name": "王女士"}
    registered = await people.post("administrator", "/v1/principals", body, key="r")
    hashes = await superuser.fetch("SELECT request_sha256 FROM es.command")
    full = {"role": "leader", "unit": None, "area": None, "sources": [], **WANG, "phone": None, "email": None}
    guesses = {json.dumps(full, ensure_ascii=False, separators=(",", ":")), json.dumps(body, ensure_ascii=False)}
    told = {hashlib.sha256(f"PrincipalBody {registered.json()['id']} {guess}".encode()).digest() for guess in guesses}
    assert not told & {row[0] for row in hashes}


async def test_an_erasure_destroys_the_key_so_that_a_backup_tells_nothing(
    people: Town, superuser: asyncpg.Connection
) -> None:
    person = await reporter(people)
    backup = await superuser.fetchrow("SELECT * FROM private.person WHERE person_id = $1", UUID(person))
    assert backup is not None
    assert (await people.erase("administrator", person)).status_code == 204
    assert await people.city.parts.people.keyring.find([backup["key_id"]]) == {}
    await superuser.execute(
        "UPDATE private.person SET key_id = $2, name = $3, phone = $4 WHERE person_id = $1",
        UUID(person),
        *(backup[column] for column in ("key_id", "name", "phone")),
    )
    read = (await people.get("administrator", f"/v1/people/{person}", **WHY)).json()
    assert (read["name"], read["phone"], read["status"]) == (None, None, "unreadable")


async def test_an_erased_person_stays_so_when_the_report_comes_again(people: Town) -> None:
    body = issue_data(channel="complaint", reporter=WANG)
    item = (await people.post("office", "/v1/items", body, key="once")).json()["id"]
    person = (await people.get("office", f"/v1/items/{item}")).json()["reporter"]
    await people.erase("administrator", person)
    assert (await people.post("office", "/v1/items", body, key="once")).json()["id"] == item
    read = (await people.get("office", f"/v1/people/{person}", **WHY)).json()
    assert (read["name"], read["status"]) == (None, "nothing")


async def test_an_erasure_killed_before_the_key_was_destroyed_is_finished_by_the_next_gateway(
    people: Town, database: DatabaseAddresses
) -> None:
    person, parts = UUID(await reporter(people)), people.city.parts
    [sealed] = await PeopleStore(parts.pool).find([person])
    assert sealed.key_id is not None
    async with parts.pool.acquire() as connection, connection.transaction():
        await parts.people.erase(connection, person)
    assert sealed.key_id in await parts.people.keyring.find([sealed.key_id])
    assert await doctors_codes(parts.settings) == {"people_keys_not_destroyed": Grade.WRONG}
    async with await open_pool(database.app) as pool, opened_people(parts.settings, pool) as next_one:
        await finish(next_one)
    assert await parts.people.keyring.find([sealed.key_id]) == {}
    assert await doctors_codes(parts.settings) == {"people_keys": Grade.WELL}


async def test_keys_of_the_erased_that_a_backup_brings_back_are_noticed_and_destroyed_again(
    people: Town, tmp_path: Path
) -> None:
    person, parts = UUID(await reporter(people)), people.city.parts
    [sealed] = await PeopleStore(parts.pool).find([person])
    assert sealed.key_id is not None
    backup = shutil.copytree(keys_folder(people), tmp_path / "backup")
    await people.erase("administrator", str(person))
    shutil.copytree(backup, keys_folder(people), dirs_exist_ok=True)
    assert await doctors_codes(parts.settings) == {"people_keys_not_destroyed": Grade.WRONG}
    await finish(parts.people)
    assert await doctors_codes(parts.settings) == {"people_keys": Grade.WELL}
    await parts.people.keyring.rotate()  # so that the backup, should it be used once more, opens nothing
    copy = Settings(people_keys=SecretStr(str(backup)))
    shutil.copy(backup / "people.sqlite", keys_folder(people) / "people.sqlite")
    assert await keyring_of(copy).find([sealed.key_id]) != {}
    assert await parts.people.keyring.find([sealed.key_id]) == {}


async def test_a_lost_key_store_loses_names_and_nothing_else(people: Town) -> None:
    before, parts = await reporter(people), people.city.parts
    shutil.rmtree(keys_folder(people))
    read = await people.get("administrator", f"/v1/people/{before}", **WHY)
    assert (read.status_code, read.json()["name"], read.json()["status"]) == (200, None, "unreadable")
    assert await doctors_codes(parts.settings) == {"people_keys_missing": Grade.WRONG}
    parts.people.keyring._ahead.clear()  # what it had made is lost with the folder; a gateway that starts has none
    after = await reporter(people)
    assert (await people.get("administrator", f"/v1/people/{after}", **WHY)).json()["name"] == WANG["name"]
    assert (await people.get("administrator", "/v1/principals")).status_code == 200
    assert (await people.erase("administrator", before)).status_code == 204
    assert await doctors_codes(parts.settings) == {"people_keys": Grade.WELL}


async def test_a_key_store_that_cannot_be_used_is_an_outage_and_no_bug(people: Town) -> None:
    person = await reporter(people)
    (keys_folder(people) / "people.sqlite").chmod(0o644)
    answer = await people.get("administrator", f"/v1/people/{person}", **WHY)
    assert (answer.status_code, answer.json()["code"]) == (503, "temporarily_unavailable")
    assert await doctors_codes(people.city.parts.settings) == {"people_keys_unusable": Grade.WRONG}
    assert (await people.get("office", "/v1/items")).status_code == 200


@pytest.mark.parametrize("who", ["office", "administrator", "auditor"])
async def test_names_are_masked_for_everybody_who_gives_no_reason(people: Town, who: str) -> None:
    person = await reporter(people)
    masked = (await people.get(who, f"/v1/people/{person}")).json()
    assert (masked["name"], masked["phone"], masked["masked"]) == ("王*", "138****0000", True)
    full = (await people.get(who, f"/v1/people/{person}", **WHY)).json()
    assert (full["name"], full["phone"], full["masked"]) == (WANG["name"], WANG["phone"], False)
    for reason in ("", " ", "x" * 2001):
        assert (await people.get(who, f"/v1/people/{person}", reason=reason)).status_code == 422


async def test_a_role_that_has_no_business_with_names_gets_none_for_any_reason(people: Town) -> None:
    person = await reporter(people)
    for who in ("cleaner", "leader", "hotline"):
        answer = await people.get(who, f"/v1/people/{person}", **WHY)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")


async def test_auditors_see_the_names_of_principals_masked_unless_they_say_why(people: Town) -> None:
    body = {"role": "leader", **WANG, "email": "wang@example.com"}
    path = (await people.post("administrator", "/v1/principals", body)).headers["location"]
    assert (await people.get("administrator", path)).json()["name"] == WANG["name"]
    masked = (await people.get("auditor", path)).json()
    assert (masked["name"], masked["phone"], masked["email"]) == ("王*", "138****0000", "w***@example.com")
    assert (await people.get("auditor", path, **WHY)).json()["email"] == "wang@example.com"
    listed = (await people.get("auditor", "/v1/principals")).json()["principals"]
    assert WANG["name"] not in {each["name"] for each in listed}


async def test_who_read_a_name_and_why_is_written_down(people: Town, superuser: asyncpg.Connection) -> None:
    person = await reporter(people)
    await people.get("auditor", f"/v1/people/{person}")
    await people.get("auditor", f"/v1/people/{person}", **WHY)
    rows = await superuser.fetch("SELECT data FROM es.event WHERE type = 'access.personal_data_read.v1' ORDER BY seq")
    read = [json.loads(row[0]) for row in rows]
    assert [(each["masked"], each.get("reason")) for each in read] == [(True, None), (False, WHY["reason"])]
    assert all(each["ids"] == [person] for each in read)


async def test_the_key_of_a_name_that_was_replaced_is_destroyed(people: Town) -> None:
    body = {"role": "leader", "name": "张三"}
    registered = await people.post("administrator", "/v1/principals", body)
    person, parts = UUID(registered.json()["id"]), people.city.parts
    [before] = await PeopleStore(parts.pool).find([person])
    headers = {"Idempotency-Key": str(uuid4())}
    change = {**body, "name": "张三丰", "reason": "更正"}
    await people.ask("administrator", "PUT", registered.headers["location"], json=change, headers=headers)
    assert before.key_id is not None
    assert await parts.people.destroy_doomed() == 1
    assert await parts.people.keyring.find([before.key_id]) == {}
    assert (await people.get("administrator", registered.headers["location"])).json()["name"] == "张三丰"


async def test_every_proof_of_the_log_holds_after_an_erasure(
    people: Town, database: DatabaseAddresses, superuser: asyncpg.Connection, tmp_path: Path
) -> None:
    person = await reporter(people)
    sequencer, auditor = [await asyncpg.connect(dsn) for dsn in (database.sequencer, database.auditor)]
    for connection in (sequencer, auditor):
        await prepare(connection)
    keys = KeyFolder(tmp_path / "keys")
    keys.create("log.example/city")
    outside = OutsideCheckpoints(tmp_path / "outside")
    signing = Signing(LogTree(sequencer), keys.signers(), keys.verifiers(), outside)
    await superuser.execute("SELECT es.sequence_tick()")
    await signing.sign()
    await export_log(LogTree(auditor), tmp_path / "before")
    await people.erase("administrator", person)
    await superuser.execute("SELECT es.sequence_tick()")
    await signing.sign()
    await export_log(LogTree(auditor), tmp_path / "after")
    known = [note.encode() for note in outside.all()]
    for folder in ("before", "after"):
        trust = Trust(keys.verifiers())
        report = Verification(Folder(tmp_path / folder), trust, known=known if folder == "after" else [])
        assert report.run().sound
    assert WANG["name"].encode() not in all_bytes(tmp_path / "after")
    await sequencer.close()
    await auditor.close()


@pytest_asyncio.fixture
async def old(postgres: EmbeddedPostgres, tmp_path: Path) -> AsyncIterator[Settings]:
    """A database as it was before values were sealed, with people in the clear."""
    name = f"old_people_{uuid4().hex[:8]}"
    maintenance = await asyncpg.connect(postgres.dsn(SUPERUSER, "postgres"))
    await maintenance.execute(f"CREATE DATABASE {name}")
    addresses = DatabaseAddresses.embedded(postgres.layout, name)
    with pytest.MonkeyPatch.context() as before:
        newest = alembic.upgrade
        before.setattr(alembic, "upgrade", lambda config, _head: newest(config, "0013"))
        await migrate(addresses.superuser)
    connection = await asyncpg.connect(addresses.superuser)
    await connection.execute(OLD_PEOPLE)
    await connection.close()
    yield Settings(
        database_app_url=SecretStr(addresses.app),
        database_owner_url=SecretStr(addresses.superuser),
        people_keys=SecretStr(str(tmp_path / "keys")),
    )
    await maintenance.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await maintenance.close()


async def test_an_upgrade_seals_everybody_and_leaves_nothing_in_the_clear(old: Settings) -> None:
    dsn = old.dsn(Role.OWNER)
    await migrated_and_sealed(old)(dsn)
    connection = await asyncpg.connect(dsn)
    assert await where_it_stands(connection, "王女士", "李经办", "li@example.com", "13800000000") == []
    assert await connection.fetchval("SELECT to_regclass('private.person_in_clear')") is None
    assert "王女士".encode() not in await heap(connection, "private.person")
    await connection.close()
    async with await open_pool(old.dsn(Role.APP)) as pool, opened_people(old, pool) as people:
        found = await people.find([ONE, TWO, ERASED, ZHAO])
    assert found[ONE] == Person(ONE, "王女士", "13800000000")
    assert found[TWO] == Person(TWO, "李经办", email="li@example.com")
    assert found[ERASED] == Person(ERASED, status="nothing")
    assert await doctors_codes(old) == {"people_keys": Grade.WELL}
    assert await seal_and_drop(old) == 0


async def test_an_upgrade_that_was_killed_is_carried_on_and_brings_no_erased_person_back(old: Settings) -> None:
    await migrate(old.dsn(Role.OWNER))  # and killed before anybody was sealed
    assert (await doctors_codes(old))["people_in_clear"] is Grade.WRONG
    async with await open_pool(old.dsn(Role.APP)) as pool, opened_people(old, pool) as people:
        async with pool.acquire() as connection, connection.transaction():
            await people.erase(connection, ZHAO)
        await finish(people)  # as a gateway does when it starts
        found = await people.find([ONE, TWO, ERASED, ZHAO])
    assert [found[each].name for each in (ONE, TWO, ERASED, ZHAO)] == ["王女士", "李经办", None, None]
    assert await seal_and_drop(old) == 0
    assert await doctors_codes(old) == {"people_keys": Grade.WELL}


async def test_the_master_key_is_rotated_from_the_command_line_beside_a_running_gateway(
    people: Town, database: DatabaseAddresses, superuser: asyncpg.Connection
) -> None:
    person, settings = await reporter(people), people.city.parts.settings
    before = masters(people)
    assert await rotate(settings.model_copy(update={"database_owner_url": SecretStr(database.owner)})) == 0
    assert not before & masters(people)
    assert (await people.get("office", f"/v1/people/{person}", **WHY)).json()["name"] == WANG["name"]
    assert (
        await superuser.fetchval(
            "SELECT count(*) FROM es.event WHERE convert_from(data, 'UTF8') LIKE '%people rotate-key%'"
        )
        == 2
    )
    for file in masters(people):
        file.unlink()
    assert await rotate(settings) == 1


async def test_principals_without_a_name_have_no_key(people: Town) -> None:
    registered = await people.post("administrator", "/v1/principals", {"role": "leader"})
    [sealed] = await PeopleStore(people.city.parts.pool).find([UUID(registered.json()["id"])])
    assert sealed.key_id is None


@pytest.mark.parametrize(
    ("change", "code", "named"),
    [
        ("UPDATE private.person SET phone = name WHERE person_id = $1", "people_changed", "person "),
        ("UPDATE private.person SET name = set_byte(name, 15, get_byte(name, 15) # 1) WHERE person_id = $1",
         "people_changed", "person "),
        ("DELETE FROM private.person WHERE person_id = $1", "people_missing", "reporter "),
    ],
)  # fmt: skip
async def test_rows_of_people_that_somebody_changed_or_deleted_are_named(people: Town, change, code, named) -> None:
    person, parts = await reporter(people), people.city.parts
    assert [each async for each in examine_people(parts.settings, deep=True) if each.grade is Grade.WRONG] == []
    await parts.pool.execute(change, UUID(person))
    [found] = [each async for each in examine_people(parts.settings, deep=True) if each.grade is Grade.WRONG]
    assert found.code == code
    assert found.places[0].endswith(f"{named}{person}")
    assert found.mend is not None
