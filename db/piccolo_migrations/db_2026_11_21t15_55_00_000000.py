"""Versions of the picture specs, and what has been rendered ahead for each."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import create_table_class

ID = "2026-11-21T15:55:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "picture versions"

# times are seconds since 1970; `specs` is JSON, by name
VERSIONS = """
CREATE TABLE picture_version (
    id INTEGER PRIMARY KEY,
    specs TEXT NOT NULL,
    digest VARCHAR(64) NOT NULL,
    state VARCHAR(10) NOT NULL,
    returns_to INTEGER,
    created_at DOUBLE PRECISION NOT NULL,
    applied_at DOUBLE PRECISION
)
"""
# `rendered` of `urls` were not there before and took `cpu_s`; `error` is empty when all went well
RENDERS = """
CREATE TABLE picture_render (
    version INTEGER NOT NULL,
    image INTEGER NOT NULL,
    urls INTEGER NOT NULL,
    rendered INTEGER NOT NULL,
    bytes BIGINT NOT NULL,
    cpu_s DOUBLE PRECISION NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (version, image)
)
"""


async def make():
    await raw(VERSIONS)
    await raw(RENDERS)


async def drop():
    await raw("DROP TABLE picture_render")
    await raw("DROP TABLE picture_version")


async def raw(sql):
    """A table class of its own each time: one that is kept would also keep the engine of its first use."""
    return await create_table_class("Raw").raw(sql)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="db", description=DESCRIPTION)
    manager.add_raw(make)
    manager.add_raw_backwards(drop)
    return manager
