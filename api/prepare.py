"""What has to be there before the first worker starts: folders, tables, demo photos, demo listings.

Runs in a process of its own, so that the server forks from one that has never touched libvips or a database.  Every
part looks first and does nothing the second time.
"""

import asyncio
import os
import sys
from pathlib import Path

from api.app import database_settings
from api.demo import draw_all
from api.demo.progress import print_progress
from api.seed import seed
from api.settings import ServerSettings, load
from db.engine import current, running
from db.migrate import migrate


def main() -> None:
    """Prepares for the settings in the environment."""
    settings = load(os.environ)
    folder = Path(settings.images.data)
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_prepare(settings, folder / "originals"))


async def _prepare(settings: ServerSettings, photos: Path) -> None:
    async with running(database_settings(settings)):
        for name in await migrate(current()):
            _say(f"database: {name}")
        if not settings.seed:
            return
        drawn = draw_all(photos, print_progress)
        if made := await seed(settings.seed, drawn):
            _say(f"demo: {made} listings")


def _say(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201 - a start tells its user what it does


if __name__ == "__main__":
    main()
