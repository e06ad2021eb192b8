"""Any pixels to the one kind the steps work on: sRGB, 8 bit, three bands, or four with straight alpha.

`thumbnail_image` and `thumbnail_source` of libvips do the same on their way when they are given SRGB as output
profile; a test holds the two ways together.
"""

import pyvips

SRGB = "srgb"
"""libvips' built-in profile."""

_PROFILE = "icc-profile-data"
_KNOWN = frozenset(
    {"srgb", "rgb", "b-w", "rgb16", "grey16", "cmyk", "lab", "labs", "xyz", "scrgb", "hsv"}
)


def to_srgb(image: pyvips.Image) -> pyvips.Image:
    """`image` in sRGB, lazily: through its embedded profile where it has one that fits, else by its kind.

    CMYK without a profile goes through libvips' default CMYK profile.
    """
    converted = _by_profile(image) if image.get_typeof(_PROFILE) else None
    return settled(converted or _by_kind(image))


def settled(image: pyvips.Image) -> pyvips.Image:
    """An image that is sRGB already, with the bands and depth the steps rely on; spare bands are dropped."""
    if image.interpretation != SRGB or image.bands < 3:
        image = _by_kind(image)
    if image.bands > 4:
        image = image.extract_band(0, n=4)
    return image if image.format == "uchar" else image.cast("uchar")


def is_plain(image: pyvips.Image) -> bool:
    """Whether the pixels are grey or sRGB of 8 bit already, with no profile that says otherwise."""
    return (
        image.interpretation in {SRGB, "b-w"}
        and image.format == "uchar"
        and not image.get_typeof(_PROFILE)
    )


def with_profile(image: pyvips.Image, profile: bytes | None) -> pyvips.Image:
    """A copy that carries the ICC profile, when there is one."""
    image = image.copy()
    if profile:
        image.set_type(pyvips.GValue.blob_type, _PROFILE, profile)
    return image


def _by_profile(image: pyvips.Image) -> pyvips.Image | None:
    try:
        return image.icc_transform(SRGB, embedded=True, intent="relative")
    except pyvips.Error:
        # a profile for other kinds of pixels, or a broken one: browsers ignore it as well
        return None


def _by_kind(image: pyvips.Image) -> pyvips.Image:
    if image.interpretation not in _KNOWN:
        image = image.copy(interpretation="b-w" if image.bands < 3 else SRGB)
    return image.colourspace(SRGB)
