"""Which format answers: pure, and the whole rule is this table.

    asked                               answered
    a format (`f_webp`)                 that one; frames but the first, or transparency, are lost where it has none
    negotiated (`f_auto`: what this     the first that can hold the picture: animation where there is one (gif, webp),
      client takes, best first)         else transparency where there is one (all but jpg);
                                        when none can, the base: the extension or the original's format if every
                                        client shows that and it can hold the picture, else gif for an animation,
                                        png for transparency, jpg for the rest
    no format, but an extension         the extension's format, as if it had been asked
    neither                             the original's own format

TIFF, BMP and ICO are written when they are asked for.  As an original's own format they stand, like those that are
only ever read (heic, pdf, svg) and every unknown extension, for the nearest format of the web: jpg, png with
transparency.  `keep_alpha` makes png of a format without transparency where there is some.
"""

from imgproxy.render.job import ALPHA_FORMATS, ANIMATED_FORMATS, Header

WRITTEN_FORMATS = ALPHA_FORMATS | {"jpg", "bmp"}
"""Formats that `encode` writes."""

_PROGRAMS_FORMATS = frozenset({"tiff", "bmp", "ico"})
"""Written when asked for by name, since browsers do not show them."""

_UNIVERSAL_FORMATS = frozenset({"jpg", "png", "gif"})
_SPELLINGS = {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg", "tif": "tiff"}


def choose(
    header: Header,
    formats: tuple[str, ...],
    extension: str | None,
    *,
    animated: bool,
    has_alpha: bool,
    negotiated: bool = False,
    keep_alpha: bool = False,
) -> str:
    """The format of the answer, one of WRITTEN_FORMATS.

    `formats`, `extension` and `negotiated` as in RenderJob; `animated` and `has_alpha` are what the finished frames
    are, or will be.
    """
    own = "" if header.format in _PROGRAMS_FORMATS else header.format
    base = _written(extension or own, has_alpha)
    if negotiated:
        return _negotiated(formats, base, animated=animated, has_alpha=has_alpha)
    asked = _written(formats[0], has_alpha) if formats else base
    if keep_alpha and has_alpha and asked not in ALPHA_FORMATS:
        asked = "png"
    return asked


def _negotiated(formats: tuple[str, ...], base: str, *, animated: bool, has_alpha: bool) -> str:
    candidates = [*formats, base] if base in _UNIVERSAL_FORMATS else [*formats]
    for name in candidates:
        if _holds(name, animated=animated, has_alpha=has_alpha):
            return name
    if animated:
        return "gif"
    return "png" if has_alpha else "jpg"


def _holds(name: str, *, animated: bool, has_alpha: bool) -> bool:
    if animated:
        return name in ANIMATED_FORMATS
    return name in (ALPHA_FORMATS if has_alpha else WRITTEN_FORMATS)


def _written(name: str, has_alpha: bool) -> str:
    name = _SPELLINGS.get(name, name)
    if name in WRITTEN_FORMATS:
        return name
    return "png" if has_alpha else "jpg"
