-- What is late is looked for every few seconds. A closed item that waits for its recheck is not open and may be late all the same.
DROP INDEX es.current_state_next_due;
CREATE INDEX current_state_next_due ON es.current_state (next_due_at, stream_id) WHERE next_due_at IS NOT NULL;

-- How much is committed and not in the log yet is told by the sequencer's snapshot.
GRANT SELECT ON es.sequencer TO duban_app;

-- Which trace an event belongs to, where somebody traces: beside the evidence, in no leaf, of no use after a while and then deleted.
CREATE TABLE es.trace_context (
  event_id    uuid PRIMARY KEY,
  traceparent text COLLATE "C" NOT NULL CHECK (octet_length(traceparent) = 55),
  kept_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX trace_context_kept ON es.trace_context (kept_at);
GRANT SELECT, INSERT, DELETE ON es.trace_context TO duban_app;
