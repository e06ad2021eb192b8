"""An original that is only encoded again: its own bytes, for when they are the better answer.

What is encoded a second time loses a second time, and often for nothing: a photograph saved at quality 60 is not better
at 90, only larger.  So where a level and not a number decides the quality, and no pixel was changed, the original without
its metadata goes out if it was saved no better than is asked, or if it is no longer than what was encoded.
"""

from pathlib import Path

from msgspec.structs import replace

from imgproxy.operations.fit import Fit
from imgproxy.operations.scale import Scale
from imgproxy.render.job import Encoding, Header, RenderJob
from imgproxy.render.strip import FORMATS, jpeg_quality, stripped
from imgproxy.step import Output
from imgproxy.tree import Component, Transformation
from imgproxy.values import Size

_EVERYONES = frozenset({"jpg", "png"})
_PLAIN = Output()


def own(
    job: RenderJob, transformation: Transformation, header: Header, size: Size, format_: str
) -> bytes | None:
    """The original's bytes without metadata; `None` where they cannot stand for an answer of this size and format."""
    allowed = {
        format_,
        *(job.formats if job.negotiated else ()),
        *(_EVERYONES if job.negotiated else ()),
    }
    if header.format not in FORMATS & allowed or header.size != size:
        return None
    if header.pages > 1 or header.orientation > 1 or not _is_plain(transformation):
        return None
    return stripped(Path(job.path).read_bytes(), header.format)


def is_enough(body: bytes, kind: str, encoding: Encoding) -> bool:
    """Whether a JPEG was saved no better than it would be now."""
    if kind != "jpg" or encoding.format != "jpg" or encoding.quality is None:
        return False
    saved = jpeg_quality(body)
    return saved is not None and saved <= encoding.quality


def _is_plain(transformation: Transformation) -> bool:
    """Whether sizes, a level, a format and how the answer is kept are all that is said."""
    output = transformation.output()
    said = replace(
        output,
        format=None,
        quality_level=_PLAIN.quality_level,
        sensitive=False,
        dpr=1.0,
        any_format=False,
        immutable=False,
        attachment=None,
        default=None,
    )
    return said == _PLAIN and all(
        isinstance(node, Component) and all(isinstance(step, Fit | Scale) for step in node.steps)
        for node in transformation.nodes
    )
