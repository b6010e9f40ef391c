-- The time of recording is said by whoever appends and stands in the entry too, so that the log commits to it: a column alone
-- could be set back. As in 0001_append.sql otherwise; the last argument may be left out by a program that is older than this.
DROP FUNCTION es.append;
-- One call is one transaction for a batch of commands; each command succeeds or fails by itself. Returned are only the commands
-- that were NOT appended: 'replayed' (with the stored version and answer), 'key_reused' or 'conflict'. All others were appended.
-- Locks are taken in one order (keys sorted, then streams sorted), so that concurrent batches do not deadlock.
-- A command's arrays are read by subscript: plpgsql keeps them expanded, so that is constant time and needs no join, and with the
-- settings below every access to a table goes through its primary key even if the plan was cached while the table was empty.
-- (jit = off: a plan that is made to look dear must not be compiled for it.)
CREATE FUNCTION es.append(
  p_keys text[], p_requests bytea[], p_streams uuid[], p_kinds text[], p_expected bigint[], p_counts int[], p_answers bytea[],
  p_actors text[], p_campaigns text[], p_units text[], p_areas text[], p_states jsonb[], p_rows jsonb[],
  e_command int[], e_ordinal int[], e_ids uuid[], e_types text[], e_schemas int[], e_occurred timestamptz[],
  e_entries bytea[], e_data bytea[], e_salts bytea[], e_recorded timestamptz[] DEFAULT NULL
) RETURNS TABLE (command int, outcome text, version bigint, answer bytea)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = es, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
  n int := cardinality(p_keys);
  everything int[] := ARRAY(SELECT generate_series(1, n));
  fresh int[] := everything;
  won int[];
  taken text[];
  moved uuid[];
BEGIN
  IF n > 1 AND ((SELECT count(DISTINCT k) FROM unnest(p_keys) k) < n OR (SELECT count(DISTINCT s) FROM unnest(p_streams) s) < n) THEN
    RAISE EXCEPTION 'a key or a stream occurs twice in one batch' USING ERRCODE = 'ES400';
  END IF;

  WITH inserted AS (
    INSERT INTO es.command (idempotency_key, request_sha256, stream_id, version, answer)
    SELECT p_keys[i], p_requests[i], p_streams[i], p_expected[i] + p_counts[i], p_answers[i]
      FROM unnest(everything) i ORDER BY p_keys[i]
    ON CONFLICT DO NOTHING RETURNING idempotency_key)
  SELECT array_agg(idempotency_key) INTO taken FROM inserted;
  IF coalesce(cardinality(taken), 0) < n THEN
    fresh := ARRAY(SELECT i FROM unnest(everything) i WHERE p_keys[i] = ANY (taken));
  END IF;

  WITH opened AS (
    INSERT INTO es.stream (stream_id, kind, version)
    SELECT p_streams[i], p_kinds[i], p_counts[i] FROM unnest(fresh) i WHERE p_expected[i] = 0 ORDER BY p_streams[i]
    ON CONFLICT DO NOTHING RETURNING stream_id),
  continued AS (
    UPDATE es.stream s SET version = s.version + c.count
      FROM (SELECT p_streams[i] AS stream_id, p_kinds[i] AS kind, p_expected[i] AS expected, p_counts[i] AS count
              FROM unnest(fresh) i WHERE p_expected[i] > 0 ORDER BY 1) c
     WHERE s.stream_id = c.stream_id AND s.version = c.expected AND s.kind = c.kind
    RETURNING s.stream_id)
  SELECT array_agg(stream_id) INTO moved FROM (SELECT stream_id FROM opened UNION ALL SELECT stream_id FROM continued) m;
  IF coalesce(cardinality(moved), 0) = n THEN
    won := everything;
  ELSE
    won := ARRAY(SELECT i FROM unnest(fresh) i WHERE p_streams[i] = ANY (moved));
    -- A command that lost the race may come again under its key.
    DELETE FROM es.command WHERE idempotency_key = ANY (ARRAY(SELECT p_keys[i] FROM unnest(fresh) i WHERE i <> ALL (won)));
  END IF;

  -- Never ON CONFLICT here: an event that cannot be written must fail the whole call.
  INSERT INTO es.event (stream_id, version, event_id, kind, type, schema_version, occurred_at, actor, campaign_id, unit, area, entry, data, salt,
      recorded_at)
  SELECT p_streams[c], p_expected[c] + o, id, p_kinds[c], type, schema, occurred, p_actors[c], p_campaigns[c], p_units[c], p_areas[c], entry, data, salt,
         coalesce(recorded, clock_timestamp())
    FROM unnest(e_command, e_ordinal, e_ids, e_types, e_schemas, e_occurred, e_entries, e_data, e_salts, e_recorded)
      AS e (c, o, id, type, schema, occurred, entry, data, salt, recorded)
   WHERE cardinality(won) = n OR c = ANY (won)
   ORDER BY c, o;

  INSERT INTO es.current_state (stream_id, kind, version, state, updated_at, number, status, open, campaign_id, unit, area, category,
      channel, source, title, reported_at, due_at, next_due_at, next_due, highest_rung, supporting)
  SELECT p_streams[i], p_kinds[i], p_expected[i] + p_counts[i], p_states[i], r.*
    FROM unnest(won) i CROSS JOIN LATERAL jsonb_to_record(p_rows[i]) AS r (updated_at timestamptz, number text, status text, open bool,
      campaign_id text, unit text, area text, category text, channel text, source text, title text, reported_at timestamptz,
      due_at timestamptz, next_due_at timestamptz, next_due text, highest_rung text, supporting text[])
  ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version, state = excluded.state, updated_at = excluded.updated_at,
      number = excluded.number, status = excluded.status, open = excluded.open, campaign_id = excluded.campaign_id,
      unit = excluded.unit, area = excluded.area, category = excluded.category, channel = excluded.channel, source = excluded.source,
      title = excluded.title, reported_at = excluded.reported_at, due_at = excluded.due_at, next_due_at = excluded.next_due_at,
      next_due = excluded.next_due, highest_rung = excluded.highest_rung, supporting = excluded.supporting;

  IF cardinality(won) = n THEN
    RETURN;
  END IF;
  RETURN QUERY  -- a new statement, so that it sees what a concurrent call with the same key has committed meanwhile
  SELECT i,
         CASE WHEN i = ANY (fresh) OR k.idempotency_key IS NULL THEN 'conflict'
              WHEN k.request_sha256 = p_requests[i] THEN 'replayed' ELSE 'key_reused' END,
         CASE WHEN k.request_sha256 = p_requests[i] THEN k.version END,
         CASE WHEN k.request_sha256 = p_requests[i] THEN k.answer END
    FROM unnest(everything) i LEFT JOIN es.command k ON k.idempotency_key = p_keys[i]
   WHERE i <> ALL (won);
END $$;

REVOKE ALL ON FUNCTION es.append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION es.append TO duban_app;
