-- Text that is only compared for equality sorts bytewise: COLLATE "C" makes index work cheaper and independent of the locale.
CREATE SEQUENCE es.event_seq CACHE 1;  -- CACHE 1: within a stream seq must rise with the version, whatever connection wrote it
CREATE SEQUENCE es.item_number;

CREATE TABLE es.stream (
  stream_id uuid PRIMARY KEY,
  kind      text COLLATE "C" NOT NULL,
  version   bigint NOT NULL CHECK (version > 0)
) WITH (fillfactor = 80);

CREATE TABLE es.command (  -- idempotency; not evidence, may be pruned
  idempotency_key text COLLATE "C" PRIMARY KEY,
  request_sha256  bytea NOT NULL CHECK (octet_length(request_sha256) = 32),
  stream_id       uuid NOT NULL,
  version         bigint NOT NULL,
  answer          bytea NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE es.event (
  seq            bigint NOT NULL DEFAULT nextval('es.event_seq'),  -- identity on partitioned tables needs PostgreSQL 17
  xid            xid8 NOT NULL DEFAULT pg_current_xact_id(),       -- only the sequencer reads it
  stream_id      uuid NOT NULL,
  version        bigint NOT NULL CHECK (version > 0),
  event_id       uuid NOT NULL,
  kind           text COLLATE "C" NOT NULL,
  type           text COLLATE "C" NOT NULL,
  schema_version int NOT NULL,
  occurred_at    timestamptz NOT NULL,
  recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor          text COLLATE "C" NOT NULL,
  campaign_id    text COLLATE "C",
  unit           text COLLATE "C",
  area           text COLLATE "C",
  entry          bytea NOT NULL CHECK (octet_length(entry) BETWEEN 2 AND 65535),  -- a leaf of the log; tile bundles frame it with uint16
  data           bytea NOT NULL,
  salt           bytea NOT NULL CHECK (octet_length(salt) = 16),
  leaf_hash      bytea GENERATED ALWAYS AS (sha256('\x00'::bytea || entry)) STORED,
  PRIMARY KEY (seq)
) PARTITION BY RANGE (seq);
CREATE INDEX event_xid ON es.event (xid, seq);
-- What auditors filter by. seq last gives every filter newest-first pages without a sort.
CREATE INDEX event_unit ON es.event (unit, seq) WHERE unit IS NOT NULL;
CREATE INDEX event_actor ON es.event (actor, seq);
CREATE INDEX event_type ON es.event (type, seq);
CREATE INDEX event_campaign ON es.event (campaign_id, seq) WHERE campaign_id IS NOT NULL;
CREATE INDEX event_occurred ON es.event (occurred_at);
CREATE INDEX event_recorded ON es.event (recorded_at, seq);  -- also turns a day into a range of seq

CREATE TABLE es.log (  -- the global order: dense, commit-consistent, immutable
  pos          bigint PRIMARY KEY CHECK (pos >= 0),
  seq          bigint NOT NULL UNIQUE,
  leaf_hash    bytea NOT NULL,
  sequenced_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE es.sequencer (
  one     bool PRIMARY KEY DEFAULT true CHECK (one),
  size    bigint NOT NULL,
  snap    pg_snapshot NOT NULL,
  cluster bigint NOT NULL  -- transaction ids mean something in the cluster that gave them and nowhere else
);

CREATE TABLE es.subscription (
  name       text COLLATE "C" PRIMARY KEY,
  pos        bigint NOT NULL DEFAULT -1,
  epoch      bigint NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE es.current_state (
  stream_id    uuid PRIMARY KEY,
  kind         text COLLATE "C" NOT NULL,
  version      bigint NOT NULL,
  state        jsonb NOT NULL,
  updated_at   timestamptz NOT NULL,  -- occurred_at of the last event, so that a rebuild finds the same
  number       text COLLATE "C",
  status       text COLLATE "C",
  open         bool,
  campaign_id  text COLLATE "C",
  unit         text COLLATE "C",
  area         text COLLATE "C",
  category     text COLLATE "C",
  channel      text COLLATE "C",
  source       text COLLATE "C",
  title        text,
  reported_at  timestamptz,
  due_at       timestamptz,
  next_due_at  timestamptz,
  next_due     text COLLATE "C",
  highest_rung text COLLATE "C",
  supporting   text[] COLLATE "C"  -- units beside the lead unit
) WITH (fillfactor = 85);
-- Lists are read newest report first with (reported_at, stream_id) as the key of the next page.
CREATE INDEX current_state_status ON es.current_state (kind, status, reported_at DESC, stream_id);
CREATE INDEX current_state_reported ON es.current_state (kind, reported_at DESC, stream_id);
CREATE INDEX current_state_unit ON es.current_state (unit, reported_at DESC, stream_id) WHERE unit IS NOT NULL;
CREATE INDEX current_state_supporting ON es.current_state USING gin (supporting) WHERE supporting IS NOT NULL;
CREATE INDEX current_state_area ON es.current_state (area, reported_at DESC, stream_id) WHERE area IS NOT NULL;
CREATE INDEX current_state_category ON es.current_state (category, reported_at DESC, stream_id) WHERE category IS NOT NULL;
CREATE INDEX current_state_due ON es.current_state (due_at, stream_id) WHERE open AND due_at IS NOT NULL;
CREATE INDEX current_state_next_due ON es.current_state (next_due_at, stream_id) WHERE open AND next_due_at IS NOT NULL;
CREATE INDEX current_state_open ON es.current_state (kind, stream_id) WHERE open;  -- the reconciler walks all open aggregates
CREATE INDEX current_state_number ON es.current_state (number) WHERE number IS NOT NULL;

CREATE TABLE private.person (  -- erasable: events carry only person_id
  person_id  uuid PRIMARY KEY,
  name       text,
  phone      text,
  address    text,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE private.api_key (
  key_id        text COLLATE "C" PRIMARY KEY,
  principal_id  uuid NOT NULL,
  secret_sha256 bytea NOT NULL CHECK (octet_length(secret_sha256) = 32),  -- the secret is 256 random bits: nothing to guess, no slow hash
  created_at    timestamptz NOT NULL DEFAULT now(),
  revoked_at    timestamptz
);
CREATE INDEX api_key_principal ON private.api_key (principal_id);
