"""Named transformations that are kept in the database: a name, and the text it stands for.  Plain values in and out."""

from db.engine import fetch

MAX_NAME = 100


async def all_named() -> dict[str, str]:
    """Every name with its text.  Raises DatabaseUnavailable."""
    rows = await fetch("SELECT name, text FROM named_transformation ORDER BY name")
    return {row["name"]: row["text"] for row in rows}


async def put(name: str, text: str) -> None:
    """The name stands for the text from now on.  Raises DatabaseUnavailable."""
    await fetch(
        "INSERT INTO named_transformation (name, text) VALUES ({}, {})"
        " ON CONFLICT (name) DO UPDATE SET text = excluded.text",
        name,
        text,
    )


async def remove(name: str) -> bool:
    """Whether there was such a name; there is none afterwards.  Raises DatabaseUnavailable."""
    gone = await fetch("DELETE FROM named_transformation WHERE name = {} RETURNING name", name)
    return bool(gone)
