"""A log of millions of events as a city would write them, made by the database itself: ten events to each item."""

import time

import asyncpg

from services.store.pools import prepare

# Ten thousand events at a time belong to a thousand items, whose lives run side by side. Areas, units, people and
# reasons are unevenly frequent, as they are: the square of a random number is more often small than large.
_EVENTS = """
    INSERT INTO es.event (seq, stream_id, version, event_id, kind, type, schema_version, occurred_at, recorded_at,
                          actor, campaign_id, unit, area, entry, data, salt)
    SELECT {first} + i, stream, v, gen_random_uuid(), 'item', type, 1, at, at + interval '2 seconds', actor,
           campaign, unit, area,
           convert_to(format('{{"actor":"%s","actor_role":"handler","command_key":"%s:%s","data_sha256":"%s",'
             '"event_id":"%s","kind":"item","occurred_at":"%s","schema_version":1,"stream_id":"%s","type":"%s",'
             '"unit":"%s","version":%s}}',
             actor, actor, i, encode(sha256(int8send(i)), 'hex'), stream, at, stream, type, unit, v), 'UTF8'),
           convert_to(format('{{"occurred_at":"%s","type":"%s","item_id":"%s"%s,"evidence":[],"assignment":'
             '{{"unit":"%s","supporting":[],"order_number":"2026-%s-1"}},"clock":{{"clock_id":"rectify-1",'
             '"kind":"rectify","limit":{{"kind":"working_days","amount":3}},"opened_at":"%s","due_at":"%s",'
             '"policy_version":"city@1","calendar_version":"cn@1"}}}}',
             to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), type, stream,
             CASE WHEN field IS NULL THEN ''
                  ELSE format(',"%s":"%s，%s，编号 %s"', field, place, ending, i % 99991) END,
             unit, item, to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
             to_char(at + interval '3 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), 'UTF8'),
           decode(md5(i::text), 'hex')
      FROM (SELECT i, item, v, md5('item' || item)::uuid AS stream,
                   timestamptz '2020-01-01' + (i::float8 / {all} * 6 * 365) * interval '1 day' AS at,
                   'unit-' || (300 * h1 * h1)::int AS unit, 'area-' || (2000 * h2 * h2)::int AS area,
                   CASE WHEN v IN (2, 3, 7) THEN 'system'
                        ELSE md5('person' || (3000 * h3 * h3)::int)::uuid::text END AS actor,
                   'campaign-' || (item % 5) AS campaign,
                   (ARRAY['item.reported.v1', 'item.registered.v1', 'item.dispatched.v1', 'item.accepted.v1',
                     'item.extension_requested.v1', 'item.submitted.v1', 'item.rung_climbed.v1', 'item.check_passed.v1',
                     'item.closed.v1', 'item.archived.v1'])[v] AS type,
                   CASE v WHEN 5 THEN 'reason' WHEN 6 THEN 'account' WHEN 8 THEN 'note' END AS field,
                   (ARRAY['东街垃圾已清运', '占道经营已劝离', '路面破损已修补', '小广告已清除',
                     '消防通道已疏通'])[1 + (5 * h1 * h1)::int % 5] AS place,
                   (ARRAY['现场无遗留', '因连日降雨施工推迟', '商户已签承诺书', '等待材料到货', '居民表示满意',
                     '已安排专人值守', '已移交城管中队'])[1 + (7 * h2)::int % 7] AS ending
              FROM (SELECT i, item, v, abs(hashint8(item)) / 2147483648.0 AS h1,
                           abs(hashint8(7 * item + 3)) / 2147483648.0 AS h2, abs(hashint8(i * 31)) / 2147483648.0 AS h3
                      FROM (SELECT i, (i - 1) / 10000 * 1000 + (i - 1) % 1000 AS item,
                                   ((i - 1) % 10000 / 1000)::int + 1 AS v
                              FROM generate_series({start}::bigint, {end}::bigint) AS i) AS numbers)
                     AS chances) AS lives
"""
_LOG = """
    INSERT INTO es.log (pos, seq, leaf_hash)
    SELECT (SELECT coalesce(max(pos) + 1, 0) FROM es.log) + row_number() OVER (ORDER BY seq) - 1, seq, leaf_hash
      FROM es.event WHERE seq > $1"""
_STATES = """
    INSERT INTO es.current_state (stream_id, kind, version, state, updated_at, number, status, open, campaign_id, unit,
                                  area, category, channel, source, title, reported_at)
    SELECT md5('item' || item)::uuid, 'item', 10,
           jsonb_build_object('dossier', jsonb_build_object('issue', jsonb_build_object('source', 'hotline', 'reporter',
             CASE WHEN item % 20 = 0 THEN md5('reporter' || item / 100)::uuid END))),
           now(), '2026-' || item, 'archived', false, 'campaign-' || (item % 5), 'unit-1', 'area-1', 'rubbish',
           'hotline', 'hotline', '东街垃圾满溢', timestamptz '2020-01-01' + item * interval '1 second'
      FROM generate_series(0::bigint, $1::bigint / 10 - 1) AS item"""
# As the projector would write them, who follows the log.
_WORDS = """
    INSERT INTO read.words (seq, words)
    SELECT seq, said FROM (SELECT seq, coalesce(data ->> 'reason', data ->> 'account', data ->> 'note') AS said
                             FROM (SELECT seq, convert_from(data, 'UTF8')::jsonb AS data FROM es.event
                                    WHERE seq > $1 AND seq <= $2) AS events) AS texts WHERE said IS NOT NULL"""
_SEARCHABLE = """
    INSERT INTO es.subscription (name, pos) SELECT 'words', max(pos) FROM es.log
    ON CONFLICT (name) DO UPDATE SET pos = excluded.pos"""
_INDEXES = """
    SELECT format('DROP INDEX %s', i.oid::regclass) AS drop,
           replace(pg_get_indexdef(i.oid), ' ON ONLY ', ' ON ') AS create
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
     WHERE x.indrelid = ANY (ARRAY['es.event', 'read.words']::regclass[]) AND NOT x.indisprimary"""
_AT_ONCE = 500_000


async def fill(dsn: str, events: int) -> float:
    """Fill a migrated database as its superuser, building indexes at the end; returns how many seconds it took."""
    began = time.perf_counter()
    connection = await asyncpg.connect(dsn)
    await prepare(connection)
    try:
        await connection.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
        indexes = [(row["drop"], row["create"]) for row in await connection.fetch(_INDEXES)]
        for drop, _ in indexes:
            await connection.execute(drop)
        first = await connection.fetchval("SELECT coalesce(max(seq), 0) FROM es.event")
        for start in range(1, events + 1, _AT_ONCE):
            end = min(start + _AT_ONCE - 1, events)
            await connection.execute("SELECT setval('es.event_seq', $1)", first + end)
            await connection.execute("SELECT es.ensure_partitions()")
            await connection.execute(_EVENTS.format(first=first, all=events, start=start, end=end))
            await connection.execute(_WORDS, first + start - 1, first + end)
        await connection.execute(_LOG, await connection.fetchval("SELECT coalesce(max(seq), 0) FROM es.log"))
        await connection.execute(
            "UPDATE es.sequencer SET size = (SELECT max(pos) + 1 FROM es.log), snap = pg_current_snapshot()"
        )
        await connection.execute(_SEARCHABLE)
        await connection.execute(_STATES, events)
        for _, create in indexes:
            await connection.execute(create)
        for table in ("es.event", "es.log", "es.current_state", "read.words"):
            await connection.execute(f"VACUUM (ANALYZE) {table}")
    finally:
        await connection.close()
    return time.perf_counter() - began
