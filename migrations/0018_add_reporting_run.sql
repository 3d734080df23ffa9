-- Runs one query of somebody's as `tollgate_reader`, and answers what came of it as JSON: `columns`, `rows` (arrays of
-- values in their order), `row_count`, `truncated`, and `error` (`sqlstate`, `message`, `stage`), null where it went well.
-- In the stage `plan` nothing has been read, and a message can quote the query alone; in `run` it may quote what was read,
-- whatever kind of error it is.
--
-- What guards is the role: the function belongs to it and is SECURITY DEFINER, and inside of such a function PostgreSQL
-- lets nobody change the role, whoever is connected. A query can read the views, and what PostgreSQL shows to everybody:
-- its catalog, without a secret in it. The rest:
-- * A cursor takes one statement that answers rows: no second one, no COPY, no SET, no DO.
-- * The inner block always ends by an exception, which undoes whatever the query did to the session, such as
--   `set_config(…, false)`; session-wide advisory locks alone outlive that, and are let go after it.
-- * Words that name a function which waits, locks, writes to the log of the server or runs SQL in a string are refused,
--   and all that has to do with XML: libxml2 looks at no interrupt, so that neither a time limit nor an administrator of
--   the server could end it, and what is constant is computed by EXPLAIN already. They are looked for in the text and
--   not in the plan, which does not tell of LIMIT; so they are refused in literals, too, and names may not be escaped.
--   A text filter is no guard of data, and this one guards none: it spares the server.
-- * The plan is looked at before it runs: too much work by the planner's own estimate, and recursion, are refused. This
--   is for embedded Postgres above all, which has no timeouts, and can be got around.
--
-- shape: `json` (values as JSON; one that is or has a number beyond a double's digits as text), `text` (values as text,
-- for CSV), `measure` (no rows: what `text` would answer, counted), `count` (of all rows there are, whatever the caps).
CREATE FUNCTION reporting.run(query text, shape text, max_rows integer, max_bytes integer, max_ms integer, max_cost double precision)
RETURNS json
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, reporting, pg_temp
SET timezone = 'UTC'
SET jit = off
AS $run$
DECLARE
  refused_words CONSTANT text := '_?xml\w*|\w+_to_xml\w*|xpath\w*|pg_input_\w+|(?:array|domain|record)_in|'
    'pg_sleep\w*|pg_advisory\w*|pg_try_advisory\w*|pg_notify|pg_logical\w*|pg_export\w*|pg_terminate\w*|pg_cancel\w*|'
    'pg_current_xact\w*|txid_current\w*|lo_\w+|loread|lowrite|dblink\w*|set_config|ts_stat|ts_rewrite|pg_temp\w*';
  began CONSTANT timestamptz := clock_timestamp();
  answer refcursor;
  row_found record;
  line json;
  plan jsonb;
  word text;
  stage text := 'plan';
  lines text[] := '{}';
  columns json := NULL;
  counted bigint := 0;
  moved bigint;
  bytes bigint := 0;
  truncated boolean := false;
  failure json := NULL;
