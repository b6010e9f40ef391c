-- What people wrote is looked up by its words in a table that is filled behind the log, by `duban projector`: nobody who appends
-- waits for that. Anything that is not there yet is read from the log when somebody asks.
CREATE TABLE read.words (
  seq   bigint PRIMARY KEY,
  words text NOT NULL
);

DROP INDEX es.event_reason;
DROP FUNCTION es.reason_grams;
DROP FUNCTION es.reason_text;

-- As in 0012_audit.sql, of up to four neighbouring characters.
CREATE OR REPLACE FUNCTION es.text_grams(p_salt bigint, p_text text, p_lengths int[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT array_agg(DISTINCT hashtextextended(left(gram, length), p_salt))
    FROM (SELECT concat(letter, lead(letter) OVER places, lead(letter, 2) OVER places, lead(letter, 3) OVER places) AS gram
            FROM unnest(string_to_array(lower(p_text), NULL)) WITH ORDINALITY AS letters (letter, place)
          WINDOW places AS (ORDER BY place)) AS every, unnest(p_lengths) AS length
   WHERE length(gram) >= length
$$;

-- Salted with the stretch of 32,768 events that a text lies in, and with the region of 1,048,576. Within a stretch every two
-- neighbouring characters tell enough. Within a region the longest are looked for, which are rare where the text is: to look
-- into one more region must cost next to nothing, for a page of a rare word is gathered from many.
CREATE FUNCTION es.word_grams(p_seq bigint, p_words text) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT es.text_grams(2 * (p_seq >> 15), p_words, '{2}') || es.text_grams(2 * (p_seq >> 20) + 1, p_words, '{2,3,4}')
$$;

-- No list of pending entries: every search would read all of it for every stretch.
CREATE INDEX words_grams ON read.words USING gin (es.word_grams(seq, words)) WITH (fastupdate = off);

REVOKE ALL ON FUNCTION es.word_grams FROM PUBLIC;
GRANT EXECUTE ON FUNCTION es.word_grams TO duban_app, duban_auditor;
GRANT SELECT, INSERT, DELETE ON read.words TO duban_app;
GRANT SELECT ON read.words TO duban_auditor;

ALTER TABLE es.event DROP CONSTRAINT event_entry_check, DROP CONSTRAINT event_salt_check, DROP CONSTRAINT event_version_check;
ALTER TABLE es.command DROP CONSTRAINT command_request_sha256_check;
ALTER TABLE es.stream DROP CONSTRAINT stream_version_check;

-- As in 0017_recorded_in_entries.sql but for the checks at its beginning.
CREATE OR REPLACE FUNCTION es.append(
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

  -- Here and not in the tables, where every statement would parse these conditions anew.
  IF EXISTS (SELECT FROM unnest(p_requests, p_expected, p_counts) AS c (request, expected, count)
              WHERE (octet_length(request) = 32 AND expected >= 0 AND count > 0) IS NOT TRUE)
     OR EXISTS (SELECT FROM unnest(e_entries, e_salts) AS e (entry, salt)
                 WHERE (octet_length(entry) BETWEEN 2 AND 65535 AND octet_length(salt) = 16) IS NOT TRUE) THEN
    RAISE EXCEPTION 'a hash, a version, an entry or a salt is out of bounds' USING ERRCODE = 'check_violation';
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

-- What es.append does, for one command, without what only batches need: its plans are half as much work. Says 'appended',
-- 'conflict', or 'known' where the key is; whoever called then asks what it stands for. Arrays by event, the rest by command.
CREATE FUNCTION es.append_one(
  p_key text, p_request bytea, p_stream uuid, p_kind text, p_expected bigint, p_answer bytea, p_actor text, p_campaign text,
  p_unit text, p_area text, p_state jsonb, p_recorded timestamptz, p_updated timestamptz,
  r_number text, r_status text, r_open bool, r_campaign text, r_unit text, r_area text, r_category text, r_channel text,
  r_source text, r_title text, r_reported timestamptz, r_due timestamptz, r_next_due_at timestamptz, r_next_due text,
  r_highest_rung text, r_supporting text[],
  e_ids uuid[], e_types text[], e_schemas int[], e_occurred timestamptz[], e_entries bytea[], e_data bytea[], e_salts bytea[]
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = es, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
  n int := cardinality(e_ids);
BEGIN
  IF (octet_length(p_request) = 32 AND p_expected >= 0 AND n > 0) IS NOT TRUE THEN
    RAISE EXCEPTION 'a hash or a version is out of bounds' USING ERRCODE = 'check_violation';
  END IF;
  FOR i IN 1..n LOOP
    IF (octet_length(e_entries[i]) BETWEEN 2 AND 65535 AND octet_length(e_salts[i]) = 16) IS NOT TRUE THEN
      RAISE EXCEPTION 'an entry or a salt is out of bounds' USING ERRCODE = 'check_violation';
    END IF;
  END LOOP;

  INSERT INTO es.command (idempotency_key, request_sha256, stream_id, version, answer)
  VALUES (p_key, p_request, p_stream, p_expected + n, p_answer) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    RETURN 'known';
  END IF;

  IF p_expected = 0 THEN
    INSERT INTO es.stream (stream_id, kind, version) VALUES (p_stream, p_kind, n) ON CONFLICT DO NOTHING;
  ELSE
    UPDATE es.stream SET version = p_expected + n WHERE stream_id = p_stream AND version = p_expected AND kind = p_kind;
  END IF;
  IF NOT FOUND THEN
    DELETE FROM es.command WHERE idempotency_key = p_key;  -- it may come again under its key
    RETURN 'conflict';
  END IF;

  INSERT INTO es.event (stream_id, version, event_id, kind, type, schema_version, occurred_at, actor, campaign_id, unit, area, entry, data, salt,
      recorded_at)
  SELECT p_stream, p_expected + o, e_ids[o], p_kind, e_types[o], e_schemas[o], e_occurred[o], p_actor, p_campaign, p_unit, p_area,
         e_entries[o], e_data[o], e_salts[o], p_recorded
    FROM generate_series(1, n) AS o;

  INSERT INTO es.current_state (stream_id, kind, version, state, updated_at, number, status, open, campaign_id, unit, area, category,
      channel, source, title, reported_at, due_at, next_due_at, next_due, highest_rung, supporting)
  VALUES (p_stream, p_kind, p_expected + n, p_state, p_updated, r_number, r_status, r_open, r_campaign, r_unit, r_area, r_category,
      r_channel, r_source, r_title, r_reported, r_due, r_next_due_at, r_next_due, r_highest_rung, r_supporting)
  ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version, state = excluded.state, updated_at = excluded.updated_at,
      number = excluded.number, status = excluded.status, open = excluded.open, campaign_id = excluded.campaign_id,
      unit = excluded.unit, area = excluded.area, category = excluded.category, channel = excluded.channel, source = excluded.source,
      title = excluded.title, reported_at = excluded.reported_at, due_at = excluded.due_at, next_due_at = excluded.next_due_at,
      next_due = excluded.next_due, highest_rung = excluded.highest_rung, supporting = excluded.supporting;
  RETURN 'appended';
END $$;

REVOKE ALL ON FUNCTION es.append_one FROM PUBLIC;
GRANT EXECUTE ON FUNCTION es.append_one TO duban_app;
