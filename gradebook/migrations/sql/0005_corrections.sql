-- Corrections (docs/ledger.md): after the lock the only way is a petition that a second person approved, and then exactly what
-- was approved, once. Steps of a petition are events of its book's chain.
--
--   GB008 no approved petition asks for exactly this   GB009 not this person, or not in this order
--   GB010 what was sent is not changed

-- The number comes from the trigger below, so these two are not for the forms of the application.
ALTER TABLE gradebook_correctionrequest
    ADD CONSTRAINT correction_numbered_when_sent CHECK ((number IS NULL) = (submitted_at IS NULL)),
    ADD CONSTRAINT correction_sent_before_anything CHECK (
        state IN ('draft', 'withdrawn') OR number IS NOT NULL AND reason <> '' AND explanation <> '');

-- The natural person behind an account; null when the staff record names none.
CREATE FUNCTION gradebook_person(account bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT personal_number FROM accounts_staffprofile WHERE user_id = account AND personal_number <> ''
$$;

CREATE FUNCTION gradebook_correction_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    actor bigint := nullif(current_setting('schoolops.actor', true), '')::bigint;
    behalf bigint := nullif(current_setting('schoolops.on_behalf_of', true), '')::bigint;
    requester text;
BEGIN
    IF actor IS NULL THEN
        PERFORM gradebook_fail('GB003', 'a step of a petition must name who takes it (schoolops.actor)');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' OR NEW.number IS NOT NULL OR NEW.requested_by_id <> actor THEN
            PERFORM gradebook_fail('GB009', 'a petition begins as a draft of the person who asks');
        END IF;
        RETURN NEW;
    END IF;

    IF (NEW.id, NEW.gradebook_id, NEW.school_year_id, NEW.requested_by_id)
       <> (OLD.id, OLD.gradebook_id, OLD.school_year_id, OLD.requested_by_id)
       OR OLD.number IS NOT NULL AND NEW.number IS DISTINCT FROM OLD.number THEN
        PERFORM gradebook_fail('GB010', 'a petition stays that of its book, person and number');
    END IF;
    IF (NEW.revision, NEW.reason, NEW.explanation) <> (OLD.revision, OLD.reason, OLD.explanation)
       AND OLD.state NOT IN ('draft', 'returned') THEN
        PERFORM gradebook_fail('GB010', 'what was sent is not changed');
    END IF;
    IF (NEW.decided_by_id, NEW.decided_for_id, NEW.decided_at, NEW.decided_revision)
       IS DISTINCT FROM (OLD.decided_by_id, OLD.decided_for_id, OLD.decided_at, OLD.decided_revision)
       AND NEW.state = OLD.state THEN
        PERFORM gradebook_fail('GB009', 'a verdict is a step');
    END IF;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;

    IF NOT (OLD.state, NEW.state) IN (
        ('draft', 'submitted'), ('returned', 'submitted'), ('submitted', 'draft'), ('approved', 'draft'),
        ('draft', 'withdrawn'), ('returned', 'withdrawn'), ('submitted', 'withdrawn'),
        ('submitted', 'returned'), ('submitted', 'rejected'), ('submitted', 'approved'), ('approved', 'applied')) THEN
        PERFORM gradebook_fail('GB009', 'no step leads from ' || OLD.state || ' to ' || NEW.state);
    END IF;
    IF NEW.state IN ('submitted', 'withdrawn', 'draft') AND actor <> NEW.requested_by_id THEN
        PERFORM gradebook_fail('GB009', 'only the person who asks sends, takes back or withdraws');
    END IF;
    IF NEW.state = 'submitted' THEN
        IF NOT EXISTS (SELECT FROM gradebook_correctionitem i WHERE i.request_id = NEW.id)
           OR EXISTS (SELECT FROM gradebook_correctionitem i WHERE i.request_id = NEW.id
                       AND (i.old_code, i.old_makeup) = (i.new_code, i.new_makeup)) THEN
            PERFORM gradebook_fail('GB009', 'a petition asks for at least one change, and each row changes something');
        END IF;
        IF NEW.number IS NULL THEN
            -- One at a time, so that the numbers of a year have no gap.
            PERFORM pg_advisory_xact_lock(7220002);
            SELECT coalesce(max(number), 0) + 1 INTO NEW.number
              FROM gradebook_correctionrequest WHERE school_year_id = NEW.school_year_id;
        END IF;
        NEW.submitted_at := clock_timestamp();
    END IF;
    IF NEW.state IN ('returned', 'rejected', 'approved') THEN
        requester := gradebook_person(NEW.requested_by_id);
        IF (NEW.decided_by_id, NEW.decided_for_id) IS DISTINCT FROM (actor, behalf)
           OR NEW.decided_revision IS DISTINCT FROM NEW.revision THEN
            PERFORM gradebook_fail('GB009', 'a verdict names who gives it, for whom, and on which version');
        END IF;
        IF actor = NEW.requested_by_id OR behalf = NEW.requested_by_id
           OR requester IN (gradebook_person(actor), gradebook_person(behalf)) THEN
            PERFORM gradebook_fail('GB009', 'nobody decides on a petition of their own');
        END IF;
        IF requester IS NULL OR gradebook_person(actor) IS NULL OR behalf IS NOT NULL AND gradebook_person(behalf) IS NULL THEN
            PERFORM gradebook_fail('GB009', 'two natural persons: a staff record without a personal number');
        END IF;
        NEW.decided_at := clock_timestamp();
    ELSIF NEW.state IN ('draft', 'submitted') THEN
        NEW.decided_by_id := NULL;
        NEW.decided_for_id := NULL;
        NEW.decided_at := NULL;
        NEW.decided_revision := NULL;
    END IF;
    IF NEW.state = 'applied' THEN
        IF EXISTS (SELECT FROM gradebook_correctionitem i WHERE i.request_id = NEW.id AND i.applied_at IS NULL) THEN
            PERFORM gradebook_fail('GB009', 'a petition is done when the guard has written what it asks');
        END IF;
        IF NEW.confirmed_by_id IS NOT NULL AND (actor <> NEW.confirmed_by_id
           OR gradebook_person(NEW.confirmed_by_id) = gradebook_person(NEW.requested_by_id)) THEN
            PERFORM gradebook_fail('GB009', 'the administrator confirms in person, and not what they asked for');
        END IF;
        SELECT max(applied_at) INTO NEW.applied_at FROM gradebook_correctionitem WHERE request_id = NEW.id;
    END IF;
    RETURN NEW;
END $$;

-- Each step leaves an event; the one of sending carries what is asked for, so that the rule can be checked again offline.
CREATE FUNCTION gradebook_correction_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    name text := CASE NEW.state WHEN 'submitted' THEN 'CORR_REQ' WHEN 'returned' THEN 'CORR_BACK' WHEN 'rejected' THEN 'CORR_NO'
                                WHEN 'approved' THEN 'CORR_OK' WHEN 'withdrawn' THEN 'CORR_OFF' WHEN 'draft' THEN 'CORR_EDIT'
                                WHEN 'applied' THEN 'CORR_DONE' END;
    body jsonb := jsonb_build_object('op', name, 'corr', NEW.id, 'rev', NEW.revision);
BEGIN
    IF NEW.number IS NULL THEN
        RETURN NULL; -- a draft that nobody has seen
    END IF;
    IF NEW.state = 'submitted' THEN
        body := body || jsonb_build_object('items', (
            SELECT jsonb_agg(jsonb_build_array(i.column_id, i.student_id, i.old_code, i.old_makeup, i.new_code, i.new_makeup)
                             ORDER BY i.id)
              FROM gradebook_correctionitem i WHERE i.request_id = NEW.id));
    END IF;
    PERFORM gradebook_append(NEW.gradebook_id, ARRAY[body]);
    RETURN NULL;
END $$;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON gradebook_correctionrequest
    FOR EACH ROW EXECUTE FUNCTION gradebook_correction_written();
CREATE TRIGGER ledger AFTER UPDATE ON gradebook_correctionrequest
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION gradebook_correction_event();

-- What was sent stays: cells, evidence and the petition itself change only while it is with the person who asks.
CREATE FUNCTION gradebook_correction_part() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    parent bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.request_id ELSE NEW.request_id END;
    held record;
BEGIN
    SELECT state, number, gradebook_id INTO held FROM gradebook_correctionrequest WHERE id = parent FOR UPDATE;
    IF NOT FOUND THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; -- the draft itself is being deleted
    END IF;
    IF held.state NOT IN ('draft', 'returned') OR TG_OP = 'UPDATE' AND NEW.request_id <> OLD.request_id THEN
        PERFORM gradebook_fail('GB010', 'what was sent is not changed');
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION gradebook_correction_item_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.applied_at IS NOT NULL THEN
        PERFORM gradebook_fail('GB009', 'only the guard says that a change was made');
    END IF;
    IF NOT EXISTS (SELECT FROM gradebook_scorecolumn c JOIN gradebook_correctionrequest r ON r.gradebook_id = c.gradebook_id
                    WHERE c.id = NEW.column_id AND r.id = NEW.request_id) THEN
        PERFORM gradebook_fail('GB009', 'a petition is about one book');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER guard_part BEFORE INSERT OR DELETE OR UPDATE OF request_id, column_id, student_id, old_code, old_makeup, new_code, new_makeup
    ON gradebook_correctionitem FOR EACH ROW EXECUTE FUNCTION gradebook_correction_part();
CREATE TRIGGER guard_values BEFORE INSERT OR UPDATE OF column_id, old_code, old_makeup, new_code, new_makeup
    ON gradebook_correctionitem FOR EACH ROW EXECUTE FUNCTION gradebook_correction_item_written();
CREATE TRIGGER guard_part BEFORE INSERT OR UPDATE OR DELETE ON gradebook_evidence
    FOR EACH ROW EXECUTE FUNCTION gradebook_correction_part();

CREATE FUNCTION gradebook_correction_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF OLD.number IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'GB010', MESSAGE = 'a petition that was sent is never deleted';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER guard_delete BEFORE DELETE ON gradebook_correctionrequest
    FOR EACH ROW EXECUTE FUNCTION gradebook_correction_kept();
CREATE TRIGGER append_only BEFORE UPDATE ON gradebook_correctiontransition
    FOR EACH ROW EXECUTE FUNCTION gradebook_never('GB010');

REVOKE UPDATE ON gradebook_correctionitem FROM schoolops_app;
GRANT UPDATE (column_id, student_id, old_code, old_makeup, new_code, new_makeup) ON gradebook_correctionitem TO schoolops_app;
REVOKE UPDATE ON gradebook_correctiontransition, gradebook_correctionlook FROM schoolops_app;

-- Each changed cell is exactly what an approved petition asks for and nobody has used yet; then it counts as used.
CREATE FUNCTION gradebook_use_correction(petition bigint, changes gradebook_cell_change[], at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    used bigint;
BEGIN
    PERFORM FROM gradebook_correctionrequest r WHERE r.id = petition AND r.state = 'approved' FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM gradebook_fail('GB008', 'petition ' || petition || ' is not approved');
    END IF;
    -- One statement may insert and update cells: its parts are judged one after the other, each against what is still unused.
    UPDATE gradebook_correctionitem i SET applied_at = at
      FROM unnest(changes) ch
     WHERE i.request_id = petition AND i.applied_at IS NULL
       AND (i.column_id, i.student_id, i.old_code, i.old_makeup, i.new_code, i.new_makeup)
         = (ch.col, ch.student, ch.old_code, ch.old_makeup, ch.new_code, ch.new_makeup);
    GET DIAGNOSTICS used = ROW_COUNT;
    IF used <> cardinality(changes) THEN
        PERFORM gradebook_fail('GB008', 'petition ' || petition || ' asks for something else');
    END IF;
END $$;
REVOKE ALL ON FUNCTION gradebook_use_correction, gradebook_person FROM PUBLIC;

-- As in 0003, with the one door through the lock: a petition named in schoolops.correction.
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
