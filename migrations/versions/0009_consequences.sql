-- What was recorded before acts and cases existed has no consequences: they begin where the log stands now, at the very
-- beginning in a new database. (docs/decisions/0021)
INSERT INTO es.subscription (name, pos) SELECT 'consequences', coalesce(max(pos), -1) FROM es.log
ON CONFLICT (name) DO NOTHING;

-- Acts and cases that should have followed from an entry of the log and did not, with the reason.
CREATE TABLE es.passed_over (
  pos       bigint NOT NULL,
  stream_id uuid NOT NULL,          -- of the act or case, as it would have been called
  kind      text COLLATE "C" NOT NULL,
  code      text COLLATE "C" NOT NULL,
  facts     jsonb NOT NULL,
  passed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (pos, stream_id)
);

GRANT SELECT, INSERT ON es.passed_over TO duban_app;
GRANT SELECT ON es.passed_over TO duban_auditor;
