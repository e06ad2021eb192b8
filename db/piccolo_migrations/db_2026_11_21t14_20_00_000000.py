"""Named transformations: the texts that `t_<name>` stands for."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import create_table_class

ID = "2026-11-21T14:20:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "named transformations"


async def make():
    await raw(
        "CREATE TABLE named_transformation (name VARCHAR(100) PRIMARY KEY, text TEXT NOT NULL)"
    )


async def drop():
    await raw("DROP TABLE named_transformation")


async def raw(sql):
    """A table class of its own each time: one that is kept would also keep the engine of its first use."""
    return await create_table_class("Raw").raw(sql)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="db", description=DESCRIPTION)
    manager.add_raw(make)
    manager.add_raw_backwards(drop)
    return manager
