"""Jobs that wait, run and have run."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.table import create_table_class

ID = "2026-11-21T15:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "jobs"

# times are seconds since 1970 by the database's own clock
TABLE = """
CREATE TABLE job (
    id VARCHAR(32) PRIMARY KEY,
    kind VARCHAR(60) NOT NULL,
    payload TEXT NOT NULL,
    state VARCHAR(10) NOT NULL,
    attempts INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    deadline_s DOUBLE PRECISION NOT NULL,
    due_at DOUBLE PRECISION NOT NULL,
    owner VARCHAR(32) NOT NULL,
    lease_until DOUBLE PRECISION NOT NULL,
    cancel_asked SMALLINT NOT NULL,
    done INTEGER NOT NULL,
    total INTEGER NOT NULL,
    error TEXT NOT NULL,
    created_at DOUBLE PRECISION NOT NULL,
    started_at DOUBLE PRECISION,
    finished_at DOUBLE PRECISION
)
"""


async def make():
    await raw(TABLE)
    await raw("CREATE INDEX job_state_due ON job (state, due_at)")
    await raw("CREATE INDEX job_created ON job (created_at)")


async def drop():
    await raw("DROP TABLE job")


async def raw(sql):
    """A table class of its own each time: one that is kept would also keep the engine of its first use."""
    return await create_table_class("Raw").raw(sql)


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="db", description=DESCRIPTION)
    manager.add_raw(make)
    manager.add_raw_backwards(drop)
    return manager
