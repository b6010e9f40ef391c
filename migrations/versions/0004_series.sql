-- The last number given in each series and year. It follows from the events (`duban rebuild` compares and mends it), and it is
-- counted up by the transaction that appends the event with the number: whatever undoes one undoes the other.
CREATE TABLE es.series (
  series text COLLATE "C" NOT NULL,
  year   int NOT NULL CHECK (year BETWEEN 1900 AND 9999),
  last   bigint NOT NULL CHECK (last > 0),
  PRIMARY KEY (series, year)
);

-- The next number. The row stays locked until the caller's transaction ends, so nobody gets the following one before that.
CREATE FUNCTION es.next_number(p_series text, p_year int) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = es, pg_temp AS $$
  INSERT INTO es.series AS s (series, year, last) VALUES (p_series, p_year, 1)
  ON CONFLICT (series, year) DO UPDATE SET last = s.last + 1
  RETURNING last
$$;

REVOKE ALL ON FUNCTION es.next_number FROM PUBLIC;
GRANT EXECUTE ON FUNCTION es.next_number TO duban_app;
GRANT SELECT ON es.series TO duban_app, duban_auditor;

-- Acts and cases are found by what gave rise to them: `source` is the id of an item, an obligation or a bulletin.
CREATE INDEX current_state_cause ON es.current_state (source, stream_id) WHERE kind IN ('act', 'case') AND source IS NOT NULL;
