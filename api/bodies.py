"""What clients may send as JSON: exact types, bounds and no unknown field, so that a misspelt one is never ignored.

The same declarations make the OpenAPI document.  Texts may not hold NUL, which PostgreSQL cannot keep.
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from db.tables import PropertyType, Status

NO_NUL = "^[^\\x00]*$"
_MAX_ID = 2**31 - 1

Title = Annotated[str, Meta(min_length=1, max_length=200, pattern=NO_NUL)]
Description = Annotated[str, Meta(max_length=20_000, pattern=NO_NUL)]
Price = Annotated[
    str,
    Meta(
        pattern="^[0-9]{1,13}(\\.[0-9]{1,2})?$",
        description="decimal text in whole units, at most two places",
        examples=["450000.00"],
    ),
]
Rooms = Annotated[int, Meta(ge=0, le=1000)]
Area = Annotated[int, Meta(ge=0, le=10_000_000, description="square feet")]
AgentId = Annotated[int, Meta(ge=1, le=_MAX_ID)]
AltText = Annotated[str, Meta(max_length=300, pattern=NO_NUL)]
City = Annotated[str, Meta(min_length=1, max_length=120, pattern=NO_NUL)]
Line = Annotated[str, Meta(max_length=160, pattern=NO_NUL)]
State = Annotated[str, Meta(max_length=60, pattern=NO_NUL)]
ZipCode = Annotated[str, Meta(max_length=20, pattern=NO_NUL)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Share = Annotated[float, Meta(ge=0, le=1)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]


class LocationBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole address; what is left out is empty.  Degrees are WGS 84."""

    city: City
    address_line_1: Line = ""
    address_line_2: Line = ""
    state: State = ""
    zip_code: ZipCode = ""
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class NewListing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A listing as it is made; photos come afterwards."""

    title: Title
    price: Price
    agent_id: AgentId
    location: LocationBody
    description: Description = ""
    property_type: PropertyType = PropertyType.HOUSE
    bedrooms: Rooms = 0
    bathrooms: Rooms = 0
    area: Area = 0
    status: Status = Status.AVAILABLE
    published: bool = True


class ListingChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What shall be different; a field that is left out stays as it is.  A location is replaced whole."""

    title: Title | UnsetType = UNSET
    price: Price | UnsetType = UNSET
    agent_id: AgentId | UnsetType = UNSET
    location: LocationBody | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    property_type: PropertyType | UnsetType = UNSET
    bedrooms: Rooms | UnsetType = UNSET
    bathrooms: Rooms | UnsetType = UNSET
    area: Area | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    published: bool | UnsetType = UNSET


class ImageOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The ids of all photos of a listing, each once, first photo first."""

    order: Annotated[tuple[Annotated[int, Meta(ge=1, le=_MAX_ID)], ...], Meta(max_length=1000)]


class FocalPointBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A point of a photo, in shares of its width and height from the top left corner."""

    x: Share
    y: Share


class ImageChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What shall be different about a photo; a field that is left out stays as it is.

    `focal_point` is what crops are made around; null leaves that to be found by looking.
    """

    alt_text: AltText | UnsetType = UNSET
    focal_point: FocalPointBody | UnsetType | None = UNSET


def columns(body: NewListing | ListingChanges) -> dict[str, Any]:
    """The given fields in the words of the table, the location apart: `price` in minor units, `agent` an id."""
    fields = msgspec.structs.asdict(body)
    fields.pop("location")
    fields = {name: value for name, value in fields.items() if value is not UNSET}
    if "price" in fields:
        fields["price"] = minor(fields["price"])
    if "agent_id" in fields:
        fields["agent"] = fields.pop("agent_id")
    return fields


def photo_columns(body: ImageChanges) -> dict[str, Any]:
    """The given fields in the words of the table."""
    fields: dict[str, Any] = {}
    if body.alt_text is not UNSET:
        fields["alt_text"] = body.alt_text
    if body.focal_point is not UNSET:
        point = body.focal_point
        fields["focal_x"], fields["focal_y"] = (point.x, point.y) if point else (None, None)
    return fields


def minor(price: str) -> int:
    """`450000.5` is 45 000 050 cents; exact, because no float is involved."""
    whole, _, cents = price.strip().partition(".")
    return int(whole) * 100 + int(cents.ljust(2, "0"))
