DROP TRIGGER guard ON gradebook_remark;
DROP TRIGGER append_only ON gradebook_remark;
DROP TRIGGER append_only_truncate ON gradebook_remark;
DROP FUNCTION gradebook_remark_written;
