"""What the queries give back: plain frozen values, in the words of the tables."""

from datetime import datetime

import msgspec


class ImageRow(msgspec.Struct, frozen=True, array_like=True):
    """One photo.  The order of the fields is the order in which the SQL writes them: a JSON array per photo."""

    id: int
    public_id: str
    version: int | None
    width: int
    height: int
    display_order: int
    alt_text: str
    placeholder: str
    color: str
    thumbhash: str = ""
    focal_x: float | None = None
    focal_y: float | None = None


class LocationRow(msgspec.Struct, frozen=True):
    address_line_1: str
    address_line_2: str
    city: str
    state: str
    zip_code: str
    latitude: float | None
    longitude: float | None


class AgentRow(msgspec.Struct, frozen=True):
    name: str
    email: str
    phone: str
    office_name: str


class ListingRow(msgspec.Struct, frozen=True):
    """A listing with everything that is shown with it.  `price` in minor units, images in display order."""

    id: int
    title: str
    description: str
    property_type: str
    price: int
    bedrooms: int
    bathrooms: int
    area: int
    status: str
    view_count: int
    created_at: datetime
    location_id: int
    agent_id: int
    office_id: int
    location: LocationRow
    agent: AgentRow
    images: tuple[ImageRow, ...]
    published: bool = True


class ListingPage(msgspec.Struct, frozen=True):
    """`count` is how many listings match in all, whatever the page; `rows` is empty past the last page."""

    count: int
    rows: tuple[ListingRow, ...]


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """A place in an ordering: at the listing `id`, whose ordered column is `value`; `back`: what comes before it is asked."""

    ordering: str
    value: int | datetime
    id: int
    back: bool = False


class ListingSlice(msgspec.Struct, frozen=True):
    """`count` as in a page; `before` and `behind` say whether there may be more on either side."""

    count: int
    rows: tuple[ListingRow, ...]
    before: bool
    behind: bool


class ListingFilters(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a listing must be like; None asks nothing.  Prices in minor units, both ends included.

    `city` is compared whole, without regard to case.  Each word of `search`, a run of letters and digits, must begin
    some word of title, description or city, without regard to case; a search without any word finds nothing.
    """

    property_type: str | None = None
    status: str | None = None
    city: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    min_bedrooms: int | None = None
    max_bedrooms: int | None = None
    search: str | None = None