BEGIN
  BEGIN
    -- By ASCII alone, as PostgreSQL compares names, whatever the language of the database.
    word := lower(substring(query COLLATE "C" FROM '(?i)\m(?:' || refused_words || ')\M'));
    IF word IS NOT NULL THEN
      RAISE EXCEPTION 'The word % is not for queries here, not even within quotes.', word USING ERRCODE = 'TGNOT';
    END IF;
    IF query COLLATE "C" ~* 'u&["'']' THEN
      RAISE EXCEPTION 'Escapes such as U& are not for queries here, not even within quotes.' USING ERRCODE = 'TGNOT';
    END IF;

    OPEN answer FOR EXECUTE 'EXPLAIN (FORMAT JSON, VERBOSE) ' || query;
    FETCH answer INTO row_found;
    CLOSE answer;
    SELECT value::text::jsonb INTO plan FROM json_each_text(row_to_json(row_found)) LIMIT 1;
    IF plan @? 'strict $.**."Node Type" ? (@ == "Recursive Union")' THEN
      RAISE EXCEPTION 'Recursive queries are not run.' USING ERRCODE = 'TGNOT';
    END IF;
    IF (plan #>> '{0,Plan,Total Cost}')::double precision > max_cost THEN
      RAISE EXCEPTION 'The query is too much work, as the database estimates it.' USING ERRCODE = 'TGBIG';
    END IF;

    stage := 'run';
    OPEN answer FOR EXECUTE query;
    LOOP
      IF clock_timestamp() > began + make_interval(secs => max_ms / 1000.0) THEN
        RAISE EXCEPTION 'The query took too long.' USING ERRCODE = 'query_canceled';
      END IF;
      IF shape = 'count' THEN
        MOVE FORWARD 1000 FROM answer;
        GET DIAGNOSTICS moved = ROW_COUNT;
        counted := counted + moved;
        EXIT WHEN moved < 1000;
        CONTINUE;
      END IF;
      FETCH answer INTO row_found;
      EXIT WHEN NOT FOUND;
      truncated := counted >= max_rows OR bytes + pg_column_size(row_found) > max_bytes;
      IF NOT truncated THEN
        IF shape = 'json' THEN
          SELECT coalesce(json_agg(CASE WHEN regexp_replace(value::text, '"(\\.|[^"\\])*"', '', 'g') ~ '[-.0-9]{16}'
                                        THEN to_json(value::text) ELSE value END), '[]') INTO line
          FROM json_each(row_to_json(row_found));
        ELSE
          SELECT coalesce(json_agg(value), '[]') INTO line FROM json_each_text(row_to_json(row_found));
        END IF;
        bytes := bytes + octet_length(line::text);
        truncated := bytes > max_bytes;
      END IF;
      IF truncated THEN
        IF counted = 0 AND max_rows > 0 THEN
          RAISE EXCEPTION 'One row is more than the % bytes that an answer may have.', max_bytes USING ERRCODE = 'TGBIG';
        END IF;
        EXIT;
      END IF;
      counted := counted + 1;
      IF columns IS NULL THEN
        SELECT coalesce(json_agg(key), '[]') INTO columns FROM json_each(row_to_json(row_found));
      END IF;
      IF shape <> 'measure' THEN lines := array_append(lines, line::text); END IF;
    END LOOP;
    CLOSE answer;

    -- No row to take the names from: a row of nulls has them, too. LIMIT 0 keeps the query from running again. What can
    -- not stand in parentheses, such as one that ends in a comment after a semicolon, goes without.
    IF columns IS NULL AND shape <> 'count' THEN
      BEGIN
        OPEN answer FOR EXECUTE format(
          E'SELECT named.* FROM (SELECT) AS one LEFT JOIN (SELECT * FROM (%s\n) AS asked LIMIT 0) AS named ON true',
          regexp_replace(query, '[\s;]+$', ''));
        FETCH answer INTO row_found;
        CLOSE answer;
        SELECT coalesce(json_agg(key), '[]') INTO columns FROM json_each(row_to_json(row_found));
      EXCEPTION WHEN OTHERS THEN
        columns := NULL;
      END;
    END IF;
    IF columns::text = '[]' THEN
      RAISE EXCEPTION 'A query without columns has no answer.' USING ERRCODE = 'TGNOT';
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'TGEND';
  EXCEPTION
    WHEN SQLSTATE 'TGEND' THEN
      NULL; -- all that was read is in the variables, which stay
    WHEN query_canceled OR OTHERS THEN
      failure := json_build_object('sqlstate', SQLSTATE, 'message', SQLERRM, 'stage', stage);
  END;
  PERFORM pg_advisory_unlock_all();
  RETURN json_build_object(
    'columns', coalesce(columns, '[]'), 'rows', ('[' || array_to_string(lines, ',') || ']')::json, 'row_count', counted,
    'truncated', truncated, 'error', failure);
END
$run$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION reporting.run FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION reporting.run TO tollgate_asker;
--> statement-breakpoint
-- The new owner needs to be allowed to make something in the schema, for this moment.
GRANT CREATE ON SCHEMA reporting TO tollgate_reader;
--> statement-breakpoint
ALTER FUNCTION reporting.run OWNER TO tollgate_reader;
--> statement-breakpoint
REVOKE CREATE ON SCHEMA reporting FROM tollgate_reader;
--> statement-breakpoint
-- Nor may a query have another one run: the owner's own right, which the function does not need.
DO $$
BEGIN
  SET LOCAL ROLE tollgate_reader;
  REVOKE ALL ON FUNCTION reporting.run FROM tollgate_reader;
  RESET ROLE;
END
$$;
