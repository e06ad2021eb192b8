"""What a node says of itself while what it stands on hangs."""

import asyncio
import os
import signal

from api.health import _database_trouble
from db.engine import fetch, running
from db.settings import DatabaseSettings


async def test_a_database_that_hangs_is_told_before_a_probe_gives_up(new_postgres_url):
    settings = DatabaseSettings.load({"DATABASE_URL": new_postgres_url, "DARKROOM_DATA": ""})
    async with running(settings):
        assert await _database_trouble() == ()
        rows = await fetch("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        pids = [row["pid"] for row in rows]
        try:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            async with asyncio.timeout(8):
                (sentence,) = await _database_trouble()
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        assert sentence.startswith("the database does not answer: ")
        assert await _database_trouble() == ()
