"""PostgreSQL tells every committed change of a row to whoever listens; SQLite has PRAGMA data_version instead."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import create_table_class

ID = "2026-11-21T13:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "notifications"

# table: the column that says which listing, agent, ... has changed
TABLES = {
    "property": "id",
    "property_image": "property",
    "location": "id",
    "agent": "id",
    "office": "id",
}

# payload: table, operation, id, and for an update the names of the columns that differ
FUNCTION = """
CREATE FUNCTION darkroom_tell() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    before JSONB := CASE WHEN TG_OP IN ('UPDATE', 'DELETE') THEN to_jsonb(OLD) END;
    after JSONB := CASE WHEN TG_OP IN ('UPDATE', 'INSERT') THEN to_jsonb(NEW) END;
    which TEXT := coalesce(after, before) ->> TG_ARGV[0];
    changed TEXT := '';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT string_agg(key, ',' ORDER BY key) INTO changed
        FROM jsonb_each(after) WHERE value IS DISTINCT FROM before -> key;
        IF changed IS NULL THEN RETURN NULL; END IF;
        IF before ->> TG_ARGV[0] <> which THEN
            PERFORM pg_notify('darkroom_changes', concat_ws(' ', TG_TABLE_NAME, 'delete', before ->> TG_ARGV[0]));
        END IF;
    END IF;
    PERFORM pg_notify('darkroom_changes', concat_ws(' ', TG_TABLE_NAME, lower(TG_OP), which, changed));
    RETURN NULL;
END $$
"""
TRUNCATED = """
CREATE FUNCTION darkroom_tell_truncated() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('darkroom_changes', TG_TABLE_NAME || ' truncate'); RETURN NULL; END $$
"""


async def make():
    if engine_type() != "postgres":
        return
    await raw(FUNCTION)
    await raw(TRUNCATED)
    for table, column in TABLES.items():
        await raw(
            f"CREATE TRIGGER darkroom_tell AFTER INSERT OR UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION darkroom_tell('{column}')"
        )
        await raw(
            f"CREATE TRIGGER darkroom_tell_truncated AFTER TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION darkroom_tell_truncated()"
        )


async def drop():
    if engine_type() != "postgres":
        return
    for table in TABLES:
        await raw(f"DROP TRIGGER darkroom_tell ON {table}")
        await raw(f"DROP TRIGGER darkroom_tell_truncated ON {table}")
    await raw("DROP FUNCTION darkroom_tell()")
    await raw("DROP FUNCTION darkroom_tell_truncated()")


async def raw(sql):
    """A table class of its own each time: one that is kept would also keep the engine of its first use."""
    return await create_table_class("Raw").raw(sql)


def engine_type():
    return create_table_class("Raw")._meta.db.engine_type


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="db", description=DESCRIPTION)
    manager.add_raw(make)
    manager.add_raw_backwards(drop)
    return manager
