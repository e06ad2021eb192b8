"""Versions of the picture specs, and which photos have been rendered ahead for which.  Plain values in and out.

    applying     recorded; its renders are being made
    applied      every photo has been tried
    superseded   a later version has been applied; derivatives that only this one asked for may be there
    cleaned      they are gone

The newest version is the one that counts, whether its renders are all made or not.
"""

# ruff: noqa: S608  every piece of these texts is a literal of this file; values travel as arguments

import time
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import msgspec

from db.engine import fetch, transaction
from db.statements import ASIDE

Row: TypeAlias = dict[str, Any]


class PhotoRow(msgspec.Struct, frozen=True):
    """What a URL must know of a photo.  Pixels are those of the original, upright."""

    id: int
    public_id: str
    version: int | None
    width: int
    height: int
    focal_x: float | None
    focal_y: float | None


class RenderRow(msgspec.Struct, frozen=True):
    """What rendering one photo ahead came to; `rendered` of `urls` were not there before and took `cpu_s`."""

    version: int
    image: int
    urls: int
    rendered: int
    bytes: int
    cpu_s: float
    error: str = ""


class Sums(msgspec.Struct, frozen=True):
    """Of one version: photos tried, failed among them, photos there are; and the sums of what was rendered."""

    tried: int
    failed: int
    photos: int
    rendered: int
    bytes: int
    cpu_s: float


_COLUMNS: Final = "i.id, i.public_id, i.version, i.width, i.height, i.focal_x, i.focal_y"
_UNTRIED: Final = (
    "SELECT i.id FROM property_image i LEFT JOIN picture_render r"
    " ON r.version = {} AND r.image = i.id WHERE r.image IS NULL"
)


async def begin(specs: str, digest: str, returns_to: int | None) -> int:
    """The number of a new version, `applying`.  Two at once: one of them gets DatabaseConflict."""
    rows = await fetch(
        f"{ASIDE}INSERT INTO picture_version (id, specs, digest, state, returns_to, created_at)"
        " SELECT coalesce(max(id), 0) + 1, CAST({} AS TEXT), CAST({} AS VARCHAR(64)), 'applying',"
        " CAST({} AS INTEGER), CAST({} AS DOUBLE PRECISION) FROM picture_version RETURNING id",
        specs,
        digest,
        returns_to,
        time.time(),
    )
    number: int = rows[0]["id"]
    return number


async def everything() -> list[Row]:
    """All versions, the newest first."""
    return await fetch("SELECT * FROM picture_version ORDER BY id DESC")


async def one(version: int) -> Row | None:
    """The version of that number."""
    rows = await fetch("SELECT * FROM picture_version WHERE id = {}", version)
    return rows[0] if rows else None


async def newest() -> Row | None:
    """The version that counts."""
    rows = await fetch("SELECT * FROM picture_version ORDER BY id DESC LIMIT 1")
    return rows[0] if rows else None


async def superseded() -> list[Row]:
    """Those whose derivatives may still lie about."""
    return await fetch("SELECT * FROM picture_version WHERE state = 'superseded'")


async def finish(version: int, *, whatever: bool) -> bool:
    """It is applied, if every photo has been tried, or `whatever`; False when it is not, or was before.

    Those before it are superseded in the same transaction.
    """
    condition, arguments = ("", []) if whatever else (f" AND NOT EXISTS ({_UNTRIED})", [version])
    async with transaction():
        rows = await fetch(
            "UPDATE picture_version SET state = 'applied', applied_at = CAST({} AS DOUBLE PRECISION)"
            f" WHERE id = {{}} AND state = 'applying'{condition} RETURNING id",
            time.time(),
            version,
            *arguments,
        )
        if rows:
            await fetch(
                "UPDATE picture_version SET state = 'superseded'"
                " WHERE id < {} AND state IN ('applying', 'applied')",
                version,
            )
    return bool(rows)


async def cleaned(versions: Sequence[int]) -> None:
    """Nothing of theirs lies about any more."""
    for version in versions:
        await fetch("UPDATE picture_version SET state = 'cleaned' WHERE id = {}", version)
        await fetch(f"{ASIDE}DELETE FROM picture_render WHERE version = {{}}", version)


async def photos(after: int, limit: int) -> list[PhotoRow]:
    """In the order of their ids, those behind `after`."""
    rows = await fetch(
        f"SELECT {_COLUMNS} FROM property_image i WHERE i.id > {{}} ORDER BY i.id LIMIT {{}}",
        after,
        limit,
    )
    return msgspec.convert(rows, list[PhotoRow])


async def photo(image: int) -> PhotoRow | None:
    """The photo of that id."""
    rows = await fetch(f"SELECT {_COLUMNS} FROM property_image i WHERE i.id = {{}}", image)
    return msgspec.convert(rows[0], PhotoRow) if rows else None


async def unmade(version: int, after: int, limit: int) -> list[int]:
    """Photos behind `after` that have not been rendered for the version, or not without an error."""
    rows = await fetch(
        "SELECT i.id FROM property_image i LEFT JOIN picture_render r"
        " ON r.version = {} AND r.image = i.id AND r.error = ''"
        " WHERE r.image IS NULL AND i.id > {} ORDER BY i.id LIMIT {}",
        version,
        after,
        limit,
    )
    return [row["id"] for row in rows]


async def record(row: RenderRow) -> None:
    """In the place of what was known of that photo and version."""
    names = RenderRow.__struct_fields__
    values = ", ".join(f"{name} = excluded.{name}" for name in names[2:])
    await fetch(
        f"{ASIDE}INSERT INTO picture_render ({', '.join(names)})"
        f" VALUES ({', '.join('{}' for _ in names)}) ON CONFLICT (version, image) DO UPDATE SET {values}",
        *msgspec.structs.astuple(row),
    )


async def sums(version: int) -> Sums:
    """Of photos that are still there."""
    rows = await fetch(
        "SELECT count(r.image) AS tried, count(*) AS photos, coalesce(sum(r.rendered), 0) AS rendered,"
        " coalesce(sum(CASE WHEN r.error <> '' THEN 1 ELSE 0 END), 0) AS failed,"
        " CAST(coalesce(sum(r.bytes), 0) AS BIGINT) AS bytes, coalesce(sum(r.cpu_s), 0.0) AS cpu_s"
        " FROM property_image i LEFT JOIN picture_render r ON r.version = {} AND r.image = i.id",
        version,
    )
    return msgspec.convert(rows[0], Sums, strict=False)


async def failures(version: int, limit: int) -> list[tuple[str, str]]:
    """Public ids and sentences."""
    rows = await fetch(
        "SELECT i.public_id, r.error FROM picture_render r JOIN property_image i ON i.id = r.image"
        " WHERE r.version = {} AND r.error <> '' ORDER BY i.id LIMIT {}",
        version,
        limit,
    )
    return [(row["public_id"], row["error"]) for row in rows]


async def named(public_ids: Sequence[str]) -> frozenset[str]:
    """Those of these public ids that a photo has."""
    if not public_ids:
        return frozenset()
    marks = ", ".join("{}" for _ in public_ids)
    rows = await fetch(
        f"SELECT DISTINCT public_id FROM property_image WHERE public_id IN ({marks})", *public_ids
    )
    return frozenset(row["public_id"] for row in rows)
