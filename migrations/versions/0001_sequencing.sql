-- Gives every event committed since the last tick the next dense position. What is new is the difference between two transaction
-- snapshots, so writers take no lock and no event can slip in behind. NULL: another sequencer is at it.
CREATE FUNCTION es.sequence_tick() RETURNS bigint
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
     AND NOT EXISTS (SELECT FROM es.event e WHERE e.xid >= pg_snapshot_xmax(st.snap))
     AND NOT EXISTS (SELECT FROM es.event e WHERE e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(st.snap)))) THEN
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
     WHERE e.xid >= pg_snapshot_xmax(st.snap) AND e.xid < pg_snapshot_xmax(cur) AND pg_visible_in_snapshot(e.xid, cur)
    UNION ALL
    SELECT e.seq, e.leaf_hash FROM es.event e
     WHERE e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(st.snap))) AND pg_visible_in_snapshot(e.xid, cur)) w;
  GET DIAGNOSTICS n = ROW_COUNT;
  UPDATE es.sequencer SET size = st.size + n, snap = cur;
  IF n > 0 THEN
    PERFORM pg_notify('es_log', (st.size + n)::text);  -- the only NOTIFY in the system: it takes a global lock at commit
  END IF;
  RETURN n;
END $$;

-- Once, after a logical restore: old transaction ids mean nothing here, so everything not yet in the log is found by absence.
CREATE FUNCTION es.resync() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = es, pg_temp AS $$
DECLARE
  st es.sequencer;
  n bigint;
BEGIN
  SELECT * INTO st FROM es.sequencer FOR UPDATE;
  LOCK TABLE es.event IN SHARE MODE;  -- waits for writers and holds them off
  INSERT INTO es.log (pos, seq, leaf_hash)
  SELECT st.size + row_number() OVER (ORDER BY e.seq) - 1, e.seq, e.leaf_hash
    FROM es.event e WHERE NOT EXISTS (SELECT FROM es.log l WHERE l.seq = e.seq);
  GET DIAGNOSTICS n = ROW_COUNT;
  UPDATE es.sequencer SET size = st.size + n, snap = pg_current_snapshot(),
    cluster = (SELECT system_identifier FROM pg_control_system());
  IF n > 0 THEN
    PERFORM pg_notify('es_log', (st.size + n)::text);
  END IF;
  RETURN n;
END $$;

INSERT INTO es.sequencer (size, snap, cluster) SELECT 0, pg_current_snapshot(), system_identifier FROM pg_control_system();
