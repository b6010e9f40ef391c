-- The Merkle tree over es.log by RFC 6962. Leaves are es.log.leaf_hash; kept here is the hash of every whole subtree of 256, 65,536, …
-- leaves, which is what c2sp.org/tlog-tiles calls level 1, 2, …; everything between is computed from these.
CREATE TABLE es.tree_node (
  level smallint NOT NULL CHECK (level BETWEEN 1 AND 7),
  index bigint NOT NULL CHECK (index >= 0),
  hash  bytea NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (level, index)
);

CREATE TABLE es.checkpoint (
  size      bigint PRIMARY KEY CHECK (size > 0),
  root      bytea NOT NULL CHECK (octet_length(root) = 32),
  note      text NOT NULL,
  signed_at timestamptz NOT NULL DEFAULT now()
);

-- What witnesses answered, beside the checkpoint they signed: lines of the note, without the log's own.
CREATE TABLE es.cosignature (
  size      bigint NOT NULL REFERENCES es.checkpoint (size),
  witness   text NOT NULL,
  line      text NOT NULL,
  signed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (size, witness)
);

-- Public keys the log was ever signed with, as vkeys. Whoever checks brings the keys along; these are for comparing.
CREATE TABLE es.log_key (
  vkey     text COLLATE "C" PRIMARY KEY,
  added_at timestamptz NOT NULL DEFAULT now()
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['tree_node', 'checkpoint', 'cosignature', 'log_key'] LOOP
    EXECUTE format('CREATE TRIGGER deny_row BEFORE UPDATE OR DELETE ON es.%I FOR EACH ROW EXECUTE FUNCTION es.deny()', name);
    EXECUTE format('CREATE TRIGGER deny_truncate BEFORE TRUNCATE ON es.%I FOR EACH STATEMENT EXECUTE FUNCTION es.deny()', name);
    EXECUTE format('ALTER TABLE es.%I ENABLE ALWAYS TRIGGER deny_row', name);
    EXECUTE format('ALTER TABLE es.%I ENABLE ALWAYS TRIGGER deny_truncate', name);
  END LOOP;
END $$;

GRANT SELECT ON es.tree_node, es.checkpoint, es.cosignature, es.log_key TO duban_app, duban_auditor;
GRANT SELECT, INSERT ON es.tree_node, es.checkpoint, es.cosignature, es.log_key TO duban_sequencer;
