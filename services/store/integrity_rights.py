"""Asks the catalogue who was given more than the migrations give, and which settings and defaults were changed."""

from collections.abc import Sequence

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from services.store.migrated_rights import Right, rights_given

_RIGHTS = """
    SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee)::text END AS role, name,
           a.privilege_type AS what
      FROM (
        SELECT n.nspname || '.' || c.relname AS name, c.relowner AS owner, c.relacl AS acl
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname IN ('es', 'private', 'read') AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
        UNION ALL
        SELECT n.nspname || '.' || c.relname, c.relowner, t.attacl
          FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname IN ('es', 'private', 'read') AND t.attacl IS NOT NULL
        UNION ALL
        SELECT n.nspname || '.' || p.proname, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE n.nspname IN ('es', 'private', 'read')
        UNION ALL
        SELECT nspname, nspowner, nspacl FROM pg_namespace WHERE nspname IN ('es', 'private', 'read')) AS of
     CROSS JOIN LATERAL aclexplode(of.acl) AS a
     WHERE a.grantee <> of.owner"""
# Whoever is a member, even by way of others, can switch triggers off. Superusers can anyway.
_OWNERS = """
    SELECT rolname, rolcreaterole FROM pg_roles
     WHERE NOT rolsuper AND rolname <> $1 AND pg_has_role(oid, $1, 'MEMBER') ORDER BY 1"""
# What turns names, triggers or roles into others; how long a statement may take is the operator's own affair.
_SETTINGS = """
    SELECT CASE s.setrole WHEN 0 THEN 'database' ELSE pg_get_userbyid(s.setrole)::text END || ': ' || setting
      FROM pg_db_role_setting s CROSS JOIN unnest(s.setconfig) AS setting
     WHERE (s.setrole = 0 OR pg_get_userbyid(s.setrole) = ANY ($1))
       AND s.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
       AND split_part(setting, '=', 1) IN ('search_path', 'session_replication_role', 'role', 'session_authorization',
         'row_security', 'event_triggers', 'local_preload_libraries', 'session_preload_libraries')
     ORDER BY 1"""
_DEFAULTS = """
    SELECT n.nspname || '.' || c.relname || '.' || a.attname || ' ' || pg_get_expr(d.adbin, d.adrelid)
      FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
      JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname || '.' || c.relname = ANY ($1) AND a.attgenerated = ''"""
_EXPECTED_DEFAULTS = frozenset(
    {
        "es.checkpoint.signed_at now()",
        "es.cosignature.signed_at now()",
        "es.document.stored_at now()",
        "es.event.recorded_at clock_timestamp()",
        "es.event.seq nextval('es.event_seq'::regclass)",
        "es.event.xid pg_current_xact_id()",
        "es.log.sequenced_at clock_timestamp()",
        "es.log_key.added_at now()",
        "es.passed_over.passed_at now()",
        "es.time_stamp.stamped_at now()",
    }
)


async def rights_added(connection: asyncpg.Connection | PoolConnectionProxy) -> list[str]:
    """Rights on anything of ours that no migration gives; reading what is not private is the operator's to allow."""
    found = {Right(*row) for row in await connection.fetch(_RIGHTS)} - rights_given()
    return sorted(str(right) for right in found if right.what != "SELECT" or right.name.startswith("private."))


async def owner_members(
    connection: asyncpg.Connection | PoolConnectionProxy, owner: str, migrator: str | None
) -> list[str]:
    """Who may act as the owner, but for superusers and whoever migrates.

    Where nobody says who migrates, it is taken to be the one member who may make roles, if there is one alone.
    """
    members = await connection.fetch(_OWNERS, owner)
    making = [row["rolname"] for row in members if row["rolcreaterole"]]
    expected = {migrator} if migrator else set(making) if len(making) == 1 else set[str]()
    return [f"{row['rolname']}: member of {owner}" for row in members if row["rolname"] not in expected]


async def settings_changed(connection: asyncpg.Connection | PoolConnectionProxy, roles: list[str]) -> list[str]:
    """Settings of our roles, and of the database, under which a statement means something else."""
    return [row[0] for row in await connection.fetch(_SETTINGS, roles)]


async def defaults_changed(connection: asyncpg.Connection | PoolConnectionProxy, tables: Sequence[str]) -> list[str]:
    """Defaults of columns of these tables that are not those of the migrations, and those that are gone."""
    found = {row[0] for row in await connection.fetch(_DEFAULTS, tables)}
    return sorted(found ^ _EXPECTED_DEFAULTS)
