ALTER TABLE gradebook_correctionrequest
    DROP CONSTRAINT correction_numbered_when_sent, DROP CONSTRAINT correction_sent_before_anything;
DROP TRIGGER guard ON gradebook_correctionrequest;
DROP TRIGGER ledger ON gradebook_correctionrequest;
DROP TRIGGER guard_delete ON gradebook_correctionrequest;
DROP TRIGGER guard_part ON gradebook_correctionitem;
DROP TRIGGER guard_values ON gradebook_correctionitem;
DROP TRIGGER guard_part ON gradebook_evidence;
DROP TRIGGER append_only ON gradebook_correctiontransition;
DROP FUNCTION gradebook_correction_written, gradebook_correction_event, gradebook_correction_part,
    gradebook_correction_item_written, gradebook_correction_kept, gradebook_use_correction, gradebook_person;
