"""Where the database is, read from a mapping that the caller hands in.

Never looks at the environment itself: `api/settings.py` and `piccolo_conf.py` do that.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from db.errors import BadDatabaseUrl

_EXPECTED = "sqlite:///relative/path, sqlite:////absolute/path or postgres://user@host/name"


class Address(NamedTuple):
    """`sqlite` with a file path, or `postgres` with a connection URL."""

    kind: Literal["sqlite", "postgres"]
    place: str


class DatabaseSettings(msgspec.Struct, frozen=True):
    """`wait_s` bounds one statement, the wait for a free connection included."""

    url: str = "sqlite:///./var/darkroom.sqlite"
    pool_size: int = 5
    wait_s: float = 10.0

    def __post_init__(self) -> None:
        self.address()

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> "DatabaseSettings":
        """From `DATABASE_URL`, else the SQLite file in `DARKROOM_DATA`.  Raises BadDatabaseUrl."""
        folder = environ.get("DARKROOM_DATA") or "./var"
        return cls(url=environ.get("DATABASE_URL") or f"sqlite:///{folder}/darkroom.sqlite")

    def address(self) -> Address:
        """What the URL says.  Three slashes begin a relative path, four an absolute one."""
        scheme, separator, rest = self.url.partition("://")
        if separator and scheme in ("postgres", "postgresql") and rest:
            return Address("postgres", self.url)
        path = rest.removeprefix("/").partition("?")[0]
        if scheme == "sqlite" and rest.startswith("/") and Path(path).name and path != ":memory:":
            return Address("sqlite", path)
        raise BadDatabaseUrl(f"{scheme}://…" if separator else "no scheme", _EXPECTED)
