"""The numbers of the register book, whoever writes: each is the next one, none changes, no line goes away."""

from django.db import migrations

GUARD = """
CREATE FUNCTION registry_register_next() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM registry_registerentry) THEN
        RAISE EXCEPTION 'register number % is not the next one', NEW.number USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION registry_register_kept() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a line of the register book stays under its number' USING ERRCODE = '23514';
END $$;
CREATE TRIGGER register_next BEFORE INSERT ON registry_registerentry
    FOR EACH ROW EXECUTE FUNCTION registry_register_next();
CREATE TRIGGER register_kept BEFORE UPDATE OF number, student_id ON registry_registerentry
    FOR EACH ROW WHEN ((OLD.number, OLD.student_id) IS DISTINCT FROM (NEW.number, NEW.student_id))
    EXECUTE FUNCTION registry_register_kept();
CREATE TRIGGER register_kept_delete BEFORE DELETE ON registry_registerentry
    FOR EACH ROW EXECUTE FUNCTION registry_register_kept();
"""

NO_GUARD = """
DROP TRIGGER register_next ON registry_registerentry;
DROP TRIGGER register_kept ON registry_registerentry;
DROP TRIGGER register_kept_delete ON registry_registerentry;
DROP FUNCTION registry_register_next;
DROP FUNCTION registry_register_kept;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0007_register_book"),
    ]

    operations = [
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
