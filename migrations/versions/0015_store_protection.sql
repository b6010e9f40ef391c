-- Two tables that were append-only by their grants alone are so for the owner and superusers too.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['document_reader', 'passed_over'] LOOP
    EXECUTE format('CREATE TRIGGER deny_row BEFORE UPDATE OR DELETE ON es.%I FOR EACH ROW EXECUTE FUNCTION es.deny()', name);
    EXECUTE format('CREATE TRIGGER deny_truncate BEFORE TRUNCATE ON es.%I FOR EACH STATEMENT EXECUTE FUNCTION es.deny()', name);
    EXECUTE format('ALTER TABLE es.%I ENABLE ALWAYS TRIGGER deny_row', name);
    EXECUTE format('ALTER TABLE es.%I ENABLE ALWAYS TRIGGER deny_truncate', name);
  END LOOP;
END $$;

-- `duban doctor` compares the log with the size that the sequencer keeps.
GRANT SELECT ON es.sequencer TO duban_auditor;
