-- Restored events keep the transaction ids of the cluster they were written in. As soon as the new cluster's own ids came that far,
-- a tick took restored events for new ones, failed because they have their places already, and the log stood still for ever.
-- What was there at a restore therefore lies below a floor, under which no tick looks. The floor is the lower bound of a partition
-- that begins with the first event afterwards: whole partitions are left out, and an idle tick stays as cheap as it was.
ALTER TABLE es.sequencer ADD COLUMN floor bigint NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION es.sequence_tick() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = es, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET jit = off AS $$
DECLARE
  st es.sequencer;
  cur pg_snapshot := pg_current_snapshot();
  n bigint;
BEGIN
  -- A look without a lock first: an idle store must not burn transaction ids fifty times a second.
  SELECT * INTO st FROM es.sequencer;
  IF pg_snapshot_xmax(st.snap) <= pg_snapshot_xmax(cur)
     AND NOT EXISTS (SELECT FROM es.event e WHERE e.seq >= st.floor AND e.xid >= pg_snapshot_xmax(st.snap))
     AND NOT EXISTS (SELECT FROM es.event e WHERE e.seq >= st.floor AND e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(st.snap)))) THEN
    RETURN 0;
  END IF;
  SELECT * INTO st FROM es.sequencer FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  cur := pg_current_snapshot();
  IF pg_snapshot_xmax(st.snap) > pg_snapshot_xmax(cur)
     OR st.cluster <> (SELECT system_identifier FROM pg_control_system()) THEN
    RAISE EXCEPTION 'the store was restored into another cluster: run es.resync()' USING ERRCODE = 'ES500';
  END IF;
  INSERT INTO es.log (pos, seq, leaf_hash)
  SELECT st.size + row_number() OVER (ORDER BY w.seq) - 1, w.seq, w.leaf_hash FROM (
    SELECT e.seq, e.leaf_hash FROM es.event e
     WHERE e.seq >= st.floor
       AND e.xid >= pg_snapshot_xmax(st.snap) AND e.xid < pg_snapshot_xmax(cur) AND pg_visible_in_snapshot(e.xid, cur)
    UNION ALL
    SELECT e.seq, e.leaf_hash FROM es.event e
     WHERE e.seq >= st.floor
       AND e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(st.snap))) AND pg_visible_in_snapshot(e.xid, cur)) w;
  GET DIAGNOSTICS n = ROW_COUNT;
  UPDATE es.sequencer SET size = st.size + n, snap = cur;
  IF n > 0 THEN
    PERFORM pg_notify('es_log', (st.size + n)::text);  -- the only NOTIFY in the system: it takes a global lock at commit
  END IF;
  RETURN n;
END $$;

-- Once, after a logical restore: old transaction ids mean nothing here, so everything not yet in the log is found by absence.
CREATE OR REPLACE FUNCTION es.resync() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = es, pg_temp AS $$
DECLARE
  st es.sequencer;
  n bigint;
  lower_bound bigint;
BEGIN
  SELECT * INTO st FROM es.sequencer FOR UPDATE;
  LOCK TABLE es.event IN SHARE MODE;  -- waits for writers and holds them off
  INSERT INTO es.log (pos, seq, leaf_hash)
  SELECT st.size + row_number() OVER (ORDER BY e.seq) - 1, e.seq, e.leaf_hash
    FROM es.event e WHERE NOT EXISTS (SELECT FROM es.log l WHERE l.seq = e.seq);
  GET DIAGNOSTICS n = ROW_COUNT;
  -- Events to come begin the next partition: nobody draws a number before holding the lock that is denied them now.
  SELECT min(b.upper_bound) INTO lower_bound FROM (
    SELECT (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''?(\d+)''?\)'))[1]::bigint AS upper_bound
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'es.event'::regclass) b
   WHERE b.upper_bound > greatest((SELECT last_value FROM es.event_seq), (SELECT coalesce(max(seq), 0) FROM es.event));
  PERFORM setval('es.event_seq', lower_bound - 1);
  PERFORM es.ensure_partitions();
  UPDATE es.sequencer SET size = st.size + n, snap = pg_current_snapshot(), floor = lower_bound,
    cluster = (SELECT system_identifier FROM pg_control_system());
  IF n > 0 THEN
    PERFORM pg_notify('es_log', (st.size + n)::text);
  END IF;
  RETURN n;
END $$;

-- A store whose log stands still for this reason is sent through es.resync() by its next tick.
UPDATE es.sequencer s SET cluster = 0
 WHERE EXISTS (SELECT FROM es.event e JOIN es.log l ON l.seq = e.seq WHERE e.xid >= pg_snapshot_xmax(s.snap));
