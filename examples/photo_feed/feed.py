"""What is asked of the database: a page is one statement; photos come as the rows that listings use."""

import re
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from db.engine import current, fetch
from db.rows import ImageRow

PAGE_SIZE: Final = 8
_SQL: Final = Path(__file__).parent / "sql"
_AS_JSON: Final = frozenset({"photo", "portrait", "comments", "photos"})
# What the files call making JSON; SQLite must be told that the text of an inner select is JSON already.
_WORDS: Final = {
    "postgres": {"ARRAY": "json_build_array", "GROUP": "json_agg", "JSON": ""},
    "sqlite": {"ARRAY": "json_array", "GROUP": "json_group_array", "JSON": "json"},
}
# In the order of ImageRow's fields.
_PHOTO: Final = (
    r"ARRAY(\1.id, \1.public_id, \1.version, \1.width, \1.height, 0, \1.alt_text, "
    r"\1.placeholder, \1.color, \1.thumbhash, \1.focal_x, \1.focal_y)"
)
_T = TypeVar("_T")


class Post(msgspec.Struct, frozen=True):
    """As one viewer sees it; `comments` (handle, text) are the latest of `comment_count`, newest first."""

    id: int
    handle: str
    name: str
    ratio: str
    text: str
    photo: ImageRow
    portrait: ImageRow
    like_count: int
    liked: bool
    comment_count: int
    comments: tuple[tuple[str, str], ...]


class Person(msgspec.Struct, frozen=True):
    """A profile with its photos, newest first, at most sixty."""

    handle: str
    name: str
    about: str
    portrait: ImageRow
    followers: int
    following: int
    followed: bool
    photos: tuple[ImageRow, ...]


async def feed(viewer: str, before: int | None = None) -> list[Post]:
    """What those whom `viewer` follows posted, and their own posts; older than `before`.  One statement."""
    return await _ask(Post, "feed", viewer, before or 2**31 - 1, PAGE_SIZE)


async def person(handle: str, viewer: str) -> Person | None:
    """Somebody's page as `viewer` sees it, or None.  One statement."""
    return next(iter(await _ask(Person, "person", viewer, handle)), None)


async def turn_like(viewer: str, post: int) -> None:
    """Liked becomes not liked, and the other way round; no-op for a post that is not there."""
    pair = "SELECT a.id, b.id FROM profile a, post b WHERE a.handle = {} AND b.id = {}"
    await _turn("post_like (profile, post)", pair, viewer, post)


async def turn_follow(viewer: str, handle: str) -> None:
    """Followed becomes not followed, and the other way round; nobody follows themselves."""
    both = "a.handle = {} AND b.handle = {} AND a.id <> b.id"
    pair = f"SELECT a.id, b.id FROM profile a, profile b WHERE {both}"  # noqa: S608
    await _turn("follow (follower, followed)", pair, viewer, handle)


async def comment(viewer: str, post: int, text: str) -> None:
    """Said below the post; no-op where that is not there."""
    asked = "SELECT {}, a.id, b.id FROM profile a, post b WHERE a.handle = {} AND b.id = {}"
    await fetch(f"INSERT INTO post_comment (text, profile, post) {asked}", text, viewer, post)


async def _turn(pairs: str, pair: str, *who: object) -> None:
    table, _, columns = pairs.partition(" ")
    gone = await fetch(f"DELETE FROM {table} WHERE {columns} IN ({pair}) RETURNING 1", *who)  # noqa: S608
    if not gone:
        await fetch(f"INSERT INTO {pairs} {pair}", *who)


async def _ask(kind: type[_T], name: str, *args: object) -> list[_T]:
    rows = await fetch(_statement(name, current().engine_type), *args)
    for row in rows:
        row |= {name: msgspec.json.decode(row[name]) for name in _AS_JSON & row.keys()}
    return [msgspec.convert(row, kind, strict=False) for row in rows]


@cache
def _statement(name: str, engine: str) -> str:
    """The file's text in the engine's words."""
    sql = re.sub(r"PHOTO\((\w+)\)", _PHOTO, (_SQL / f"{name}.sql").read_text())
    words = _WORDS[engine]
    return re.sub(r"\b(ARRAY|GROUP|JSON)\(", lambda found: f"{words[found[1]]}(", sql)
