-- Answers by RFC 3161, whole, over the note of a checkpoint as the log signed it, without cosignatures.
CREATE TABLE es.time_stamp (
  size       bigint PRIMARY KEY REFERENCES es.checkpoint (size),
  authority  text NOT NULL,
  answer     bytea NOT NULL,
  stamped_at timestamptz NOT NULL DEFAULT now()
);

CREATE TRIGGER deny_row BEFORE UPDATE OR DELETE ON es.time_stamp FOR EACH ROW EXECUTE FUNCTION es.deny();
CREATE TRIGGER deny_truncate BEFORE TRUNCATE ON es.time_stamp FOR EACH STATEMENT EXECUTE FUNCTION es.deny();
ALTER TABLE es.time_stamp ENABLE ALWAYS TRIGGER deny_row;
ALTER TABLE es.time_stamp ENABLE ALWAYS TRIGGER deny_truncate;

GRANT SELECT ON es.time_stamp TO duban_app, duban_auditor;
GRANT SELECT, INSERT ON es.time_stamp TO duban_sequencer;
