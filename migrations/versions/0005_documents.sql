-- The bytes of issued documents and of templates, under their hash. Events name the hash, so nothing here is ever changed.
CREATE TABLE es.document (
  sha256     bytea PRIMARY KEY CHECK (sha256 = sha256(content)),
  media_type text COLLATE "C" NOT NULL,
  name       text NOT NULL,  -- what a download is called
  content    bytea NOT NULL,
  stored_at  timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE es.document ALTER COLUMN content SET STORAGE EXTERNAL;  -- DOCX, XLSX and PDF are compressed already

-- Who may read a document beside those who see everything: units and areas that it concerns, or whoever had it drawn up.
-- A line without unit and principal: everybody.
CREATE TABLE es.document_reader (
  sha256    bytea NOT NULL REFERENCES es.document,
  unit      text COLLATE "C",
  area      text COLLATE "C",
  principal text COLLATE "C",
  UNIQUE NULLS NOT DISTINCT (sha256, unit, area, principal)
);

CREATE TRIGGER deny_row BEFORE UPDATE OR DELETE ON es.document FOR EACH ROW EXECUTE FUNCTION es.deny();
CREATE TRIGGER deny_truncate BEFORE TRUNCATE ON es.document FOR EACH STATEMENT EXECUTE FUNCTION es.deny();
ALTER TABLE es.document ENABLE ALWAYS TRIGGER deny_row;
ALTER TABLE es.document ENABLE ALWAYS TRIGGER deny_truncate;

GRANT SELECT, INSERT ON es.document, es.document_reader TO duban_app;
GRANT SELECT ON es.document, es.document_reader TO duban_auditor;
