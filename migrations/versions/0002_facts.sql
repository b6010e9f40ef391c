-- What figures are counted from: read models, kept by the projector from the log and recreated by `duban rebuild`.
-- Revisions hold from valid_from until valid_to (exclusive). domain/indicator/facts.py says what each column means.
CREATE TABLE read.item_fact (
  item_id     uuid NOT NULL,
  campaign_id text COLLATE "C",
  area        text COLLATE "C" NOT NULL,
  category    text COLLATE "C" NOT NULL,
  source      text COLLATE "C" NOT NULL,
  revision    int NOT NULL,
  valid_from  timestamptz NOT NULL,
  valid_to    timestamptz NOT NULL,
  number      text COLLATE "C" NOT NULL,
  channel     text COLLATE "C" NOT NULL,
  unit        text COLLATE "C",
  reported_at timestamptz NOT NULL,
  registered_at timestamptz,
  fixed_on_the_spot bool NOT NULL,
  closed_at   timestamptz,
  ended_at    timestamptz,
  ended_as    text COLLATE "C",
  rechecked_at timestamptz,
  recurred_at timestamptz,
  late_at     timestamptz,
  above_supervision_at timestamptz,
  suspended   tstzmultirange NOT NULL,
  PRIMARY KEY (item_id, revision)
);
CREATE INDEX item_fact_unit ON read.item_fact (unit) WHERE unit IS NOT NULL;

CREATE TABLE read.dispatch_fact (
  item_id     uuid NOT NULL,
  campaign_id text COLLATE "C",
  area        text COLLATE "C" NOT NULL,
  category    text COLLATE "C" NOT NULL,
  source      text COLLATE "C" NOT NULL,
  round       int NOT NULL,
  unit        text COLLATE "C" NOT NULL,
  dispatched_at timestamptz NOT NULL,
  refused_at  timestamptz,
  transferred_at timestamptz,
  PRIMARY KEY (item_id, round)
);
CREATE INDEX dispatch_fact_unit ON read.dispatch_fact (unit);

CREATE TABLE read.clock_fact (
  item_id     uuid NOT NULL,
  campaign_id text COLLATE "C",
  area        text COLLATE "C" NOT NULL,
  category    text COLLATE "C" NOT NULL,
  source      text COLLATE "C" NOT NULL,
  clock_id    text COLLATE "C" NOT NULL,
  kind        text COLLATE "C" NOT NULL,
  revision    int NOT NULL,
  valid_from  timestamptz NOT NULL,
  valid_to    timestamptz NOT NULL,
  unit        text COLLATE "C",
  opened_at   timestamptz NOT NULL,
  due_at      timestamptz,
  extensions  int NOT NULL,
  ended_at    timestamptz,
  ended_by    text COLLATE "C",
  done        bool NOT NULL,
  excused_at  timestamptz,
  PRIMARY KEY (item_id, clock_id, revision)
);
CREATE INDEX clock_fact_unit ON read.clock_fact (unit) WHERE unit IS NOT NULL;

GRANT USAGE ON SCHEMA read TO duban_app, duban_auditor;
GRANT SELECT, INSERT, DELETE ON ALL TABLES IN SCHEMA read TO duban_app;
GRANT SELECT ON ALL TABLES IN SCHEMA read TO duban_auditor;
