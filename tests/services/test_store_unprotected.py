"""Whatever lets a superuser, or a process, alter evidence is named by the doctor: triggers, functions, rights, owners."""
# ruff: noqa: E501 - a table of alterations is read line by line

import pytest
import pytest_asyncio

from services.embedded.databases import DatabaseAddresses
from tests.services.tampered_store import TamperedStore


@pytest_asyncio.fixture
async def store(database: DatabaseAddresses, tmp_path) -> TamperedStore:
    return TamperedStore(database, tmp_path)


async def test_a_database_as_it_was_migrated_has_no_weakness(store):
    assert await store.doctor(deep=False) == {}


@pytest.mark.parametrize(
    ("statement", "code", "named"),
    [
        ("ALTER TABLE es.event_p0 DISABLE TRIGGER deny_row", "evidence_unprotected", "es.event_p0"),
        ("ALTER TABLE es.event_p4000000 ENABLE TRIGGER deny_row", "evidence_unprotected", "es.event_p4000000"),
        ("ALTER TABLE es.event_p0 ENABLE REPLICA TRIGGER deny_truncate", "evidence_unprotected", "es.event_p0"),
        ("DROP TRIGGER deny_truncate ON es.log", "evidence_unprotected", "es.log"),
        ("DROP TRIGGER deny_row ON es.event", "evidence_unprotected", "es.event_p0"),
        ("ALTER TABLE es.tree_node DISABLE TRIGGER ALL", "evidence_unprotected", "es.tree_node"),
        ("ALTER TABLE es.checkpoint DISABLE TRIGGER deny_row", "evidence_unprotected", "es.checkpoint"),
        ("ALTER TABLE es.notice_attempt DISABLE TRIGGER deny_row", "evidence_unprotected", "es.notice_attempt"),
        ("ALTER TABLE private.webhook_attempt DISABLE TRIGGER ALL", "evidence_unprotected", "private.webhook_attempt"),
        (
            """DROP TRIGGER deny_row ON es.log;
               CREATE TRIGGER deny_row BEFORE UPDATE OR DELETE ON es.log FOR EACH ROW
                 WHEN (current_user = 'nobody') EXECUTE FUNCTION es.deny();
               ALTER TABLE es.log ENABLE ALWAYS TRIGGER deny_row""",
            "evidence_unprotected",
            "es.log",
        ),
        (
            "CREATE OR REPLACE FUNCTION es.deny() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "functions_changed",
            "es.deny",
        ),
        (
            "CREATE FUNCTION es.way_in() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM es.command'",
            "functions_changed",
            "es.way_in",
        ),
        ("ALTER FUNCTION es.next_number SET search_path = public, es", "functions_changed", "es.next_number"),
        ("ALTER FUNCTION es.next_number SECURITY INVOKER", "functions_changed", "es.next_number"),
        (
            "CREATE FUNCTION es.next_number(p_series text, p_year bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
            "functions_changed",
            "es.next_number",
        ),
        (
            "CREATE FUNCTION private.way_in() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM es.command'",
            "functions_changed",
            "private.way_in",
        ),
        (
            "CREATE TRIGGER other BEFORE INSERT ON es.stream FOR EACH ROW EXECUTE FUNCTION es.deny()",
            "hooks_added",
            "es.stream: trigger other",
        ),
        ("CREATE RULE quiet AS ON INSERT TO private.webhook_delivery DO INSTEAD NOTHING", "hooks_added", "rule quiet"),
        ("ALTER TABLE es.stream ENABLE ROW LEVEL SECURITY", "hooks_added", "es.stream: row security"),
        (
            """CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
               CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION public.watch()""",
            "hooks_added",
            "event trigger watch",
        ),
        (
            """CREATE FUNCTION public.evil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
               CREATE TRIGGER deny_row BEFORE INSERT ON es.stream FOR EACH ROW EXECUTE FUNCTION public.evil()""",
            "hooks_added",
            "es.stream: trigger deny_row",
        ),
        (
            """CREATE FUNCTION public.evil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
               CREATE TRIGGER deny_truncate BEFORE INSERT ON private.person FOR EACH ROW EXECUTE FUNCTION public.evil()""",
            "hooks_added",
            "private.person: trigger deny_truncate",
        ),
        (
            """CREATE FUNCTION public.evil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
               DROP TRIGGER deny_row ON es.log;
               CREATE TRIGGER deny_row BEFORE INSERT ON es.log FOR EACH ROW EXECUTE FUNCTION public.evil()""",
            "evidence_interfered",
            "es.log: trigger deny_row",
        ),
        (
            "ALTER TABLE es.command DROP CONSTRAINT command_pkey, ADD CONSTRAINT command_pkey CHECK (true)",
            "keys_missing",
            "es.command command_pkey",
        ),
        (
            "ALTER TABLE es.stream DROP CONSTRAINT stream_pkey, ADD CONSTRAINT stream_pkey PRIMARY KEY (stream_id, version)",
            "keys_missing",
            "es.stream stream_pkey",
        ),
        (
            "ALTER TABLE es.document DROP CONSTRAINT document_check, ADD CONSTRAINT document_check CHECK (true)",
            "keys_missing",
            "es.document document_check",
        ),
        (
            "DROP INDEX es.event_p0_stream; CREATE UNIQUE INDEX event_p0_stream ON es.event_p0 (event_id)",
            "unique_keys_missing",
            "es.event_p0",
        ),
        ("GRANT EXECUTE ON FUNCTION es.append_one TO duban_auditor", "rights_added", "duban_auditor: EXECUTE es.append_one"),
        ("GRANT EXECUTE ON FUNCTION es.sequence_tick TO PUBLIC", "rights_added", "PUBLIC: EXECUTE es.sequence_tick"),
        ("GRANT SELECT, UPDATE ON private.api_key TO duban_auditor", "rights_added", "duban_auditor: UPDATE private.api_key"),
        ("GRANT SELECT (name) ON private.person TO duban_auditor", "rights_added", "duban_auditor: SELECT private.person"),
        ("GRANT UPDATE ON es.subscription TO duban_auditor", "rights_added", "duban_auditor: UPDATE es.subscription"),
        ("GRANT UPDATE ON SEQUENCE es.event_seq TO duban_app", "rights_added", "duban_app: UPDATE es.event_seq"),
        ("GRANT CREATE ON SCHEMA es TO duban_app", "rights_added", "duban_app: CREATE es"),
        (
            "ALTER TABLE es.event ALTER COLUMN recorded_at SET DEFAULT '2025-03-03'",
            "defaults_changed",
            "es.event.recorded_at '2025-03-03",
        ),
        ("ALTER TABLE es.stream DROP CONSTRAINT stream_pkey", "keys_missing", "es.stream stream_pkey"),
        ("ALTER TABLE es.document DROP CONSTRAINT document_check", "keys_missing", "es.document document_check"),
        ("ALTER TABLE es.event DROP CONSTRAINT event_pkey", "keys_missing", "es.event event_pkey"),
        ("DROP INDEX es.event_unit", "indexes_missing", "es.event event_unit"),
        ("DROP INDEX es.current_state_open", "indexes_missing", "es.current_state current_state_open"),
        ("DROP TABLE es.cosignature", "evidence_missing", "es.cosignature"),
        ("CREATE RULE quiet AS ON INSERT TO es.log DO INSTEAD NOTHING", "evidence_interfered", "es.log: rule quiet"),
        (
            "CREATE TRIGGER other BEFORE INSERT ON es.checkpoint FOR EACH ROW EXECUTE FUNCTION es.deny()",
            "evidence_interfered",
            "es.checkpoint: trigger other",
        ),
        ("ALTER TABLE es.log ENABLE ROW LEVEL SECURITY", "evidence_interfered", "es.log: row security"),
        ("ALTER TABLE es.event DETACH PARTITION es.event_p4000000", "partition_detached", "es.event_p4000000"),
        ("ALTER TABLE es.log DROP CONSTRAINT log_seq_key", "unique_keys_missing", "es.log"),
        ("ALTER TABLE es.event ALTER COLUMN leaf_hash DROP EXPRESSION", "leaf_hash_not_computed", "es.event"),
        ("GRANT DELETE ON es.event TO duban_auditor", "roles_too_strong", "duban_auditor: es.event"),
        ("GRANT TRUNCATE ON es.event_p0 TO duban_app", "roles_too_strong", "duban_app: es.event_p0"),
        ("GRANT UPDATE (unit) ON es.event TO duban_app", "roles_too_strong", "duban_app: es.event"),
        ("GRANT UPDATE ON es.checkpoint TO PUBLIC", "roles_too_strong", "PUBLIC: es.checkpoint"),
        ("GRANT INSERT ON es.log TO duban_sequencer", "roles_too_strong", "duban_sequencer: es.log"),
        ("GRANT UPDATE ON es.series TO duban_app", "roles_too_strong", "duban_app: es.series"),
        ("GRANT UPDATE ON es.current_state TO duban_app", "roles_too_strong", "duban_app: es.current_state"),
        ("ALTER TABLE es.log OWNER TO postgres", "owner_changed", "es.log: postgres"),
        ("ALTER FUNCTION es.append OWNER TO postgres", "owner_changed", "es.append: postgres"),
    ],
)  # fmt: skip
async def test_a_protection_that_was_taken_away_is_named(store, statement, code, named):
    await store.execute(statement)
    for deep in (True, False):
        found = await store.doctor(deep=deep)
        assert named in found[code].seen.en
        assert named in found[code].seen.zh
        assert found[code].mend is not None
        if "DROP TABLE" in statement:
            break


