-- Where back-office systems are told of outcomes. All of it is private: addresses may carry tokens, and answers anything.
CREATE TABLE private.webhook (
  webhook_id     uuid PRIMARY KEY,
  url            text NOT NULL,
  since_position bigint  -- of its registration in the log: what came before is not sent; NULL until the log was read so far
);

CREATE TABLE private.webhook_secret (
  secret_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  webhook_id  uuid NOT NULL,
  secret      bytea NOT NULL CHECK (octet_length(secret) = 32),  -- signing needs the secret itself, not a hash
  created_at  timestamptz NOT NULL,
  valid_until timestamptz
);
CREATE INDEX webhook_secret_webhook ON private.webhook_secret (webhook_id, secret_id);

CREATE TABLE private.webhook_delivery (
  delivery_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- rises in the order of the log: one reader writes at a time
  webhook_id  uuid NOT NULL,
  lane        uuid NOT NULL,  -- the item: of one item, nothing goes out before what came before it was delivered or given up
  event_id    uuid NOT NULL,  -- the message's id for the receiver, the same in every attempt
  type        text COLLATE "C" NOT NULL,
  subject     text NOT NULL,
  body        bytea NOT NULL,
  created_at  timestamptz NOT NULL,
  expires_at  timestamptz NOT NULL,
  state       text COLLATE "C" NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead', 'dropped')),
  attempts    int NOT NULL DEFAULT 0,
  next_at     timestamptz NOT NULL,
  finished_at timestamptz,
  error       text COLLATE "C",
  UNIQUE (webhook_id, event_id)
) WITH (fillfactor = 85);
CREATE INDEX webhook_delivery_due ON private.webhook_delivery (webhook_id, next_at, delivery_id) WHERE state = 'pending';
CREATE INDEX webhook_delivery_lane ON private.webhook_delivery (webhook_id, lane, delivery_id) WHERE state = 'pending';
CREATE INDEX webhook_delivery_open ON private.webhook_delivery (state, created_at) WHERE state IN ('pending', 'dead');
CREATE INDEX webhook_delivery_expiry ON private.webhook_delivery (expires_at) WHERE state = 'pending';
CREATE INDEX webhook_delivery_listed ON private.webhook_delivery (webhook_id, state, delivery_id);

CREATE TABLE private.webhook_attempt (  -- evidence: what was answered, or why nothing was
  attempt_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  delivery_id bigint NOT NULL,
  at          timestamptz NOT NULL,
  took_ms     int NOT NULL,
  status      int,
  error       text COLLATE "C",
  answer      bytea
);
CREATE INDEX webhook_attempt_delivery ON private.webhook_attempt (delivery_id, attempt_id);
CREATE TRIGGER deny_row BEFORE UPDATE OR DELETE ON private.webhook_attempt FOR EACH ROW EXECUTE FUNCTION es.deny();
CREATE TRIGGER deny_truncate BEFORE TRUNCATE ON private.webhook_attempt FOR EACH STATEMENT EXECUTE FUNCTION es.deny();
ALTER TABLE private.webhook_attempt ENABLE ALWAYS TRIGGER deny_row;
ALTER TABLE private.webhook_attempt ENABLE ALWAYS TRIGGER deny_truncate;

GRANT SELECT, INSERT, UPDATE, DELETE ON private.webhook, private.webhook_secret TO duban_app;
GRANT SELECT, INSERT, UPDATE ON private.webhook_delivery TO duban_app;
GRANT SELECT, INSERT ON private.webhook_attempt TO duban_app;
