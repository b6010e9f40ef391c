"""Asks the catalogue whether evidence is still protected as the migrations left it, and who could change it."""

from collections import defaultdict
from dataclasses import dataclass

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.store.integrity_rights import defaults_changed, owner_members, rights_added, settings_changed
from services.store.migrated_schema import KEYS, StoredFunction, functions_defined, indexes_made

# What is only ever added to. The list stands here and not in the database, where it could be shortened unnoticed.
EVIDENCE = (
    "es.event",
    "es.log",
    "es.tree_node",
    "es.checkpoint",
    "es.cosignature",
    "es.time_stamp",
    "es.log_key",
    "es.document",
    "es.document_reader",
    "es.notice_attempt",
    "es.passed_over",
    "private.webhook_attempt",
)
# Written by functions of the owner alone, since they must agree with the evidence.
GUARDED = ("es.stream", "es.current_state", "es.command", "es.series", "es.sequencer")
PROCESSES = ("duban_app", "duban_sequencer", "duban_auditor")
_OWNER = "duban_owner"
_INSERTING = {
    "duban_app": (
        "es.document",
        "es.document_reader",
        "es.notice_attempt",
        "es.passed_over",
        "private.webhook_attempt",
    ),
    "duban_sequencer": ("es.tree_node", "es.checkpoint", "es.cosignature", "es.time_stamp", "es.log_key"),
}
_LEAF = "sha256(('\\x00'::bytea || entry))"

_TABLES = """
    named AS (
      SELECT c.oid, n.nspname || '.' || c.relname AS name, n.nspname || '.' || c.relname AS listed
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND n.nspname || '.' || c.relname = ANY ($1)),
    evidence AS (
      SELECT oid, name, listed FROM named
      UNION ALL
      SELECT i.inhrelid, i.inhrelid::regclass::text, named.name
        FROM named JOIN pg_inherits i ON i.inhparent = named.oid)"""
# tgtype: 27 is BEFORE UPDATE OR DELETE FOR EACH ROW, 34 BEFORE TRUNCATE. A condition or a list of columns blunts it.
_UNPROTECTED = f"""
    WITH {_TABLES}
    SELECT name FROM evidence
     WHERE (SELECT count(DISTINCT t.tgtype) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
              JOIN pg_namespace n ON n.oid = p.pronamespace
             WHERE t.tgrelid = evidence.oid AND t.tgenabled = 'A' AND n.nspname = 'es' AND p.proname = 'deny'
               AND t.tgqual IS NULL AND t.tgattr = ''
               AND (t.tgname, t.tgtype) IN (('deny_row', 27), ('deny_truncate', 34))) < 2
     ORDER BY 1"""  # noqa: S608
_MISSING = f"""
    WITH {_TABLES}
    SELECT listed FROM unnest($1::text[]) AS listed WHERE listed NOT IN (SELECT name FROM named) ORDER BY 1"""  # noqa: S608
_DETACHED = """
    SELECT 'es.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = 'es' AND c.relkind = 'r' AND c.relname ~ '^event_p[0-9]+$'
       AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid) ORDER BY 1"""
# By what it calls and when, not by its name, which anybody can give; keys call functions of PostgreSQL's own.
_OURS = """
    (p.pronamespace = 'es'::regnamespace AND p.proname = 'deny'
     AND (t.tgname, t.tgtype) IN (('deny_row', 27), ('deny_truncate', 34)))"""
_OF_KEYS = "(t.tgisinternal AND p.pronamespace = 'pg_catalog'::regnamespace)"
_INTERFERING = f"""
    WITH {_TABLES}
    SELECT name || ': ' || what FROM (
      SELECT name, 'trigger ' || t.tgname AS what
        FROM evidence JOIN pg_trigger t ON t.tgrelid = evidence.oid JOIN pg_proc p ON p.oid = t.tgfoid
       WHERE NOT {_OF_KEYS} AND NOT {_OURS}
      UNION ALL
      SELECT name, 'rule ' || r.rulename FROM evidence JOIN pg_rewrite r ON r.ev_class = evidence.oid
      UNION ALL
      SELECT name, 'row security' FROM evidence JOIN pg_class c ON c.oid = evidence.oid WHERE c.relrowsecurity) AS found
     ORDER BY 1"""  # noqa: S608
