"""The query of the portal page, as people write it: forms send empty fields, links carry tracking parameters, prices have
commas.  What is empty or unknown is left out; what is known and cannot be meant is refused by name.

Pure.  The listing API has its own, stricter reader.
"""

import re
from collections.abc import Iterable
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from litestar.exceptions import ValidationException
from msgspec import Meta

from db.rows import ListingFilters
from db.tables import PropertyType, Status

PAGE_SIZE = 20
_MINOR_UNITS = 100

ORDERINGS = {
    "-created_at": "Newest",
    "price": "Price, low to high",
    "-price": "Price, high to low",
    "-area": "Largest",
    "-bedrooms": "Most bedrooms",
    "-view_count": "Most viewed",
}
"""What visitors may choose, and what it is called; all of them are orderings of `db.queries`."""

_LABELS = {"min_price": "lowest price", "max_price": "highest price", "min_bedrooms": "bedrooms"}
_NOT_DIGITS = re.compile(r"[\s,$]")

Words = Annotated[str, Meta(max_length=200)]
Price = Annotated[int, Meta(ge=0, le=10**13)]


class PortalQuery(msgspec.Struct, frozen=True):
    """What to show; prices in whole units."""

    search: Words = ""
    city: Words = ""
    property_type: PropertyType | None = None
    status: Status | None = None
    min_price: Price | None = None
    max_price: Price | None = None
    min_bedrooms: Annotated[int, Meta(ge=0, le=1000)] | None = None
    ordering: str = "-created_at"
    page: Annotated[int, Meta(ge=1, le=1_000_000)] = 1

    @property
    def filters(self) -> ListingFilters:
        """As the database asks, prices in minor units."""
        return ListingFilters(
            property_type=self.property_type,
            status=self.status,
            city=self.city or None,
            min_price=_minor(self.min_price),
            max_price=_minor(self.max_price),
            min_bedrooms=self.min_bedrooms,
            search=self.search or None,
        )

    @property
    def tuned(self) -> int:
        """How many filters besides the search are set."""
        return len(set(self._set()) - {"search", "ordering", "page"})

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.tuned or self.search)

    def link(self, page: int) -> str:
        """The same listings, another page; only what differs from the defaults is written."""
        parameters = msgspec.structs.replace(self, page=page)._set()
        return f"/?{urlencode(parameters)}" if parameters else "/"

    def _set(self) -> dict[str, str | int]:
        default = msgspec.structs.asdict(PortalQuery())
        given = msgspec.structs.asdict(self)
        return {name: value for name, value in given.items() if value != default[name]}


def read_query(parameters: Iterable[tuple[str, str]]) -> PortalQuery:
    """Raises ValidationException with a sentence that names the parameter."""
    known = PortalQuery.__struct_fields__
    given = {key: text for key, value in parameters if key in known and (text := value.strip())}
    for name in _LABELS.keys() & given.keys():
        given[name] = _NOT_DIGITS.sub("", given[name])
    try:
        query = msgspec.convert(given, PortalQuery, strict=False)
    except msgspec.ValidationError as error:
        raise _refused(error, given) from None
    if query.ordering not in ORDERINGS:
        raise ValidationException(f"There is no ordering {query.ordering!r}.")
    return query


def page_numbers(current: int, last: int) -> list[int | None]:
    """The pages worth a link: both ends and the neighbours; None where some are left out."""
    shown = sorted({1, last, *range(max(1, current - 1), min(last, current + 1) + 1)})
    numbers: list[int | None] = []
    for before, number in zip([0, *shown], shown, strict=False):
        if number - before == 2:
            numbers.append(number - 1)
        elif number - before > 2:
            numbers.append(None)
        numbers.append(number)
    return numbers


def _minor(price: int | None) -> int | None:
    return None if price is None else price * _MINOR_UNITS


def _refused(error: msgspec.ValidationError, given: dict[str, str]) -> ValidationException:
    """From msgspec's words: `Expected …, got … - at `$.name``."""
    what, _, place = str(error).partition(" - at `$.")
    name = place.rstrip("`")
    label = _LABELS.get(name, name.replace("_", " "))
    expected = what.partition(", got")[0].replace("`", "").removeprefix("Expected ")
    if what.startswith("Invalid"):
        expected = "one of those in the form"
    return ValidationException(f"{label}: {given[name]!r} is not valid, expected {expected}.")
