"""Score and bytes by quality: each sample through each encoder at a few qualities, as the render process writes it.

Lines of JSON are appended as they are found, and what is there is not measured again.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from time import perf_counter

import msgspec
import pyvips
from msgspec import Struct

from benchmarks.aim.metric import Reference
from benchmarks.aim.samples import Sample, enter, listed
from imgproxy.render.encode import encode
from imgproxy.render.job import Encoding

QUALITIES = {
    "jpg": (12, 25, 45, 65, 80, 89, 92, 97),
    "webp": (4, 15, 42, 65, 82, 94, 99),
    "avif": (20, 36, 44, 52, 68, 84, 97),
    "jxl": (12, 30, 52, 70, 84, 93, 98),
}
"""What is tried of each format: from well below the lowest level to well above the best."""


class Point(Struct, frozen=True):
    sample: str
    format: str
    quality: int
    bytes: int
    score: float
    encode_ms: float


def read(path: Path) -> list[Point]:
    lines = path.read_bytes().splitlines() if path.exists() else []
    return [msgspec.json.decode(line, type=Point) for line in lines]


def measure(samples: Iterable[Sample], path: Path, deadline_s: float) -> Iterator[Point]:
    """Yields, and keeps in the file, what is not there yet, until `perf_counter` passes the deadline."""
    entered = {sample.name for sample in listed(path.parent)}
    known = {(p.sample, p.format, p.quality) for p in read(path)}
    with path.open("ab") as file:
        for sample in samples:
            if sample.name not in entered:
                enter(path.parent, sample)
            missing = [
                (name, quality)
                for name, qualities in QUALITIES.items()
                for quality in qualities
                if (sample.name, name, quality) not in known
            ]
            if not missing:
                continue
            image = sample.open()
            reference = Reference(image)
            for name, quality in missing:
                point = shot(sample.name, image, reference, Encoding(name, quality))
                file.write(msgspec.json.encode(point) + b"\n")
                yield point
            file.flush()
            if perf_counter() > deadline_s:
                return


def shot(name: str, image: pyvips.Image, reference: Reference, encoding: Encoding) -> Point:
    """One encode, decoded and scored."""
    started = perf_counter()
    body = encode([image], encoding)
    took_ms = (perf_counter() - started) * 1000
    score = reference.score(decoded(body, encoding.format))
    assert encoding.quality is not None
    return Point(name, encoding.format, encoding.quality, len(body), round(score, 3), took_ms)


def decoded(body: bytes, format_: str) -> pyvips.Image:
    """The pixels as a browser shows them."""
    if format_ == "jxl":
        return _decoded_jxl(body)
    return pyvips.Image.new_from_buffer(body, "").colourspace("srgb").copy_memory()


def _decoded_jxl(body: bytes) -> pyvips.Image:
    import io

    import PIL.Image
    import pillow_jxl  # noqa: F401 - registers the format

    image = pyvips.Image.new_from_array(PIL.Image.open(io.BytesIO(body)))
    return image.copy(interpretation="srgb")
