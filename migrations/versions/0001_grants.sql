-- Least privilege. Events and current states are written through es.append alone; nobody is granted UPDATE, DELETE or TRUNCATE on evidence.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA es FROM PUBLIC;
GRANT USAGE ON SCHEMA es TO duban_app, duban_sequencer, duban_auditor;
GRANT EXECUTE ON FUNCTION es.append TO duban_app;
GRANT EXECUTE ON FUNCTION es.sequence_tick, es.resync, es.ensure_partitions TO duban_sequencer;
GRANT SELECT ON es.event, es.log, es.stream, es.current_state TO duban_app, duban_auditor;
GRANT SELECT ON es.command TO duban_app;
GRANT SELECT ON es.event, es.log, es.sequencer TO duban_sequencer;
GRANT SELECT ON es.schema_version TO duban_app, duban_sequencer, duban_auditor;  -- so that a process can tell that it is too old
GRANT SELECT, INSERT, UPDATE ON es.subscription TO duban_app;
GRANT SELECT ON es.subscription TO duban_auditor, duban_sequencer;
GRANT USAGE ON SEQUENCE es.item_number TO duban_app;

GRANT USAGE ON SCHEMA private TO duban_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON private.person TO duban_app;
GRANT SELECT, INSERT, UPDATE ON private.api_key TO duban_app;
