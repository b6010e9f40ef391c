-- The doctor, who reads as an auditor, holds the keys of commands against the entries of events; answers stay the application's.
GRANT SELECT (idempotency_key) ON es.command TO duban_auditor;
-- Only a rebuild, which is the owner's, takes words away.
REVOKE DELETE ON read.words FROM duban_app;
