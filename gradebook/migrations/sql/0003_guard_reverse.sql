DROP TRIGGER version ON gradebook_score;
DROP TRIGGER guard_insert ON gradebook_score;
DROP TRIGGER guard_update ON gradebook_score;
DROP TRIGGER guard_delete ON gradebook_score;
DROP TRIGGER guard_truncate ON gradebook_score;
DROP TRIGGER guard ON gradebook_scorecolumn;
DROP TRIGGER guard_delete ON gradebook_scorecolumn;
DROP TRIGGER guard ON gradebook_lockexception;
DROP TRIGGER guard_delete ON gradebook_lockexception;
DROP TRIGGER born ON gradebook_gradebook;
DROP TRIGGER guard_delete ON gradebook_gradebook;
DROP TRIGGER append_only ON gradebook_ledgerevent;
DROP TRIGGER append_only_truncate ON gradebook_ledgerevent;
DROP FUNCTION gradebook_scores_inserted, gradebook_scores_updated, gradebook_score_version, gradebook_never,
    gradebook_book_inserted, gradebook_column_written, gradebook_exception_written;
DROP FUNCTION gradebook_cells_changed;
DROP TYPE gradebook_cell_change;
DROP FUNCTION gradebook_append;
DROP FUNCTION gradebook_fail;
