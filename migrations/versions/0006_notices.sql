-- Addresses with their tokens, and the secrets that sign: in no event, no log, no answer. Erased when the channel is retired.
CREATE TABLE private.channel (
  channel_id uuid PRIMARY KEY,
  address    text NOT NULL,
  secret     text
);
ALTER TABLE private.person ADD COLUMN email text;

-- What somebody (a principal) or a group (a channel) is told of one event: once, since the id follows from both.
CREATE TABLE private.notice (
  notice_id   uuid PRIMARY KEY,
  recipient   text COLLATE "C" NOT NULL,
  event_id    uuid NOT NULL,
  stream_id   uuid NOT NULL,
  kind        text COLLATE "C" NOT NULL,
  topic       text COLLATE "C" NOT NULL,
  facts       jsonb NOT NULL,
  urgent      bool NOT NULL,
  weight      smallint NOT NULL,
  occurred_at timestamptz NOT NULL,
  read_at     timestamptz
);
CREATE INDEX notice_inbox ON private.notice (recipient, occurred_at DESC, notice_id);

-- What is to go out to a target (channel:… or mail:…) and in no message yet. bundled: together with whatever else is due then.
CREATE TABLE private.notice_waiting (
  target     text COLLATE "C" NOT NULL,
  notice_id  uuid NOT NULL REFERENCES private.notice,
  not_before timestamptz NOT NULL,
  bundled    bool NOT NULL,
  language   text COLLATE "C" NOT NULL,
  PRIMARY KEY (target, notice_id)
);
CREATE INDEX notice_waiting_due ON private.notice_waiting (not_before);

-- What goes out in one piece, and how far that has come. Its id stays the same however often it is tried.
CREATE TABLE private.message (
  message_id uuid PRIMARY KEY,
  target     text COLLATE "C" NOT NULL,
  channel    text COLLATE "C" NOT NULL,
  reference  text NOT NULL,
  title      text NOT NULL,
  body       text NOT NULL,
  language   text COLLATE "C" NOT NULL,
  notices    uuid[] NOT NULL,
  urgent     bool NOT NULL,
  created_at timestamptz NOT NULL,
  next_at    timestamptz NOT NULL,
  give_up_at timestamptz NOT NULL,
  attempts   int NOT NULL DEFAULT 0,
  failures   int NOT NULL DEFAULT 0,
  state      text COLLATE "C" NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed'))
);
CREATE INDEX message_due ON private.message (next_at) WHERE state = 'waiting';
CREATE INDEX message_waiting ON private.message (target) WHERE state = 'waiting';
CREATE INDEX message_failed ON private.message (created_at) WHERE state = 'failed';
CREATE INDEX message_listed ON private.message (created_at DESC, message_id);

-- Evidence: a line before each attempt and a line with the platform's own answer after it. A line alone: nobody knows.
CREATE TABLE es.notice_attempt (
  message_id    uuid NOT NULL,
  attempt       int NOT NULL,
  step          text COLLATE "C" NOT NULL CHECK (step IN ('begun', 'answered')),
  at            timestamptz NOT NULL,
  target        text COLLATE "C" NOT NULL,
  repeated      bool NOT NULL,
  accepted      bool,
  uncertain     bool,
  http_status   int,
  platform_code text,
  platform_text text,
  answer        text,
  answer_sha256 text COLLATE "C",
  PRIMARY KEY (message_id, attempt, step)
);
CREATE INDEX notice_attempt_pace ON es.notice_attempt (target, at) WHERE step = 'begun';
CREATE TRIGGER deny_row BEFORE UPDATE OR DELETE ON es.notice_attempt FOR EACH ROW EXECUTE FUNCTION es.deny();
CREATE TRIGGER deny_truncate BEFORE TRUNCATE ON es.notice_attempt FOR EACH STATEMENT EXECUTE FUNCTION es.deny();
ALTER TABLE es.notice_attempt ENABLE ALWAYS TRIGGER deny_row;
ALTER TABLE es.notice_attempt ENABLE ALWAYS TRIGGER deny_truncate;

GRANT SELECT, INSERT, UPDATE, DELETE ON private.channel, private.notice_waiting TO duban_app;
GRANT SELECT, INSERT, UPDATE ON private.notice, private.message TO duban_app;
GRANT SELECT, INSERT ON es.notice_attempt TO duban_app;
GRANT SELECT ON es.notice_attempt TO duban_auditor;
