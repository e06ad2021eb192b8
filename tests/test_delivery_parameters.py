"""Parameters that say how the answer is written: each is rendered, and the bytes are looked at."""

import io
from pathlib import Path

import PIL.Image
import pytest
import pyvips

from imgproxy.render.encode import QUALITIES, quality_for
from imgproxy.render.job import RenderJob, RenderReport
from imgproxy.render.pipeline import render
from tests.originals import scene


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "photo.png"
    scene(120, 90).pngsave(str(path))
    return str(path)


def answer(path: str, transformation: str = "", **job) -> RenderReport:
    """What the render process gives back for a transformation."""
    return render(RenderJob(path, transformation, **job))


def pillow(report: RenderReport) -> PIL.Image.Image:
    return PIL.Image.open(io.BytesIO(report.body))


def vips(report: RenderReport) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(report.body, "")


# --- quality ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", ["jpg", "avif"])
@pytest.mark.parametrize(
    ("quality", "halved"),
    [("q_95:420", True), ("q_40:444", False), ("q_auto:420", True), ("q_auto:low:444", False)],
)
def test_chroma_is_halved_or_whole_as_asked(photo, format_, quality, halved):
    report = answer(photo, quality, formats=(format_,))
    if format_ == "jpg":
        assert vips(report).get("jpeg-chroma-subsample") == ("4:2:0" if halved else "4:4:4")
    else:
        av1c = report.body[report.body.index(b"av1C") + 4 :]
        assert bool(av1c[2] & 0b1100) == halved


@pytest.mark.parametrize("format_", sorted(QUALITIES))
def test_sensitive_lies_between_its_level_and_the_next_better(format_):
    row = [quality_for(format_, level) for level in ("best", "good", "eco", "low")]
    raised = [
        quality_for(format_, level, sensitive=True) for level in ("best", "good", "eco", "low")
    ]
    assert all(low < up for low, up in zip(row, raised, strict=True))
    assert all(up < high for up, high in zip(raised[1:], row, strict=False))
