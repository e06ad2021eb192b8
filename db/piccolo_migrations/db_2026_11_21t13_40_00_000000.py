"""The words of each listing, kept by triggers, so that raw SQL cannot leave them behind."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import create_table_class

ID = "2026-11-21T13:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "full-text search"

# Words are runs of letters and digits, in lower case.  SQLite's tokenizer knows that for all of Unicode; here it is
# said what separates them, so that the locale of the database has no say.  Before PostgreSQL 17 there is no
# collation that knows every letter, and the database's own decides what is lower case.
POSTGRES = [
    "CREATE TABLE property_words (property INTEGER PRIMARY KEY REFERENCES property ON DELETE CASCADE, words TSVECTOR NOT NULL)",
    "CREATE INDEX property_words_found ON property_words USING gin (words)",
    r"""
    CREATE FUNCTION darkroom_words(said TEXT) RETURNS TSVECTOR LANGUAGE sql IMMUTABLE AS $$
        SELECT coalesce(array_to_tsvector(array_agg(DISTINCT left(word, 200))), ''::tsvector)
        FROM regexp_split_to_table(lower(said COLLATION), SEPARATORS) AS word WHERE word <> ''
    $$
    """,
    """
    CREATE FUNCTION darkroom_index(first INTEGER, place INTEGER) RETURNS VOID LANGUAGE sql AS $$
        INSERT INTO property_words (property, words)
        SELECT property.id, darkroom_words(title || ' ' || description || ' ' || coalesce(city, ''))
        FROM property LEFT JOIN location ON location.id = property.location
        WHERE property.id = first OR property.location = place
        ON CONFLICT (property) DO UPDATE SET words = excluded.words
    $$
    """,
    """
    CREATE FUNCTION darkroom_property_words() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    BEGIN PERFORM darkroom_index(NEW.id, NULL); RETURN NULL; END $$
    """,
    """
    CREATE FUNCTION darkroom_location_words() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    BEGIN PERFORM darkroom_index(NULL, NEW.id); RETURN NULL; END $$
    """,
    """
    CREATE TRIGGER darkroom_property_words AFTER INSERT OR UPDATE OF title, description, location ON property
    FOR EACH ROW EXECUTE FUNCTION darkroom_property_words()
    """,
    """
    CREATE TRIGGER darkroom_location_words AFTER UPDATE OF city ON location
    FOR EACH ROW EXECUTE FUNCTION darkroom_location_words()
    """,
    "SELECT darkroom_index(id, NULL) FROM property",
]
POSTGRES_BACK = [
    "DROP TRIGGER darkroom_property_words ON property",
    "DROP TRIGGER darkroom_location_words ON location",
    "DROP FUNCTION darkroom_property_words()",
    "DROP FUNCTION darkroom_location_words()",
    "DROP FUNCTION darkroom_index(INTEGER, INTEGER)",
    "DROP FUNCTION darkroom_words(TEXT)",
    "DROP TABLE property_words",
]
# ASCII but letters and digits, Latin-1's signs, general and CJK punctuation
SEPARATORS = (
    r"'[\u0001-/:-@\[-`\{-\u00A9\u00AB-\u00B1\u00B4\u00B6-\u00B8\u00BB\u00BF\u00D7\u00F7\u2000-\u206F\u20A0-\u20CF\u2100-\u214F"
    r"\u2190-\u2BFF\u3000-\u3004\u3008-\u3020\u3030\uFF01-\uFF0F\uFF1A-\uFF20]+'"
)
# the same without the letters beyond ASCII, for databases that cannot hold them
ASCII_SEPARATORS = r"'[^a-z0-9]+'"

WORDS = "SELECT title || ' ' || description || ' ' || coalesce((SELECT city FROM location WHERE id = property.location), '')"
SQLITE = [
    """
    CREATE VIRTUAL TABLE property_words USING fts5(
        words, prefix='2 3', columnsize=0, tokenize='unicode61 remove_diacritics 0'
    )
    """,
    f"""
    CREATE TRIGGER darkroom_words_insert AFTER INSERT ON property BEGIN
        INSERT INTO property_words (rowid, words) VALUES (NEW.id, ({WORDS} FROM property WHERE id = NEW.id));
    END
    """,
    f"""
    CREATE TRIGGER darkroom_words_update AFTER UPDATE OF title, description, location ON property BEGIN
        UPDATE property_words SET words = ({WORDS} FROM property WHERE id = NEW.id) WHERE rowid = NEW.id;
    END
    """,
    """
    CREATE TRIGGER darkroom_words_delete AFTER DELETE ON property BEGIN
        DELETE FROM property_words WHERE rowid = OLD.id;
    END
    """,
    f"""
    CREATE TRIGGER darkroom_words_location AFTER UPDATE OF city ON location BEGIN
        UPDATE property_words SET words = ({WORDS} FROM property WHERE id = property_words.rowid)
        WHERE rowid IN (SELECT id FROM property WHERE location = NEW.id);
    END
    """,
    f"INSERT INTO property_words (rowid, words) SELECT id, ({WORDS}) FROM property",
]
SQLITE_BACK = [
    *(f"DROP TRIGGER darkroom_words_{name}" for name in ("insert", "update", "delete", "location")),
    "DROP TABLE property_words",
]


async def make():
    if engine_type() == "sqlite":
        await run(SQLITE)
        return
    (found,) = await raw(
        "SELECT current_setting('server_version_num')::INT / 10000 AS major, current_setting('server_encoding') AS encoding"
    )
    utf8 = found["encoding"] == "UTF8"
    collation = 'COLLATE "pg_c_utf8"' if utf8 and found["major"] >= 17 else ""
    separators = SEPARATORS if utf8 else ASCII_SEPARATORS
    await run(
        sql.replace("COLLATION", collation).replace("SEPARATORS", separators) for sql in POSTGRES
    )


async def drop():
    await run(SQLITE_BACK if engine_type() == "sqlite" else POSTGRES_BACK)


async def run(statements):
    for sql in statements:
        await raw(sql)


async def raw(sql):
    """A table class of its own each time: one that is kept would also keep the engine of its first use."""
    # braces are Piccolo's marks for arguments
    return await create_table_class("Raw").raw(sql.replace("{", "{{").replace("}", "}}"))


def engine_type():
    return create_table_class("Raw")._meta.db.engine_type


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="db", description=DESCRIPTION)
    manager.add_raw(make)
    manager.add_raw_backwards(drop)
    return manager
