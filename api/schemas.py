"""What the listing API says, and how a row becomes it.

The names of the fields and the envelope `count, next, previous, results` are a contract: add, never rename.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from api.pictures import CARD, Base, img, original_url, thumbnail_url, webp_url
from db.rows import AgentRow, ImageRow, ListingRow, LocationRow

encode = msgspec.json.Encoder().encode
"""JSON of any schema below, as bytes."""


class Office(msgspec.Struct, frozen=True):
    name: str


class Agent(msgspec.Struct, frozen=True):
    id: int
    name: str
    email: str
    phone: str
    office: Office


class Location(msgspec.Struct, frozen=True):
    """Coordinates in degrees (WGS 84), null where unknown."""

    address_line_1: str
    address_line_2: str
    city: str
    state: str
    zip_code: str
    latitude: float | None
    longitude: float | None


class FocalPoint(msgspec.Struct, frozen=True):
    """In shares of the photo's width and height, from the top left corner."""

    x: float
    y: float


class Image(msgspec.Struct, frozen=True):
    """A photo, ready for an `<img>`: `thumbnail_url` as its `src` has `width` by `height` pixels, and every candidate of
    `srcset` the same ratio.  `placeholder` is a data URI, `color` is `#rrggbb`, `thumbhash` is base64; each may be empty.
    `focal_point` is what the crops are made around, null where that is found by looking.
    """

    id: int
    original_url: str
    thumbnail_url: str
    webp_url: str
    display_order: int
    alt_text: str
    width: int
    height: int
    srcset: str
    sizes: str
    placeholder: str
    color: str
    thumbhash: str
    focal_point: FocalPoint | None


class Listing(msgspec.Struct, frozen=True):
    """`price` is a decimal text with two places, `area` is in square feet; images in display order."""

    id: int
    title: str
    description: str
    property_type: str
    price: str
    bedrooms: int
    bathrooms: int
    area: int
    location: Location
    agent: Agent
    status: str
    view_count: int
    created_at: datetime
    images: tuple[Image, ...]


class Images(msgspec.Struct, frozen=True):
    """Photos of one listing, in display order."""

    images: tuple[Image, ...]


class Agents(msgspec.Struct, frozen=True):
    """Everybody a listing may name as its agent."""

    results: tuple[Agent, ...]


class Page(msgspec.Struct, frozen=True):
    """`count` of all that match; `next` and `previous` are whole URLs, null where there is no such page."""

    count: int
    next: str | None
    previous: str | None
    results: tuple[Listing, ...]


def listing(row: ListingRow, image_base: Base) -> Listing:
    """The row as the API says it; `image_base` is where image URLs begin, such as `/demo/image/upload/`."""
    return Listing(
        id=row.id,
        title=row.title,
        description=row.description,
        property_type=row.property_type,
        price=price(row.price),
        bedrooms=row.bedrooms,
        bathrooms=row.bathrooms,
        area=row.area,
        location=_location(row.location),
        agent=_agent(row.agent_id, row.agent),
        status=row.status,
        view_count=row.view_count,
        created_at=row.created_at,
        images=tuple(image(photo, image_base) for photo in row.images),
    )


def image(row: ImageRow, image_base: Base) -> Image:
    """The photo in its card form."""
    picture = img(CARD, image_base, row)
    return Image(
        id=row.id,
        original_url=original_url(image_base, row),
        thumbnail_url=thumbnail_url(image_base, row),
        webp_url=webp_url(image_base, row),
        display_order=row.display_order,
        alt_text=row.alt_text,
        width=400,
        height=300,
        srcset=picture.srcset,
        sizes=picture.sizes,
        placeholder=row.placeholder,
        color=row.color,
        thumbhash=row.thumbhash,
        focal_point=focal_point(row),
    )


def agents(rows: Iterable[tuple[int, AgentRow]]) -> Agents:
    return Agents(tuple(_agent(number, row) for number, row in rows))


def price(minor: int) -> str:
    """45 000 000 cents are `450000.00`."""
    whole, cents = divmod(minor, 100)
    return f"{whole}.{cents:02}"


def focal_point(row: ImageRow) -> FocalPoint | None:
    """The point, where both its numbers are known."""
    if row.focal_x is None or row.focal_y is None:
        return None
    return FocalPoint(row.focal_x, row.focal_y)


def _location(row: LocationRow) -> Location:
    return msgspec.convert(row, Location, from_attributes=True)


def _agent(agent_id: int, row: AgentRow) -> Agent:
    return Agent(agent_id, row.name, row.email, row.phone, Office(row.office_name))
