"""Both database engines, empty or filled, for the suites that must hold on each of them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from api.seed import DemoPhoto, Kind
from db import engine as engines
from db.engine import Engine
from db.migrate import migrate
from db.settings import DatabaseSettings
from tests import services

KINDS = ("sqlite", "postgres")


def photos(count: int = 12) -> Sequence[DemoPhoto]:
    """Descriptions of originals that nobody has to draw."""
    kinds: tuple[Kind, ...] = ("exterior", "interior", "interior", "detail")
    return [
        DemoPhoto(
            f"homes/{kinds[i % 4]} {i}", 4000, 3000, f"Photo {i}", kinds[i % 4], "#a0b0c0", "data:,"
        )
        for i in range(count)
    ]


@asynccontextmanager
async def database_url(
    kind: str, request: pytest.FixtureRequest, folder: Path
) -> AsyncIterator[str]:
    """URL of an empty database of that kind."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'deep' / 'er' / 'test.sqlite'}"
        return
    async with services.new_database(request.getfixturevalue("postgres_url")) as url:
        yield url


@asynccontextmanager
async def migrated(url: str, pool_size: int = 5, wait_s: float = 10.0) -> AsyncIterator[Engine]:
    """The engine in use, its pool open and its tables made."""
    async with engines.running(DatabaseSettings(url, pool_size, wait_s)) as engine:
        await migrate(engine)
        yield engine
