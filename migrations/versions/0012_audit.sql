-- What auditors ask of ten million events. Every filter has an index whose last column is the order of its pages.
CREATE INDEX event_area ON es.event (area, seq) WHERE area IS NOT NULL;
-- Pages of what happened within a time are in the order of happening, so that a page needs no sort.
CREATE INDEX event_happened ON es.event (occurred_at, seq);
DROP INDEX es.event_occurred;

-- The reasons, accounts and notes that people gave with an event, one to a line; NULL where it has none. Whatever stands
-- in the column, this must not fail: a damaged payload is found by `duban verify`, not by a refused insert.
CREATE FUNCTION es.reason_text(p_data bytea) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  content jsonb;
BEGIN
  content := convert_from(p_data, 'UTF8')::jsonb;
  RETURN nullif(concat_ws(E'\n', content ->> 'reason', content ->> 'reasons', content ->> 'account', content ->> 'note'), '');
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END $$;

-- Every two and every three neighbouring characters of a text, in lower case, as numbers: Chinese has no blanks to split
-- words at, and the search for parts of words in contrib is not in every distribution. A salt goes into each number. Two
-- texts may share a number; whoever searches compares what is found.
CREATE FUNCTION es.text_grams(p_salt bigint, p_text text, p_lengths int[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT array_agg(DISTINCT hashtextextended(left(gram, length), p_salt))
    FROM (SELECT concat(letter, lead(letter) OVER places, lead(letter, 2) OVER places) AS gram
            FROM unnest(string_to_array(lower(p_text), NULL)) WITH ORDINALITY AS letters (letter, place)
          WINDOW places AS (ORDER BY place)) AS every, unnest(p_lengths) AS length
   WHERE length(gram) >= length
$$;

-- Salted with the stretch of 32,768 events it lies in, and with the region of 1,048,576: a search for frequent words ends
-- in the first stretch, one for rare words looks once into every region, and neither gathers what the page has no room for.
CREATE FUNCTION es.reason_grams(p_seq bigint, p_data bytea) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT es.text_grams(2 * (p_seq >> 15), reason, '{2,3}') || es.text_grams(2 * (p_seq >> 20) + 1, reason, '{2,3}')
    FROM es.reason_text(p_data) AS reason
$$;

-- Few events have a reason, and looking for the names of the fields costs the others a microsecond. No list of pending
-- entries: every search would read all of it for every stretch.
CREATE INDEX event_reason ON es.event USING gin (es.reason_grams(seq, data)) WITH (fastupdate = off)
 WHERE position('"reason'::bytea IN data) > 0 OR position('"account":'::bytea IN data) > 0 OR position('"note":'::bytea IN data) > 0;

GRANT EXECUTE ON FUNCTION es.reason_text, es.text_grams, es.reason_grams TO duban_app, duban_auditor;
