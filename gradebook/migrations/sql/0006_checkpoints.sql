-- Signed checkpoints and the register of books (docs/ledger.md). Checkpoints are written by schoolops_signer, which is another
-- process with another password: whoever takes over the web can neither write nor remove one.

-- --- the register: every book that was opened, without gaps -------------------------------------------
INSERT INTO gradebook_registeredbook (number, gradebook_id, class_subject_id, term_id)
    SELECT row_number() OVER (ORDER BY id), id, class_subject_id, term_id FROM gradebook_gradebook;

CREATE FUNCTION gradebook_books_opened() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7220003); -- one at a time, so that the numbers have no gap
    INSERT INTO gradebook_registeredbook (number, gradebook_id, class_subject_id, term_id)
        SELECT coalesce((SELECT max(number) FROM gradebook_registeredbook), 0) + row_number() OVER (ORDER BY n.id),
               n.id, n.class_subject_id, n.term_id
          FROM new_rows n;
    RETURN NULL;
END $$;
CREATE TRIGGER registered AFTER INSERT ON gradebook_gradebook
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION gradebook_books_opened();

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON gradebook_registeredbook
    FOR EACH ROW EXECUTE FUNCTION gradebook_never('GB006');
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON gradebook_registeredbook
    FOR EACH STATEMENT EXECUTE FUNCTION gradebook_never('GB006');

-- --- checkpoints ---------------------------------------------------------------------------------------
CREATE FUNCTION gradebook_checkpoint_written() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.seq <> coalesce((SELECT max(seq) FROM gradebook_checkpoint), 0) + 1
       OR NEW.sha256 <> encode(sha256(convert_to(NEW.body, 'UTF8')), 'hex') THEN
        PERFORM gradebook_fail('GB006', 'a checkpoint follows the one before it, and its hash is that of its text');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER follows BEFORE INSERT ON gradebook_checkpoint
    FOR EACH ROW EXECUTE FUNCTION gradebook_checkpoint_written();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON gradebook_checkpoint
    FOR EACH ROW EXECUTE FUNCTION gradebook_never('GB006');
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON gradebook_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION gradebook_never('GB006');

REVOKE INSERT, UPDATE, DELETE
    ON gradebook_registeredbook, gradebook_checkpoint, gradebook_checkpointdelivery, gradebook_signer FROM schoolops_app;
-- Heads of the chains it may read since 0003; of everything else only what a checkpoint says or waits for.
GRANT SELECT, INSERT ON gradebook_checkpoint, gradebook_checkpointdelivery, gradebook_signer TO schoolops_signer;
GRANT UPDATE (attempts, tried_at, delivered_at, error) ON gradebook_checkpointdelivery TO schoolops_signer;
GRANT UPDATE ON gradebook_signer TO schoolops_signer;
GRANT USAGE ON SEQUENCE gradebook_checkpointdelivery_id_seq TO schoolops_signer;
GRANT SELECT (code) ON registry_school TO schoolops_signer;
GRANT SELECT (id, code) ON registry_schoolyear TO schoolops_signer;
GRANT SELECT (id, school_year_id) ON registry_term TO schoolops_signer;
GRANT SELECT (closes_at) ON gradebook_scorecolumn TO schoolops_signer;
GRANT SELECT (closes_at, ended_at) ON gradebook_lockexception TO schoolops_signer;
