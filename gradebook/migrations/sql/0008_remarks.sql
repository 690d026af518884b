-- Remarks and levels (docs/ledger.md). A cell of a remark column holds the code of its words, sha256(salt || text); so everything
-- that guards a score guards a remark. The words themselves are written once.

CREATE FUNCTION gradebook_remark_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.text = '' OR NEW.code <> encode(sha256(uuid_send(NEW.salt) || convert_to(NEW.text, 'UTF8')), 'hex')
       OR NOT EXISTS (SELECT FROM gradebook_scorecolumn c WHERE c.id = NEW.column_id AND c.assessment = 'remark') THEN
        PERFORM gradebook_fail('GB004', 'a remark has words, their code, and a column of remarks', NEW.column_id::text);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON gradebook_remark FOR EACH ROW EXECUTE FUNCTION gradebook_remark_written();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON gradebook_remark
    FOR EACH ROW EXECUTE FUNCTION gradebook_never('GB006');
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON gradebook_remark
    FOR EACH STATEMENT EXECUTE FUNCTION gradebook_never('GB006');
REVOKE UPDATE, DELETE ON gradebook_remark FROM schoolops_app;

-- As in 0005, with what columns of levels, of whole numbers and of remarks take.
CREATE OR REPLACE FUNCTION gradebook_cells_changed(changes gradebook_cell_change[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    now_ timestamptz;
    op text := coalesce(nullif(current_setting('schoolops.op', true), ''), 'SET');
    claimed timestamptz := nullif(current_setting('schoolops.claimed_at', true), '')::timestamptz;
    petition bigint := nullif(current_setting('schoolops.correction', true), '')::bigint;
    bad record;
    book record;
BEGIN
    PERFORM b.id FROM public.gradebook_gradebook b
      WHERE b.id IN (SELECT c.gradebook_id FROM unnest(changes) ch JOIN public.gradebook_scorecolumn c ON c.id = ch.col)
      ORDER BY b.id FOR UPDATE;
    now_ := clock_timestamp();
    IF op NOT IN ('SET', 'IMPORT') OR (op = 'IMPORT') <> (claimed IS NOT NULL) OR claimed > now_
       OR op = 'IMPORT' AND petition IS NOT NULL THEN
        PERFORM gradebook_fail('GB004', 'an import names the past moment that it claims; other writes do not');
    END IF;

    SELECT ch.col, c.closes_at, c.opens_at INTO bad
      FROM unnest(changes) ch
      JOIN gradebook_scorecolumn c ON c.id = ch.col
      JOIN gradebook_gradebook b ON b.id = c.gradebook_id
      JOIN registry_term t ON t.id = b.term_id
      JOIN registry_schoolyear y ON y.id = t.school_year_id
     WHERE y.closed_at IS NOT NULL
        OR petition IS NULL
           AND NOT (coalesce(c.opens_at <= now_, true) AND coalesce(now_ < c.closes_at, true)
                    OR EXISTS (SELECT FROM gradebook_lockexception x WHERE x.column_id = c.id AND x.ended_at IS NULL
                                                                       AND x.opens_at <= now_ AND now_ < x.closes_at))
     LIMIT 1;
    IF FOUND THEN
        PERFORM gradebook_fail('GB001', 'column ' || bad.col || ' is closed', bad.col::text);
    END IF;

    SELECT ch.col, ch.new_code INTO bad
      FROM unnest(changes) ch JOIN gradebook_scorecolumn c ON c.id = ch.col
     WHERE NOT CASE c.assessment
                WHEN 'comment' THEN ch.new_code IN ('', 'D', 'CD', 'V', 'K')
                WHEN 'level' THEN ch.new_code IN ('', 'T', 'H', 'C', 'V')
                WHEN 'whole' THEN ch.new_code ~ '^(|10|[0-9]|V)$'
                WHEN 'remark' THEN ch.new_code = '' OR EXISTS (
                    SELECT FROM gradebook_remark r
                     WHERE (r.code, r.column_id, r.student_id) = (ch.new_code, ch.col, ch.student))
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

    IF petition IS NOT NULL THEN
        PERFORM gradebook_use_correction(petition, changes, now_);
    END IF;
    FOR book IN
        SELECT c.gradebook_id AS id, array_agg(
                   jsonb_strip_nulls(jsonb_build_object(
                       'op', CASE WHEN petition IS NULL THEN op ELSE 'CORRECT' END, 'corr', petition,
                       'col', ch.col, 'student', ch.student, 'old', ch.old_code, 'new', ch.new_code,
                       'makeup', nullif(ch.new_makeup, false),
                       'claimed_at', to_char(claimed AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))
                   ORDER BY ch.score) AS bodies
          FROM unnest(changes) ch JOIN gradebook_scorecolumn c ON c.id = ch.col
         GROUP BY c.gradebook_id ORDER BY c.gradebook_id
    LOOP
        PERFORM gradebook_append(book.id, book.bodies, now_);
    END LOOP;
END $$;

-- Books that were opened before this have no columns for remarks. They get them with the window of the end-of-term column, by the
-- person who opened the book.
DO $$
DECLARE
    book record;
BEGIN
    FOR book IN
        SELECT c.gradebook_id AS id, c.position, c.opens_at, c.closes_at, c.rule_id,
               (SELECT e.payload::jsonb ->> 'by' FROM gradebook_ledgerevent e WHERE e.gradebook_id = c.gradebook_id ORDER BY e.seq LIMIT 1) AS opener
          FROM gradebook_scorecolumn c
         WHERE c.kind = 'CK'
           AND NOT EXISTS (SELECT FROM gradebook_scorecolumn o WHERE o.gradebook_id = c.gradebook_id AND o.kind = 'NX')
         ORDER BY c.gradebook_id
    LOOP
        PERFORM set_config('schoolops.actor', book.opener, true);
        INSERT INTO gradebook_scorecolumn (gradebook_id, kind, ordinal, assessment, position, opens_at, closes_at, rule_id)
            SELECT book.id, 'NX', n, 'remark', book.position + n, book.opens_at, book.closes_at, book.rule_id
              FROM generate_series(1, 2) n;
    END LOOP;
    PERFORM set_config('schoolops.actor', '', true);
END $$;
