"""What can go wrong with the database, and which HTTP status an edge may answer.

    DatabaseError             500
    ├── BadDatabaseUrl        500   the setting cannot be read; stops the start
    ├── MigrationFailed       500   stops the start
    ├── DatabaseConflict      409   a unique index or a foreign key says no
    ├── Refused               409   what was asked does not fit what is there, in words for whoever asked
    │   ├── NoSuchAgent
    │   ├── WrongOrder
    │   └── TooManyPhotos
    └── DatabaseUnavailable   503   gone, locked, or too slow: the same request may succeed later

Drivers' own exceptions end here; nothing above `db` has heard of asyncpg or sqlite3.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import asyncpg


class DatabaseError(Exception):
    """Any trouble with the database.  `status` is a hint for an HTTP edge."""

    status: ClassVar[int] = 500


class BadDatabaseUrl(DatabaseError):
    """`BadDatabaseUrl(came, expected)`: only the scheme that came is told, the rest may hold a password."""

    variable: ClassVar[str] = "DATABASE_URL"

    def __init__(self, came: str, expected: str) -> None:
        super().__init__(came, expected)
        self.came, self.expected = came, expected

    def __str__(self) -> str:
        return f"{self.variable} is not valid: expected {self.expected}, came {self.came!r}"


class MigrationFailed(DatabaseError):
    """A migration stopped; the database is as it was before."""


class DatabaseConflict(DatabaseError):
    """The rows that are there forbid the change."""

    status: ClassVar[int] = 409


class Refused(DatabaseError):
    """A change that does not fit; `parameter` is what was wrong, the sentence what was expected of it."""

    status: ClassVar[int] = 409
    parameter: ClassVar[str] = ""


class NoSuchAgent(Refused):
    """`NoSuchAgent(agent_id)`."""

    parameter = "agent_id"

    def __str__(self) -> str:
        return f"there is no agent {self.args[0]}"


class WrongOrder(Refused):
    """`WrongOrder(image_ids)`: those that the order must name."""

    parameter = "order"

    def __str__(self) -> str:
        return f"expected each of {', '.join(map(str, self.args[0])) or 'no ids'} once"


class TooManyPhotos(Refused):
    """`TooManyPhotos(limit)` of one listing."""

    parameter = "images"

    def __str__(self) -> str:
        return f"a listing has at most {self.args[0]} photos"


class DatabaseUnavailable(DatabaseError):
    """No answer in time, or none at all."""

    status: ClassVar[int] = 503


# SQLite has one class for "locked just now" and for "no such table"; these codes may go away by themselves.
_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)

# Order matters: the first row whose class fits wins, and both drivers derive the narrow from the wide.
_TRANSLATION: tuple[tuple[type[BaseException], type[DatabaseError]], ...] = (
    (sqlite3.IntegrityError, DatabaseConflict),
    (asyncpg.IntegrityConstraintViolationError, DatabaseConflict),
    (asyncpg.PostgresConnectionError, DatabaseUnavailable),
    (asyncpg.OperatorInterventionError, DatabaseUnavailable),
    (asyncpg.InsufficientResourcesError, DatabaseUnavailable),
    (asyncpg.LockNotAvailableError, DatabaseUnavailable),
    (asyncpg.InterfaceError, DatabaseUnavailable),
    (sqlite3.Error, DatabaseError),
    (asyncpg.PostgresError, DatabaseError),
    (OSError, DatabaseUnavailable),  # refused, reset, no such socket; TimeoutError is one of them
)


@contextmanager
def translated() -> Iterator[None]:
    """Drivers' exceptions leave the block as ours, with the original as their cause."""
    try:
        yield
    except tuple(foreign for foreign, _ in _TRANSLATION) as error:
        raise _ours(error)(str(error) or type(error).__name__) from error


def _ours(error: BaseException) -> type[DatabaseError]:
    code = getattr(error, "sqlite_errorcode", 0)
    if code & 0xFF in _PASSING:  # the low byte is the kind, the rest says more closely which
        return DatabaseUnavailable
    return next(ours for foreign, ours in _TRANSLATION if isinstance(error, foreign))
