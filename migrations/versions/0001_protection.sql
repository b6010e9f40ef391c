-- Evidence is append-only for everybody, the owner and superusers included. ENABLE ALWAYS holds under session_replication_role too.
CREATE FUNCTION es.deny() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%.% is append-only', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = '42501';
END $$;

CREATE TRIGGER deny_row BEFORE UPDATE OR DELETE ON es.event FOR EACH ROW EXECUTE FUNCTION es.deny();  -- cloned to every partition
CREATE TRIGGER deny_truncate BEFORE TRUNCATE ON es.event FOR EACH STATEMENT EXECUTE FUNCTION es.deny();  -- not cloned
CREATE TRIGGER deny_row BEFORE UPDATE OR DELETE ON es.log FOR EACH ROW EXECUTE FUNCTION es.deny();
CREATE TRIGGER deny_truncate BEFORE TRUNCATE ON es.log FOR EACH STATEMENT EXECUTE FUNCTION es.deny();
ALTER TABLE es.event ENABLE ALWAYS TRIGGER deny_row;
ALTER TABLE es.event ENABLE ALWAYS TRIGGER deny_truncate;
ALTER TABLE es.log ENABLE ALWAYS TRIGGER deny_row;
ALTER TABLE es.log ENABLE ALWAYS TRIGGER deny_truncate;

-- Keeps more than one partition's worth of sequence numbers free ahead of the writers; says how many partitions it made.
-- A partition is filled in aside and attached, because CREATE TABLE … PARTITION OF would lock out every writer.
CREATE FUNCTION es.ensure_partitions(p_size bigint DEFAULT 4000000) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  upper_bound bigint;
  used bigint;
  part text;
  made int := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('es.ensure_partitions', 0));
  SELECT coalesce(max((regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''?(\d+)''?\)'))[1]::bigint), 0) INTO upper_bound
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'es.event'::regclass;
  SELECT last_value INTO used FROM es.event_seq;
  WHILE upper_bound - used <= p_size LOOP
    part := 'event_p' || upper_bound;
    EXECUTE format('CREATE TABLE es.%I (LIKE es.event INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE)', part);
    EXECUTE format('CREATE UNIQUE INDEX %I ON es.%I (stream_id, version)', part || '_stream', part);
    EXECUTE format('ALTER TABLE es.event ATTACH PARTITION es.%I FOR VALUES FROM (%s) TO (%s)', part, upper_bound, upper_bound + p_size);
    EXECUTE format('CREATE TRIGGER deny_truncate BEFORE TRUNCATE ON es.%I FOR EACH STATEMENT EXECUTE FUNCTION es.deny()', part);
    EXECUTE format('ALTER TABLE es.%I ENABLE ALWAYS TRIGGER deny_truncate', part);
    EXECUTE format('ALTER TABLE es.%I ENABLE ALWAYS TRIGGER deny_row', part);
    upper_bound := upper_bound + p_size;
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;
