"""The tables of the listings.  Shapes only: no query lives here.

Money is kept in minor units (cents), because SQLite has no exact decimals.  Choices are enums for readers and
for the edge that validates; neither Piccolo nor the database checks them on insert.  Names stay lower-case and
plain: Piccolo leaves part of its join aliases unquoted.
"""

from datetime import UTC, datetime
from enum import StrEnum

from piccolo.columns import (
    BigInt,
    Boolean,
    DoublePrecision,
    ForeignKey,
    Integer,
    Serial,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class PropertyType(StrEnum):
    """What kind of home is listed."""

    HOUSE = "house"
    TOWNHOUSE = "townhouse"
    APARTMENT = "apartment"
    CONDO = "condo"
    VILLA = "villa"
    COTTAGE = "cottage"


class Status(StrEnum):
    """Where a listing stands."""

    AVAILABLE = "available"
    PENDING = "pending"
    SOLD = "sold"


def _now() -> datetime:
    return datetime.now(UTC)


class Office(Table):
    """A branch that agents work for."""

    id: Serial
    name = Varchar(length=120)
    phone = Varchar(length=40)


class Agent(Table):
    """Who answers the phone for a listing."""

    id: Serial
    office = ForeignKey(Office, on_delete=OnDelete.restrict, null=False, index=True)
    name = Varchar(length=120)
    email = Varchar(length=254)
    phone = Varchar(length=40)


class Location(Table):
    """A postal address, with coordinates in degrees (WGS 84) where they are known."""

    id: Serial
    address_line_1 = Varchar(length=160)
    address_line_2 = Varchar(length=160)
    city = Varchar(length=120, index=True)
    state = Varchar(length=60)
    zip_code = Varchar(length=20)
    latitude = DoublePrecision(null=True, default=None)
    longitude = DoublePrecision(null=True, default=None)


class Property(Table):
    """A listing.  `price` in minor units, `area` in whole square feet; hidden until `published`."""

    id: Serial
    location = ForeignKey(Location, on_delete=OnDelete.restrict, null=False, index=True)
    agent = ForeignKey(Agent, on_delete=OnDelete.restrict, null=False, index=True)
    title = Varchar(length=200)
    description = Text()
    property_type = Varchar(length=20, default=PropertyType.HOUSE, choices=PropertyType, index=True)
    price = BigInt(index=True)
    bedrooms = SmallInt(index=True)
    bathrooms = SmallInt(index=True)
    area = Integer(index=True)
    status = Varchar(length=20, default=Status.AVAILABLE, choices=Status, index=True)
    published = Boolean(default=True)
    view_count = Integer(default=0, index=True)
    created_at = Timestamptz(default=TimestamptzNow(), index=True)
    updated_at = Timestamptz(default=TimestamptzNow(), auto_update=_now)


class Pictured:
    """Columns of any table whose rows are photos: what the picture layer must know of an original.

    `public_id` names the original in the image service, without an extension; `version` is that original's true
    version where it is known.  `width` and `height` are the original's pixels, `placeholder` a data URI,
    `color` is `#rrggbb`, `thumbhash` is base64.  `focal_x` and `focal_y`, both or none, are the point that
    matters in shares of width and height.
    """

    public_id = Varchar(length=255)
    version = BigInt(null=True, default=None)
    width = Integer()
    height = Integer()
    alt_text = Varchar(length=300)
    placeholder = Text()
    color = Varchar(length=7)
    thumbhash = Varchar(length=40)
    focal_x = DoublePrecision(null=True, default=None)
    focal_y = DoublePrecision(null=True, default=None)


class PropertyImage(Pictured, Table):
    """A photo of a listing; `(property, display_order)` is unique by an index made in a migration."""

    id: Serial
    property = ForeignKey(Property, on_delete=OnDelete.cascade, null=False)
    display_order = SmallInt()


TABLES: tuple[type[Table], ...] = (Office, Agent, Location, Property, PropertyImage)
