-- What must exist before the first revision: the cluster's roles and this database's schemas. Safe to run again.
-- Roles belong to the cluster, not to the database, so another database (or another process this instant) may have made them.
DO $$
DECLARE
  role text;
BEGIN
  FOREACH role IN ARRAY ARRAY['duban_owner', 'duban_app', 'duban_sequencer', 'duban_auditor'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role) THEN
      BEGIN
        -- LOGIN without a password: nobody gets in until the operator sets one or the socket is trusted.
        EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', role);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
      END;
    END IF;
  END LOOP;
  IF NOT pg_catalog.pg_has_role(current_user, 'duban_owner', 'SET') THEN
    EXECUTE format('GRANT duban_owner TO %I', current_user);
  END IF;
END $$;
CREATE SCHEMA IF NOT EXISTS es AUTHORIZATION duban_owner;
CREATE SCHEMA IF NOT EXISTS private AUTHORIZATION duban_owner;
CREATE SCHEMA IF NOT EXISTS read AUTHORIZATION duban_owner;
