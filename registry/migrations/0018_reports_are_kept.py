"""What was sent to the sector stays as it was sent, whoever writes: the row, its file, and who took the data out."""

from django.db import migrations

GUARD = """
CREATE FUNCTION registry_submission_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'sent' AND NEW.state = 'replaced'
       AND to_jsonb(NEW) - 'state' = to_jsonb(OLD) - 'state' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'report % was sent and stays as it was sent', OLD.id USING ERRCODE = '23514';
END $$;
CREATE FUNCTION registry_submission_file_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM registry_submission s WHERE s.file_id = OLD.id AND s.state IN ('sent', 'replaced')) THEN
        RAISE EXCEPTION 'file % was sent and stays as it was sent', OLD.id USING ERRCODE = '23514';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER submission_kept BEFORE UPDATE OR DELETE ON registry_submission
    FOR EACH ROW WHEN (OLD.state IN ('sent', 'replaced')) EXECUTE FUNCTION registry_submission_kept();
CREATE TRIGGER submission_file_kept BEFORE UPDATE OR DELETE ON lib_storedfile
    FOR EACH ROW EXECUTE FUNCTION registry_submission_file_kept();
REVOKE DELETE ON registry_submission FROM schoolops_app;
REVOKE UPDATE, DELETE ON registry_submissiontransition, registry_dataexport, registry_historicalsubmission FROM schoolops_app;
"""

NO_GUARD = """
GRANT UPDATE, DELETE ON registry_submissiontransition, registry_dataexport, registry_historicalsubmission TO schoolops_app;
GRANT DELETE ON registry_submission TO schoolops_app;
DROP TRIGGER submission_file_kept ON lib_storedfile;
DROP TRIGGER submission_kept ON registry_submission;
DROP FUNCTION registry_submission_file_kept;
DROP FUNCTION registry_submission_kept;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0017_reports"),
    ]

    operations = [
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
