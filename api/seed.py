"""Invented listings for the demo portal: the same ones for the same number and photos, on every machine.

Writes rows only; the photos exist already and are described by whoever drew them.  Never runs twice on a database
that holds listings, so it is safe to call at every start and from two processes at once.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Literal, NamedTuple, TypeAlias

import msgspec
from piccolo.table import Table

from api.seed_words import (
    AGENT_NAMES,
    CITIES,
    CLOSINGS,
    FEATURES,
    KITCHENS,
    NUMBERS,
    OFFICES,
    OPENINGS,
    STREETS,
    SUITS,
    SURROUNDINGS,
    TYPES,
    City,
)
from db.engine import current, exclusively
from db.tables import Agent, Location, Office, Property, PropertyImage, PropertyType, Status

_ROWS_PER_INSERT = 500  # 14 columns each: far below the 32 766 arguments that both engines allow
_SHARED = (PropertyType.APARTMENT, PropertyType.CONDO)  # several homes at one address
_NEWEST = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


Kind: TypeAlias = Literal["exterior", "interior", "detail"]


class DemoPhoto(msgspec.Struct, frozen=True):
    """One of the drawn originals.  `color` is `#rrggbb`, `placeholder` a data URI of a few dozen bytes, `thumbhash` base64."""

    public_id: str
    width: int
    height: int
    alt_text: str
    kind: Kind
    color: str
    placeholder: str
    thumbhash: str = ""


class _Draft(NamedTuple):
    location: Location
    facts: dict[str, Any]
    photos: list[DemoPhoto]


async def seed(count: int, photos: Sequence[DemoPhoto]) -> int:
    """How many listings were made: `count`, or 0 when the database already has any.

    Each has three to six of the `photos` (as far as there are so many), an exterior first.
    Raises DatabaseUnavailable.
    """
    async with exclusively(current()):
        if await Property.exists():
            return 0
        agents = await _staff()
        drafts = [_draft(number, agents, photos) for number in range(count)]
        places = await _insert([draft.location for draft in drafts])
        listings = await _insert(
            [
                Property(location=place, **draft.facts)
                for draft, place in zip(drafts, places, strict=True)
            ]
        )
        await _insert(list(_images(drafts, listings)))
    return count


async def _staff() -> list[int]:
    """The ids of the agents, each in an office."""
    offices = await _insert([Office(name=name, phone=_phone(i)) for i, name in enumerate(OFFICES)])
    return await _insert(
        [
            Agent(
                office=offices[i % len(offices)],
                name=name,
                email=f"{name.lower().replace(' ', '.')}@example.com",
                phone=_phone(40 + i),
            )
            for i, name in enumerate(AGENT_NAMES)
        ]
    )


async def _insert(rows: Sequence[Table]) -> list[int]:
    """The ids of the new rows, in their order."""
    ids: list[int] = []
    for start in range(0, len(rows), _ROWS_PER_INSERT):
        chunk = rows[start : start + _ROWS_PER_INSERT]
        table = type(chunk[0])
        made = await table.insert(*chunk).returning(table._meta.primary_key)  # noqa: SLF001
        ids += [row["id"] for row in made]
    return ids


def _draft(number: int, agents: Sequence[int], photos: Sequence[DemoPhoto]) -> _Draft:
    # a generator per listing: the n-th listing stays the same when more are asked for
    random = Random(f"listing {number}")  # noqa: S311  nothing here is a secret
    city = random.choice(CITIES)
    facts = {"agent": agents[number % len(agents)], **_facts(random, city, number)}
    location = _location(random, city, shared=facts["property_type"] in _SHARED)
    return _Draft(location, facts, _pick(random, photos, _exterior(number, facts, photos)))


def _facts(random: Random, city: City, number: int) -> dict[str, Any]:
    kind = random.choice(TYPES)
    bedrooms = random.randint(*kind.bedrooms)
    area = bedrooms * random.randint(300, 420) + random.randint(280, 700)
    feature = random.choice(FEATURES)
    dollars = round(area * city.dollars_per_square_foot * random.uniform(0.85, 1.3), -3)
    created = _NEWEST - timedelta(hours=5 * number, minutes=random.randrange(240))
    return {
        "title": f"{random.choice(OPENINGS)} {NUMBERS[bedrooms]}-bedroom {kind.value} {feature}",
        "description": _description(random, city),
        "property_type": kind.value.value,
        "price": int(dollars) * 100,
        "bedrooms": bedrooms,
        "bathrooms": max(1, bedrooms - random.randint(0, 2)),
        "area": area,
        "status": random.choices(list(Status), weights=(78, 14, 8))[0],
        "view_count": int(random.paretovariate(1.2) * 15) % 5000,
        "created_at": created,
        "updated_at": created,
    }


def _description(random: Random, city: City) -> str:
    sentences = (random.choice(part) for part in (KITCHENS, SURROUNDINGS, CLOSINGS))
    return " ".join(sentences).replace("CITY", city.name)


def _location(random: Random, city: City, shared: bool) -> Location:
    unit = f"Unit {random.randint(1, 48)}"
    return Location(
        address_line_1=f"{random.randint(3, 980)} {random.choice(STREETS)}",
        address_line_2=unit if shared else "",
        city=city.name,
        state=city.state,
        zip_code=f"{city.zip_prefix}{random.randint(1, 39):02}",
        latitude=round(city.latitude + random.uniform(-0.06, 0.06), 5),
        longitude=round(city.longitude + random.uniform(-0.06, 0.06), 5),
    )


def _exterior(number: int, facts: dict[str, Any], photos: Sequence[DemoPhoto]) -> DemoPhoto | None:
    """One that fits the type; consecutive listings of a type take turns, so that neighbours differ."""
    exteriors = [photo for photo in photos if photo.kind == "exterior"]
    endings = SUITS[PropertyType(facts["property_type"])]
    fitting = [photo for photo in exteriors if photo.public_id.endswith(endings)] or exteriors
    return fitting[number % len(fitting)] if fitting else None


def _pick(
    random: Random, photos: Sequence[DemoPhoto], exterior: DemoPhoto | None
) -> list[DemoPhoto]:
    """Three to six different photos: the exterior, then mostly rooms, with a detail towards the end."""
    by_kind = {
        kind: random.sample(found, len(found))
        for kind in ("interior", "detail", "exterior")
        if (found := [photo for photo in photos if photo.kind == kind])
    }
    order = [
        *([exterior] if exterior else []),
        *by_kind.get("interior", [])[:3],
        *by_kind.get("detail", [])[:1],
    ]
    rest = [photo for group in by_kind.values() for photo in group if photo not in order]
    return (order + rest)[: random.randint(3, 6)]


def _images(drafts: Sequence[_Draft], listings: Sequence[int]) -> Iterator[PropertyImage]:
    for draft, listing in zip(drafts, listings, strict=True):
        for place, photo in enumerate(draft.photos):
            yield PropertyImage(
                property=listing,
                public_id=photo.public_id,
                width=photo.width,
                height=photo.height,
                display_order=place,
                alt_text=photo.alt_text,
                placeholder=photo.placeholder,
                color=photo.color,
                thumbhash=photo.thumbhash,
            )


def _phone(number: int) -> str:
    """From the block of numbers that is reserved for fiction."""
    return f"(555) 555-01{number:02}"