_UNKEYED = f"""
    WITH {_TABLES}
    SELECT DISTINCT name FROM evidence JOIN pg_class c ON c.oid = evidence.oid
      JOIN (VALUES ('es.event', '{{seq}}'::name[]), ('es.event', '{{stream_id,version}}'),
                   ('es.log', '{{pos}}'), ('es.log', '{{seq}}')) AS wanted (of, columns) ON wanted.of = evidence.listed
     WHERE c.relkind = 'r' AND NOT EXISTS (
       SELECT FROM pg_index x
        WHERE x.indrelid = evidence.oid AND x.indisunique AND x.indisvalid AND x.indpred IS NULL
          AND wanted.columns = ARRAY(
            SELECT a.attname FROM unnest(x.indkey::int2[]) WITH ORDINALITY AS part (number, place)
              JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = part.number ORDER BY part.place))
     ORDER BY 1"""  # noqa: S608
_UNHASHED = f"""
    WITH {_TABLES}
    SELECT name FROM evidence
     WHERE listed = 'es.event' AND NOT EXISTS (
       SELECT FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = evidence.oid AND a.attname = 'leaf_hash' AND a.attgenerated = 's'
          AND pg_get_expr(d.adbin, d.adrelid) = $2)
     ORDER BY 1"""  # noqa: S608
# In every schema of ours, with what governs them: a body that stayed may run under other settings or other rights.
_FUNCTIONS = """
    SELECT n.nspname || '.' || p.proname AS name, p.prosrc AS body, p.prosecdef AS definer, l.lanname AS language,
           coalesce(p.proconfig, '{}') AS settings
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
     WHERE n.nspname IN ('es', 'private', 'read')"""
# A trigger, rule or policy of anybody on any other table of ours, and triggers on statements of the whole database.
_HOOKS = f"""
    WITH {_TABLES}
    SELECT name || ': ' || what FROM (
      SELECT n.nspname || '.' || c.relname AS name, 'trigger ' || t.tgname AS what
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_proc p ON p.oid = t.tgfoid
       WHERE n.nspname IN ('es', 'private', 'read') AND NOT {_OF_KEYS} AND c.oid NOT IN (SELECT oid FROM evidence)
         AND NOT ({_OURS} AND c.relname ~ '^event_p[0-9]+$')  -- a partition that was detached, which is told of
      UNION ALL
      SELECT n.nspname || '.' || c.relname, 'rule ' || r.rulename
        FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname IN ('es', 'private', 'read') AND c.relkind IN ('r', 'p')
         AND n.nspname || '.' || c.relname <> ALL ($1)
      UNION ALL
      SELECT n.nspname || '.' || c.relname, 'row security'
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname IN ('es', 'private', 'read') AND c.relrowsecurity
         AND n.nspname || '.' || c.relname <> ALL ($1)
      UNION ALL
      SELECT 'database', 'event trigger ' || evtname FROM pg_event_trigger) AS found
     ORDER BY 1"""  # noqa: S608
# Constraints by kind and columns, indexes by name: how one is spelt differs from version to version of PostgreSQL.
_CONSTRAINTS = """
    SELECT n.nspname || '.' || c.relname || ' ' || k.conname || ' ' || k.contype::text || '('
             || coalesce((SELECT string_agg(a.attname, ', ' ORDER BY part.place)
                            FROM unnest(k.conkey) WITH ORDINALITY AS part (number, place)
                            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = part.number), '')
             || ')' AS name,
           k.convalidated AS valid
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname || '.' || c.relname = ANY ($1) AND k.contype IN ('p', 'u', 'f', 'c')"""
_INDEXES = """
    SELECT n.nspname || '.' || c.relname || ' ' || i.relname AS name, x.indisvalid AND x.indisready AS valid
      FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname || '.' || c.relname = ANY ($1)"""
_GRANTED = f"""
    WITH {_TABLES}
    SELECT DISTINCT grantee || ': ' || name FROM (
      SELECT name, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END AS grantee
        FROM evidence JOIN pg_class c ON c.oid = evidence.oid CROSS JOIN aclexplode(c.relacl) a
       WHERE a.grantee <> c.relowner AND a.privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES')
      UNION ALL
      SELECT name, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END
        FROM evidence JOIN pg_attribute t ON t.attrelid = evidence.oid CROSS JOIN aclexplode(t.attacl) a
       WHERE a.privilege_type <> 'SELECT'
      UNION ALL
      SELECT name, r.rolname
        FROM evidence CROSS JOIN pg_roles r
       WHERE r.rolname = ANY ($2) AND has_table_privilege(r.oid, evidence.oid, 'UPDATE, DELETE, TRUNCATE')
      UNION ALL
      SELECT name, r.rolname
        FROM evidence CROSS JOIN pg_roles r
       WHERE r.rolname = ANY ($2) AND has_table_privilege(r.oid, evidence.oid, 'INSERT')
         AND (r.rolname || ': ' || listed) <> ALL ($3)) AS found
     ORDER BY 1"""  # noqa: S608