@pytest.mark.parametrize("whose", ["ROLE duban_app IN DATABASE {name}", "DATABASE {name}"])
async def test_a_setting_that_turns_names_into_others_is_named(store, whose):
    await store.execute(f"ALTER {whose.format(name=store.database.name)} SET search_path = public, es")
    assert "search_path=public, es" in (await store.doctor(deep=False))["settings_changed"].seen.en


@pytest.mark.parametrize(
    ("grant", "revoke", "named"),
    [
        ("ALTER ROLE duban_app SUPERUSER", "ALTER ROLE duban_app NOSUPERUSER", "duban_app: SUPERUSER"),
        ("ALTER ROLE duban_auditor BYPASSRLS", "ALTER ROLE duban_auditor NOBYPASSRLS", "duban_auditor: BYPASSRLS"),
        ("GRANT duban_owner TO duban_app", "REVOKE duban_owner FROM duban_app", "duban_app: member of duban_owner"),
        (
            "CREATE ROLE mallory LOGIN IN ROLE duban_owner",
            "DROP ROLE mallory",
            "mallory: member of duban_owner",
        ),
        (
            "GRANT pg_write_all_data TO duban_sequencer",
            "REVOKE pg_write_all_data FROM duban_sequencer",
            "duban_sequencer: member of pg_write_all_data",
        ),
    ],
)
async def test_a_role_that_was_made_too_powerful_is_named(store, grant, revoke, named):
    # Roles belong to the whole server: other tests must find them as they were.
    try:
        await store.execute(grant)
        assert named in (await store.doctor(deep=False))["roles_too_powerful"].seen.en
    finally:
        await store.execute(revoke)
