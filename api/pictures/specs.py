"""The pictures of the portal's own pages.  `static/site.css` keeps to the same numbers."""

from typing import Final

from api.pictures.spec import Breakpoint, Height, PictureSpec

CARD: Final = PictureSpec(
    name="card",
    ratios=("4:3",),
    breakpoints=(
        Breakpoint(0),
        Breakpoint(560, columns=2),
        Breakpoint(840, columns=3),
        Breakpoint(1120, columns=4),
    ),
    container=1280,
    gutter=24,
    padding=16,
    fallback=400,
)
"""A photo in the grid of listings; also what the listing API offers for each."""

GALLERY: Final = PictureSpec(
    name="gallery", container=1280, padding=16, height=Height(240, vw=66, vh=70, most=720)
)
"""The large photo of a listing's own page, whole."""

THUMBNAIL: Final = PictureSpec(
    name="thumbnail",
    ratios=("4:3",),
    breakpoints=(Breakpoint(0, width=76), Breakpoint(560, width=112)),
    densities=(1, 1.5, 2),
)
"""A photo in the row below the gallery."""

SPECS: Final = {spec.name: spec for spec in (CARD, GALLERY, THUMBNAIL)}
"""By name."""