_POWERFUL = """
    SELECT rolname || ': ' || what FROM (
      SELECT rolname, unnest(ARRAY[
               CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END,
               CASE WHEN rolcreaterole THEN 'CREATEROLE' END, CASE WHEN rolcreatedb THEN 'CREATEDB' END,
               CASE WHEN rolreplication THEN 'REPLICATION' END]) AS what
        FROM pg_roles WHERE rolname = ANY ($1) OR rolname = $2
      UNION ALL
      SELECT member::regrole::text, 'member of ' || roleid::regrole::text FROM pg_auth_members
       WHERE member::regrole::text = ANY ($1)) AS found
     WHERE what IS NOT NULL ORDER BY 1"""
_STRANGE_OWNERS = """
    SELECT what || ': ' || pg_get_userbyid(owner) FROM (
      SELECT 'schema ' || nspname AS what, nspowner AS owner FROM pg_namespace
       WHERE nspname IN ('es', 'private', 'read')
      UNION ALL
      SELECT n.nspname || '.' || c.relname, c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname IN ('es', 'private', 'read') AND c.relkind IN ('r', 'p', 'S', 'v', 'm')
      UNION ALL
      SELECT n.nspname || '.' || p.proname, p.proowner FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE n.nspname IN ('es', 'private', 'read')) AS owned
     WHERE pg_get_userbyid(owner) <> $1 ORDER BY 1"""


@dataclass(frozen=True, slots=True)
class Weaknesses:
    """What is no longer as it was set up; every list empty where all is well. Texts name tables, roles, functions."""

    missing: list[str]
    unprotected: list[str]
    interfering: list[str]
    detached: list[str]
    unkeyed: list[str]
    unhashed: list[str]
    functions: list[str]
    hooks: list[str]
    keys: list[str]
    indexes: list[str]
    overrights: list[str]
    powerful: list[str]
    owners: list[str]
    rights: list[str]
    settings: list[str]
    defaults: list[str]


async def weaknesses(connection: asyncpg.Connection | PoolConnectionProxy, migrator: str | None = None) -> Weaknesses:
    """Look at everything that keeps evidence from being changed; any role may ask. ``migrator`` may be the owner."""
    evidence, processes = list(EVIDENCE), list(PROCESSES)
    inserting = [f"{role}: {name}" for role, names in _INSERTING.items() for name in names]

    async def names(query: str, *arguments: object) -> list[str]:
        return [row[0] for row in await connection.fetch(query, *arguments)]

    async def sound(query: str) -> set[str]:
        return {row["name"] for row in await connection.fetch(query, [*evidence, *GUARDED]) if row["valid"]}

    return Weaknesses(
        missing=await names(_MISSING, evidence),
        unprotected=await names(_UNPROTECTED, evidence),
        interfering=await names(_INTERFERING, evidence),
        detached=await names(_DETACHED),
        unkeyed=await names(_UNKEYED, evidence),
        unhashed=await names(_UNHASHED, evidence, _LEAF),
        functions=await _changed_functions(connection),
        hooks=await names(_HOOKS, evidence),
        keys=sorted(KEYS - await sound(_CONSTRAINTS)),
        indexes=sorted(
            {each for each in indexes_made() if each.partition(" ")[0] in {*EVIDENCE, *GUARDED}} - await sound(_INDEXES)
        ),
        overrights=await names(_GRANTED, [*evidence, *GUARDED], processes, inserting),
        powerful=sorted(
            {*await names(_POWERFUL, processes, _OWNER), *await owner_members(connection, _OWNER, migrator)}
        ),
        owners=await names(_STRANGE_OWNERS, _OWNER),
        rights=await rights_added(connection),
        settings=await settings_changed(connection, [*processes, _OWNER]),
        defaults=await defaults_changed(connection, evidence),
    )


async def _changed_functions(connection: asyncpg.Connection | PoolConnectionProxy) -> list[str]:
    """Names of functions that are not as defined: gone, changed, added, or with another of the same name beside it."""
    stored: defaultdict[str, list[StoredFunction]] = defaultdict(list)
    for row in await connection.fetch(_FUNCTIONS):
        found = StoredFunction(row["body"], row["definer"], row["language"], frozenset(row["settings"]))
        stored[row["name"]].append(found)
    expected = functions_defined()
    return sorted(name for name in stored.keys() | expected.keys() if stored[name] != [expected.get(name)])
