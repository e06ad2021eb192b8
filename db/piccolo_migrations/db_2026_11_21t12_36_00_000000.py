"""Indexes that Piccolo's columns cannot declare, in words that both engines understand."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import create_table_class

ID = "2026-11-21T12:36:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "composite indexes"

INDEXES = {
    # two photos of one listing never claim the same place; also serves "photos of a listing, in order"
    "property_image_place": "UNIQUE INDEX {name} ON property_image (property, display_order)",
    # the default page: what is published, newest first
    "property_newest": "INDEX {name} ON property (published, created_at, id)",
}


async def make():
    for name, index in INDEXES.items():
        await raw("CREATE " + index.format(name=name))


async def drop():
    for name in INDEXES:
        await raw(f"DROP INDEX {name}")


async def raw(sql):
    """A table class of its own each time: one that is kept would also keep the engine of its first use."""
    await create_table_class("Raw").raw(sql)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="db", description=DESCRIPTION)
    manager.add_raw(make)
    manager.add_raw_backwards(drop)
    return manager
