"""Entries are written and never changed; clocks are never deleted."""

from django.db import migrations

KEEP = r"""
CREATE FUNCTION clocks_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Words may be erased by law; what a move counts may not.
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'clocks_clockentry' AND to_jsonb(NEW)->>'reason' = ''
       AND to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of % is refused: moves of a clock are never undone, only followed by others',
        TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER clocks_entry_keep BEFORE UPDATE OR DELETE ON clocks_clockentry
    FOR EACH ROW EXECUTE FUNCTION clocks_refuse();
CREATE TRIGGER clocks_entry_keep_all BEFORE TRUNCATE ON clocks_clockentry EXECUTE FUNCTION clocks_refuse();
CREATE TRIGGER clocks_clock_keep BEFORE DELETE ON clocks_clock FOR EACH ROW EXECUTE FUNCTION clocks_refuse();
CREATE TRIGGER clocks_clock_keep_all BEFORE TRUNCATE ON clocks_clock EXECUTE FUNCTION clocks_refuse();
"""
FORGET = r"""
DROP TRIGGER clocks_entry_keep ON clocks_clockentry;
DROP TRIGGER clocks_entry_keep_all ON clocks_clockentry;
DROP TRIGGER clocks_clock_keep ON clocks_clock;
DROP TRIGGER clocks_clock_keep_all ON clocks_clock;
DROP FUNCTION clocks_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("clocks", "0001_initial")]

    operations = [migrations.RunSQL(KEEP, FORGET)]
