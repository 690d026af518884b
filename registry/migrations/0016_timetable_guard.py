"""A published timetable and its lessons stay as they were published, whoever writes; what was done with it is only added to."""

from django.db import migrations

GUARD = """
CREATE FUNCTION registry_timetable_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a published timetable stays as it was published' USING ERRCODE = '23514';
END $$;
CREATE FUNCTION registry_timetable_entry_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    version bigint;
    held text;
BEGIN
    FOREACH version IN ARRAY CASE TG_OP
        WHEN 'INSERT' THEN ARRAY[NEW.timetable_id]
        WHEN 'DELETE' THEN ARRAY[OLD.timetable_id]
        ELSE ARRAY[OLD.timetable_id, NEW.timetable_id] END
    LOOP
        -- The row lock makes whoever is just publishing this version wait for us, or us for them.
        SELECT state INTO held FROM registry_timetable WHERE id = version FOR SHARE;
        IF held = 'published' THEN
            RAISE EXCEPTION 'a lesson of a published timetable stays as it was published' USING ERRCODE = '23514';
        END IF;
    END LOOP;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER timetable_kept BEFORE UPDATE OR DELETE ON registry_timetable
    FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION registry_timetable_kept();
CREATE TRIGGER timetable_entry_kept BEFORE INSERT OR UPDATE OR DELETE ON registry_timetableentry
    FOR EACH ROW EXECUTE FUNCTION registry_timetable_entry_kept();
REVOKE DELETE ON registry_timetable FROM schoolops_app;
REVOKE UPDATE, DELETE ON registry_timetabletransition, registry_historicaltimetable FROM schoolops_app;
"""

NO_GUARD = """
GRANT UPDATE, DELETE ON registry_timetabletransition, registry_historicaltimetable TO schoolops_app;
GRANT DELETE ON registry_timetable TO schoolops_app;
DROP TRIGGER timetable_entry_kept ON registry_timetableentry;
DROP TRIGGER timetable_kept ON registry_timetable;
DROP FUNCTION registry_timetable_entry_kept;
DROP FUNCTION registry_timetable_kept;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0015_timetable"),
    ]

    operations = [
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
