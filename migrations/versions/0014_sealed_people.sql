-- Values are ciphertexts from here on; the keys lie outside of this database (services/privacy). SQL cannot seal what there is, so the
-- old table stays until the program has: once it is dropped its file is gone too, where rows changed in place would leave traces.
ALTER TABLE private.person RENAME TO person_in_clear;
ALTER TABLE private.person_in_clear RENAME CONSTRAINT person_pkey TO person_in_clear_pkey;

CREATE TABLE private.person (  -- erasable: events carry only person_id
  person_id  uuid PRIMARY KEY,
  key_id     bytea CHECK (octet_length(key_id) = 16),
  name       bytea,
  phone      bytea,
  email      bytea,
  created_at timestamptz NOT NULL DEFAULT now(),
  in_clear   bool NOT NULL DEFAULT false  -- its values wait in person_in_clear, unless they were erased or replaced since
);
CREATE UNIQUE INDEX person_key ON private.person (key_id) WHERE key_id IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON private.person TO duban_app;

-- The column `address` was never written.
INSERT INTO private.person (person_id, created_at, in_clear)
SELECT person_id, created_at, name IS NOT NULL OR phone IS NOT NULL OR email IS NOT NULL FROM private.person_in_clear;
DELETE FROM private.person_in_clear WHERE name IS NULL AND phone IS NULL AND email IS NULL;

-- Keys that must not exist any more: written with the erasure, destroyed after it. The ids stay, so that a key store that is restored
-- from a backup can be rid of them again.
CREATE TABLE private.doomed_key (
  key_id       bytea PRIMARY KEY CHECK (octet_length(key_id) = 16),
  doomed_at    timestamptz NOT NULL DEFAULT now(),
  destroyed_at timestamptz
);
CREATE INDEX doomed_key_left ON private.doomed_key (key_id) WHERE destroyed_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON private.doomed_key TO duban_app;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM private.person_in_clear) THEN
    DROP TABLE private.person_in_clear;
  END IF;
END $$;
