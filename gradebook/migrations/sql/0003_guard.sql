-- The guard and the ledger (docs/ledger.md). Scores, columns and exceptions can be written by any path: the grid, the API,
-- an import, a shell, raw SQL. Each write passes here: the book's row lock first, then the clock, then the hash chain.
--
-- Error codes (SQLSTATE), read by gradebook.services:
--   GB001 the column is closed       GB002 moved or deleted        GB003 nobody named as the writer
--   GB004 value of the wrong kind    GB005 pupil not in the class  GB006 the ledger only grows
--   GB007 the class list is frozen

-- pg_temp stands last in every search path: a temporary table of the caller must not pass for one of ours.
CREATE FUNCTION gradebook_fail(code text, message text, detail text DEFAULT '') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message, DETAIL = detail;
END $$;

-- Appends events to one book's chain. The caller of the statement says who acts: schoolops.actor (user id) is required;
-- schoolops.on_behalf_of and schoolops.request are recorded when given. `judged_at` is the moment, read under the book's lock,
-- at which the guard allowed the change: the event carries that one, so that a verifier judges as the guard did.
CREATE FUNCTION gradebook_append(book bigint, bodies jsonb[], judged_at timestamptz DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    actor text := nullif(current_setting('schoolops.actor', true), '');
    common jsonb;
    body jsonb;
    entry text;
    head bytea;
    last bigint;
    seqs bigint[] := '{}';
    payloads text[] := '{}';
    hashes bytea[] := '{}';
BEGIN
    IF actor IS NULL THEN
        PERFORM public.gradebook_fail('GB003', 'a change of a grade book must name who makes it (schoolops.actor)');
    END IF;
    SELECT chain_seq, chain_head INTO STRICT last, head FROM public.gradebook_gradebook WHERE id = book FOR UPDATE;
    common := jsonb_strip_nulls(jsonb_build_object(
        'v', 1,
        'book', book,
        'at', to_char(coalesce(judged_at, clock_timestamp()) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'by', actor::bigint,
        'for', nullif(current_setting('schoolops.on_behalf_of', true), '')::bigint,
        'req', nullif(current_setting('schoolops.request', true), ''),
        'db', session_user));
    FOREACH body IN ARRAY bodies LOOP
        last := last + 1;
        entry := (common || body || jsonb_build_object('seq', last))::text;
        head := sha256(head || convert_to(entry, 'UTF8'));
        seqs := seqs || last;
        payloads := payloads || entry;
        hashes := hashes || head;
    END LOOP;
    INSERT INTO public.gradebook_ledgerevent (gradebook_id, seq, payload, hash)
        SELECT book, e.seq, e.payload, e.hash FROM unnest(seqs, payloads, hashes) AS e(seq, payload, hash);
    UPDATE public.gradebook_gradebook SET chain_seq = last, chain_head = head WHERE id = book;
END $$;

CREATE TYPE gradebook_cell_change AS (
    score bigint, col bigint, student bigint, old_code text, old_makeup boolean, new_code text, new_makeup boolean
);

-- The verdict on a set of changed cells and their events. Locks the books first, in order, then asks the clock.
CREATE FUNCTION gradebook_cells_changed(changes gradebook_cell_change[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    now_ timestamptz;
    op text := coalesce(nullif(current_setting('schoolops.op', true), ''), 'SET');
    claimed timestamptz := nullif(current_setting('schoolops.claimed_at', true), '')::timestamptz;
    bad record;
    book record;
BEGIN
    PERFORM b.id FROM public.gradebook_gradebook b
      WHERE b.id IN (SELECT c.gradebook_id FROM unnest(changes) ch JOIN public.gradebook_scorecolumn c ON c.id = ch.col)
      ORDER BY b.id FOR UPDATE;
    now_ := clock_timestamp();
    IF op NOT IN ('SET', 'IMPORT') OR (op = 'IMPORT') <> (claimed IS NOT NULL) OR claimed > now_ THEN
        PERFORM gradebook_fail('GB004', 'an import names the past moment that it claims; other writes do not');
    END IF;

    SELECT ch.col, c.closes_at, c.opens_at INTO bad
      FROM unnest(changes) ch
      JOIN gradebook_scorecolumn c ON c.id = ch.col
      JOIN gradebook_gradebook b ON b.id = c.gradebook_id
      JOIN registry_term t ON t.id = b.term_id
      JOIN registry_schoolyear y ON y.id = t.school_year_id
     WHERE y.closed_at IS NOT NULL
        OR NOT (coalesce(c.opens_at <= now_, true) AND coalesce(now_ < c.closes_at, true)
                OR EXISTS (SELECT FROM gradebook_lockexception x WHERE x.column_id = c.id AND x.ended_at IS NULL
                                                                   AND x.opens_at <= now_ AND now_ < x.closes_at))
     LIMIT 1;
    IF FOUND THEN
        PERFORM gradebook_fail('GB001', 'column ' || bad.col || ' is closed', bad.col::text);
    END IF;

    SELECT ch.col, ch.new_code INTO bad
      FROM unnest(changes) ch JOIN gradebook_scorecolumn c ON c.id = ch.col
     WHERE NOT CASE c.assessment WHEN 'comment' THEN ch.new_code IN ('', 'D', 'CD', 'V', 'K')
                                 ELSE ch.new_code ~ '^(|10|[0-9](\.[1-9])?|V|K)$' END
     LIMIT 1;
    IF FOUND THEN
        PERFORM gradebook_fail('GB004', 'column ' || bad.col || ' does not take ' || bad.new_code, bad.col::text);
    END IF;

    SELECT ch.student, ch.col INTO bad
      FROM unnest(changes) ch
      JOIN gradebook_scorecolumn c ON c.id = ch.col
      JOIN gradebook_gradebook b ON b.id = c.gradebook_id
      JOIN registry_classsubject cs ON cs.id = b.class_subject_id
     WHERE NOT EXISTS (SELECT FROM registry_enrollment e
                        WHERE e.student_id = ch.student AND e.school_class_id = cs.school_class_id)
     LIMIT 1;
    IF FOUND THEN
        PERFORM gradebook_fail('GB005', 'pupil ' || bad.student || ' is not in the class of column ' || bad.col, bad.col::text);
    END IF;

    FOR book IN
        SELECT c.gradebook_id AS id, array_agg(
                   jsonb_strip_nulls(jsonb_build_object(
                       'op', op, 'col', ch.col, 'student', ch.student, 'old', ch.old_code, 'new', ch.new_code,
                       'makeup', nullif(ch.new_makeup, false),
                       'claimed_at', to_char(claimed AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))
                   ORDER BY ch.score) AS bodies
          FROM unnest(changes) ch JOIN gradebook_scorecolumn c ON c.id = ch.col
         GROUP BY c.gradebook_id ORDER BY c.gradebook_id
    LOOP
        PERFORM gradebook_append(book.id, book.bodies, now_);
    END LOOP;
END $$;

CREATE FUNCTION gradebook_scores_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    changes gradebook_cell_change[];
BEGIN
    SELECT array_agg(ROW(n.id, n.column_id, n.student_id, '', false, n.code, n.is_makeup)::gradebook_cell_change)
      INTO changes FROM new_rows n;
    IF changes IS NOT NULL THEN
        PERFORM gradebook_cells_changed(changes);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION gradebook_scores_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    changes gradebook_cell_change[];
BEGIN
    IF EXISTS (SELECT FROM old_rows o LEFT JOIN new_rows n USING (id)
                WHERE n.id IS NULL OR (n.column_id, n.student_id) <> (o.column_id, o.student_id)) THEN
        PERFORM gradebook_fail('GB002', 'a cell is never moved to another pupil or column');
    END IF;
    SELECT array_agg(ROW(n.id, n.column_id, n.student_id, o.code, o.is_makeup, n.code, n.is_makeup)::gradebook_cell_change)
      INTO changes FROM new_rows n JOIN old_rows o USING (id)
     WHERE (n.code, n.is_makeup) IS DISTINCT FROM (o.code, o.is_makeup);
    IF changes IS NOT NULL THEN
        PERFORM gradebook_cells_changed(changes);
    END IF;
    RETURN NULL;
END $$;

-- Every path that writes a cell raises its version, so that a stale page always notices. A write that leaves the value as it
-- is leaves the whole row: who entered it and when cannot be rewritten beside the ledger.
CREATE FUNCTION gradebook_score_version() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (NEW.id, NEW.column_id, NEW.student_id, NEW.code, NEW.is_makeup)
       = (OLD.id, OLD.column_id, OLD.student_id, OLD.code, OLD.is_makeup) THEN
        RETURN OLD;
    END IF;
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;

CREATE FUNCTION gradebook_never() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = TG_ARGV[0], MESSAGE = TG_TABLE_NAME || ' rows are never removed or rewritten';
END $$;

CREATE FUNCTION gradebook_book_inserted() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.chain_seq := 0;
    NEW.chain_head := decode(repeat('00', 32), 'hex');
    RETURN NEW;
END $$;

-- A column is born without marks of its past, keeps its place, and every change of its window or confirmation is an event.
CREATE FUNCTION gradebook_column_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    bodies jsonb[] := '{}';
    moment CONSTANT text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
BEGIN
    IF TG_OP = 'INSERT' THEN
        bodies := bodies || jsonb_build_object(
            'op', 'COLUMN', 'col', NEW.id, 'kind', NEW.kind, 'ordinal', NEW.ordinal, 'assessment', NEW.assessment);
    ELSIF (NEW.id, NEW.gradebook_id, NEW.kind, NEW.ordinal, NEW.assessment)
          <> (OLD.id, OLD.gradebook_id, OLD.kind, OLD.ordinal, OLD.assessment) THEN
        PERFORM gradebook_fail('GB002', 'a column is never changed into another', NEW.id::text);
    END IF;
    IF TG_OP = 'INSERT' AND (NEW.opens_at, NEW.closes_at) IS DISTINCT FROM (NULL::timestamptz, NULL::timestamptz)
       OR TG_OP = 'UPDATE' AND (NEW.opens_at, NEW.closes_at) IS DISTINCT FROM (OLD.opens_at, OLD.closes_at) THEN
        bodies := bodies || jsonb_build_object(
            'op', 'WINDOW', 'col', NEW.id, 'rule', NEW.rule_id,
            'opens_at', to_char(NEW.opens_at AT TIME ZONE 'UTC', moment),
            'closes_at', to_char(NEW.closes_at AT TIME ZONE 'UTC', moment));
    END IF;
    IF NEW.confirmed_at IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at) THEN
        bodies := bodies || jsonb_build_object('op', 'CONFIRM', 'col', NEW.id);
    END IF;
    IF cardinality(bodies) > 0 THEN
        PERFORM gradebook_append(NEW.gradebook_id, bodies);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION gradebook_exception_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    book bigint;
    moment CONSTANT text := 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"';
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.id, NEW.column_id, NEW.opens_at, NEW.closes_at, NEW.created_by_id, NEW.reason)
                            <> (OLD.id, OLD.column_id, OLD.opens_at, OLD.closes_at, OLD.created_by_id, OLD.reason)
       OR TG_OP = 'UPDATE' AND OLD.ended_at IS NOT NULL THEN
        PERFORM gradebook_fail('GB002', 'an exception is never changed, only ended once', NEW.id::text);
    END IF;
    SELECT gradebook_id INTO STRICT book FROM gradebook_scorecolumn WHERE id = NEW.column_id;
    PERFORM gradebook_append(book, ARRAY[CASE TG_OP
        WHEN 'INSERT' THEN jsonb_build_object(
            'op', 'EXCEPTION', 'exception', NEW.id, 'col', NEW.column_id,
            'opens_at', to_char(NEW.opens_at AT TIME ZONE 'UTC', moment),
            'closes_at', to_char(NEW.closes_at AT TIME ZONE 'UTC', moment))
        ELSE jsonb_build_object('op', 'EXCEPTION_END', 'exception', NEW.id, 'col', NEW.column_id) END]);
    RETURN NULL;
END $$;

CREATE TRIGGER version BEFORE UPDATE ON gradebook_score FOR EACH ROW EXECUTE FUNCTION gradebook_score_version();
CREATE TRIGGER guard_insert AFTER INSERT ON gradebook_score
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION gradebook_scores_inserted();
CREATE TRIGGER guard_update AFTER UPDATE ON gradebook_score
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION gradebook_scores_updated();
CREATE TRIGGER guard_delete BEFORE DELETE ON gradebook_score FOR EACH ROW EXECUTE FUNCTION gradebook_never('GB002');
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON gradebook_score FOR EACH STATEMENT EXECUTE FUNCTION gradebook_never('GB002');

CREATE TRIGGER guard AFTER INSERT OR UPDATE ON gradebook_scorecolumn FOR EACH ROW EXECUTE FUNCTION gradebook_column_written();
CREATE TRIGGER guard_delete BEFORE DELETE ON gradebook_scorecolumn FOR EACH ROW EXECUTE FUNCTION gradebook_never('GB002');

CREATE TRIGGER guard AFTER INSERT OR UPDATE ON gradebook_lockexception FOR EACH ROW EXECUTE FUNCTION gradebook_exception_written();
CREATE TRIGGER guard_delete BEFORE DELETE ON gradebook_lockexception FOR EACH ROW EXECUTE FUNCTION gradebook_never('GB002');

CREATE TRIGGER born BEFORE INSERT ON gradebook_gradebook FOR EACH ROW EXECUTE FUNCTION gradebook_book_inserted();
CREATE TRIGGER guard_delete BEFORE DELETE ON gradebook_gradebook FOR EACH ROW EXECUTE FUNCTION gradebook_never('GB002');

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON gradebook_ledgerevent
    FOR EACH ROW EXECUTE FUNCTION gradebook_never('GB006');
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON gradebook_ledgerevent
    FOR EACH STATEMENT EXECUTE FUNCTION gradebook_never('GB006');

-- What the role of the web and the workers may not do at all.
REVOKE INSERT, UPDATE, DELETE ON gradebook_ledgerevent FROM schoolops_app;
REVOKE UPDATE, DELETE ON gradebook_gradebook FROM schoolops_app;
GRANT UPDATE (opened_at) ON gradebook_gradebook TO schoolops_app; -- SELECT ... FOR UPDATE asks for one column
REVOKE DELETE ON gradebook_score, gradebook_scorecolumn, gradebook_lockexception FROM schoolops_app;
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM schoolops_app;
GRANT SELECT ON gradebook_gradebook TO schoolops_signer;

-- The number of the class list never moves once a book of the class is open, and a pupil with a book is not struck off.
CREATE FUNCTION gradebook_enrollment_kept() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM gradebook_gradebook b JOIN registry_classsubject s ON s.id = b.class_subject_id
                WHERE s.school_class_id = OLD.school_class_id) THEN
        PERFORM gradebook_fail('GB007', 'the class list is frozen: a book of the class is open', OLD.id::text);
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_list BEFORE UPDATE OF roll_no, student_id, school_class_id ON registry_enrollment
    FOR EACH ROW WHEN ((OLD.roll_no, OLD.student_id, OLD.school_class_id) IS DISTINCT FROM (NEW.roll_no, NEW.student_id, NEW.school_class_id))
    EXECUTE FUNCTION gradebook_enrollment_kept();
CREATE TRIGGER guard_list_delete BEFORE DELETE ON registry_enrollment
    FOR EACH ROW EXECUTE FUNCTION gradebook_enrollment_kept();
