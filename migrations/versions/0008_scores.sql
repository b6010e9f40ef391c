-- The lines from which points are added up: a read model, kept by the projector and recreated by `duban rebuild`.
-- domain/score/lines.py says what each column means.
CREATE TABLE read.score_line (
  stream_id   uuid NOT NULL,
  version     bigint NOT NULL,
  source      text COLLATE "C" NOT NULL,
  kind        text COLLATE "C" NOT NULL,
  at          timestamptz NOT NULL,
  unit        text COLLATE "C" NOT NULL,
  campaign_id text COLLATE "C",
  number      text COLLATE "C",
  points      int NOT NULL,
  waived      int NOT NULL,
  clock_id    text COLLATE "C",
  rung        text COLLATE "C",
  act         text COLLATE "C",
  measure     text COLLATE "C",
  policy_version text COLLATE "C",
  corrects    int[] NOT NULL,
  PRIMARY KEY (stream_id, version)
);
CREATE INDEX score_line_unit ON read.score_line (unit, at DESC, stream_id, version);

GRANT SELECT, INSERT, DELETE ON read.score_line TO duban_app;
GRANT SELECT ON read.score_line TO duban_auditor;

-- A log that is older than this table is read once more from its beginning: facts are replaced by themselves.
UPDATE es.subscription SET pos = -1, epoch = epoch + 1, updated_at = now() WHERE name = 'facts';
