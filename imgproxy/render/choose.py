"""Which format answers: pure, and the whole rule is this table.

    asked                              answered
    one format (`f_webp`)              that one; frames but the first, or transparency, are lost where it has none
    several (`f_auto`: what the        the first that can hold the picture: animation where there is one (gif, webp),
      client takes, best first)        else transparency where there is one (all but jpg); when none can, the
                                       extension if it can, else gif for an animation and png for transparency
    none, but an extension             the extension's format, as if it had been asked alone
    neither                            the original's own format

A format that is only ever read (heic, tiff, bmp, ico, pdf, svg) and every unknown extension stand for the nearest
format of the web: jpg, png with transparency.
"""

from imgproxy.render.job import ALPHA_FORMATS, ANIMATED_FORMATS, Header

WRITTEN_FORMATS = ALPHA_FORMATS | {"jpg"}
"""Formats that `encode` writes."""

_SPELLINGS = {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg"}


def choose(
    header: Header,
    formats: tuple[str, ...],
    extension: str | None,
    *,
    animated: bool,
    has_alpha: bool,
) -> str:
    """The format of the answer, one of WRITTEN_FORMATS.

    `formats` and `extension` as in RenderJob; `animated` and `has_alpha` are what the finished frames are, or will be.
    """
    base = _written(extension, has_alpha) if extension else _written(header.format, has_alpha)
    if len(formats) > 1:
        return _negotiated(formats, base, animated=animated, has_alpha=has_alpha)
    return _written(formats[0], has_alpha) if formats else base


def keeps_frames(header: Header, formats: tuple[str, ...], extension: str | None) -> bool:
    """Whether the answer to an original of several frames will show them all, before anything is decoded."""
    if header.pages == 1:
        return False
    chosen = choose(header, formats, extension, animated=True, has_alpha=header.has_alpha)
    return chosen in ANIMATED_FORMATS


def _negotiated(formats: tuple[str, ...], base: str, *, animated: bool, has_alpha: bool) -> str:
    for name in (*formats, base):
        if name in WRITTEN_FORMATS and _holds(name, animated=animated, has_alpha=has_alpha):
            return name
    return "gif" if animated else "png"


def _holds(name: str, *, animated: bool, has_alpha: bool) -> bool:
    if animated:
        return name in ANIMATED_FORMATS
    return name in ALPHA_FORMATS or not has_alpha


def _written(name: str, has_alpha: bool) -> str:
    name = _SPELLINGS.get(name, name)
    if name in WRITTEN_FORMATS:
        return name
    return "png" if has_alpha else "jpg"
