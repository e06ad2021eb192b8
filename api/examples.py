"""Examples of operations on a photo that is there: which photo, the URL of an example on it, and whether it can be seen.

Shared by the documentation, the contact sheet and the playground, so that all three show the same thing.  Examples come
from the declarations; nothing about an operation is written here.
"""

import re
from functools import cache
from urllib.parse import quote

from api.pictures import Base, Photo, name_of
from db import queries
from db.rows import ImageRow, ListingFilters
from imgproxy.grammar import parse
from imgproxy.step import Step

_NOT_IN_BROWSERS = {"jxl", "tiff", "heic", "pdf", "jp2"}
_LAYER = re.compile(r"(?<![a-z0-9_])([lu])_sample(?![a-z0-9_])(/?)")
"""Examples lay a small picture of this name; here the photo itself stands in for it, made small."""

_LISTINGS_PER_PAGE = 20


async def photos(most: int) -> tuple[ImageRow, ...]:
    """Photos of the newest listings, each original once; empty where nothing is listed.  Raises DatabaseError."""
    page = await queries.listing_page(ListingFilters(), page_size=_LISTINGS_PER_PAGE)
    found = {photo.public_id: photo for row in page.rows for photo in row.images}
    return tuple(found.values())[:most]


async def demo_photo() -> ImageRow | None:
    """The newest listing's first photo.  Raises DatabaseError."""
    page = await queries.listing_page(ListingFilters(), page_size=1)
    return next((photo for row in page.rows for photo in row.images), None)


def on_photo(component: str, photo: Photo) -> str:
    """The example with the photo in place of the picture that its layer names."""
    name = quote(photo.public_id.replace("/", ":"), safe=":")
    return _LAYER.sub(
        lambda found: f"{found[1]}_{name}" + "/c_limit,w_120/" * bool(found[2]), component
    )


def url(base: Base, photo: Photo, *components: str) -> str:
    """Where the photo is found after these components; empty ones are left out."""
    return base + "/".join(filter(None, (*components, f"{name_of(photo)}.jpg")))


@cache
def is_seen(component: str) -> bool:
    """Whether a browser shows the answer: no JSON, no format that few of them read, nothing from other servers."""
    transformation = parse(component)
    output = transformation.output()
    stored_here = all(source.kind == "upload" for source in transformation.needs())
    return stored_here and not output.getinfo and output.format not in _NOT_IN_BROWSERS


@cache
def is_foreign(component: str) -> bool:
    """Whether it needs a picture from another server."""
    return any(source.kind == "fetch" for source in parse(component).needs())


@cache
def is_of_pages(component: str) -> bool:
    """Whether it needs an original of several pages, which no photo is."""
    return (parse(component).output().page or 1) > 1


def head_of(step: type[Step]) -> str:
    """`e_blur`, `r`: an operation by its first spelling."""
    return f"{step.key}_{step.names[0]}" if step.names else step.key
