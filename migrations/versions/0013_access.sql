-- Client addresses of the access log: events carry `origin` alone, which is drawn at random, so that a deleted row leaves nothing to
-- guess an address by. Deleting is allowed: addresses are personal data, and what is kept of them is kept for a while only.
CREATE TABLE private.client_address (
  origin     uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  address    text COLLATE "C" NOT NULL UNIQUE,
  first_seen date NOT NULL,
  last_seen  date NOT NULL
);
CREATE INDEX client_address_last_seen ON private.client_address (last_seen);
GRANT SELECT, INSERT, UPDATE, DELETE ON private.client_address TO duban_app;

-- What the access log is asked by: a kind of trace, somebody's traces of a kind, both newest first. Only kinds that are written rarely
-- are in these indexes, so that items and reports cost no more than before; services/store/access_queries.py names the same kinds.
CREATE INDEX event_trace ON es.event (type, occurred_at, seq) WHERE kind IN ('access', 'principal', 'person', 'webhook', 'channel',
  'catalogue', 'policy', 'calendar', 'standard', 'formulas', 'template', 'unit', 'area');
CREATE INDEX event_trace_actor ON es.event (actor, type, occurred_at, seq) WHERE kind IN ('access', 'principal', 'person', 'webhook',
  'channel', 'catalogue', 'policy', 'calendar', 'standard', 'formulas', 'template', 'unit', 'area');

-- Whose data were read: what a person who asks about it is told by. Payloads are JSON by whoever writes them; these are ours alone.
CREATE FUNCTION es.ids_read(p_data bytea) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.convert_from(p_data, 'UTF8')::pg_catalog.jsonb -> 'ids' $$;
REVOKE ALL ON FUNCTION es.ids_read FROM PUBLIC;
GRANT EXECUTE ON FUNCTION es.ids_read TO duban_app, duban_auditor;
CREATE INDEX event_trace_about ON es.event USING gin (es.ids_read(data)) WITH (fastupdate = off)
  WHERE type = 'access.personal_data_read.v1';
