"""A photo -> the URLs and numbers that a page needs to show it sharp, light and without a jump.

A `PictureSpec` says how one kind of picture is shown; `manifest` makes of it and a photo the sources, sizes and placeholders,
and `urls` every derivative there may be.  Pure: URLs are written, never asked for, and no pixel is touched.

    spec      the declaration, its text and digest          layout    how wide it stands in a page
    ladder    which widths are offered                      urls      how they are asked for
    manifest  all of it for one photo                       specs     those of the portal's own pages
"""

from api.pictures.manifest import (
    Img,
    Pictured,
    PictureManifest,
    Preload,
    Source,
    img,
    link_header,
    manifest,
    urls,
)
from api.pictures.spec import (
    ORIGINAL,
    BadSpec,
    Breakpoint,
    Height,
    PictureSpec,
    digest,
    read,
    written,
)
from api.pictures.specs import CARD, GALLERY, SPECS, THUMBNAIL
from api.pictures.urls import (
    Base,
    FocusedPhoto,
    Photo,
    Signed,
    name_of,
    original_url,
    start_of,
    thumbnail_url,
    webp_url,
)

__all__ = [
    "CARD",
    "GALLERY",
    "ORIGINAL",
    "SPECS",
    "THUMBNAIL",
    "BadSpec",
    "Base",
    "Breakpoint",
    "FocusedPhoto",
    "Height",
    "Img",
    "Photo",
    "PictureManifest",
    "PictureSpec",
    "Pictured",
    "Preload",
    "Signed",
    "Source",
    "digest",
    "img",
    "link_header",
    "manifest",
    "name_of",
    "original_url",
    "read",
    "start_of",
    "thumbnail_url",
    "urls",
    "webp_url",
    "written",
]
