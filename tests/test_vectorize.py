"""Outlines around pixels, and the drawings made of them."""

import re

import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st

from imgproxy.grammar import parse
from imgproxy.operations import _trace
from imgproxy.operations.vectorize import Drawing, Vectorize
from imgproxy.render.job import RenderJob
from imgproxy.render.pipeline import render
from tests import goldens
from tests.goldens import draw, framed, plain


def rows_of(picture: str) -> list[int]:
    """`#` is set; one line is one row."""
    return [int(line.replace("#", "1").replace(".", "0"), 2) for line in picture.split()]


@pytest.mark.parametrize(
    ("picture", "outlines"),
    [
        ("... ... ...", []),
        ("... .#. ...", [{(1, 1), (2, 1), (2, 2), (1, 2)}]),
        ("### ### ###", [{(0, 0), (3, 0), (3, 3), (0, 3)}]),
        ("##. #.. ...", [{(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)}]),
        ("#.. .#. ...", [{(0, 0), (1, 0), (1, 1), (0, 1)}, {(1, 1), (2, 1), (2, 2), (1, 2)}]),
        ("### #.# ###", [{(0, 0), (3, 0), (3, 3), (0, 3)}, {(1, 1), (1, 2), (2, 2), (2, 1)}]),
    ],
)
def test_outlines_run_along_the_pixels(picture, outlines):
    found = [set(loop) for loop in _trace.loops(rows_of(picture), 3)]
    assert sorted(map(sorted, found)) == sorted(map(sorted, outlines))


@given(st.lists(st.integers(0, 2**12 - 1), min_size=1, max_size=12))
def test_outlines_hold_exactly_what_is_set(rows):
    """Signed areas of all loops, holes counting against, add up to the number of pixels."""
    total = sum(_signed(loop) for loop in _trace.loops(rows, 12))
    assert total == sum(row.bit_count() for row in rows)


def _signed(loop):
    pairs = zip(loop, loop[1:] + loop[:1], strict=True)
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs) / 2


def test_thinning_stays_within_its_tolerance():
    stairs = [point for step in range(20) for point in ((step, step), (step + 1, step))] + [(0, 20)]
    thin = _trace.thinned(stairs, 0.75)
    assert len(thin) == 3
    assert _trace.thinned(stairs, 0.1) == stairs


@pytest.mark.parametrize("count", [2, 5, 30])
def test_a_drawing_has_as_many_colours_as_asked(count):
    svg = Vectorize(drawing=Drawing(colors=count)).svg(goldens.photo())
    fills = re.findall(r'fill="(#[0-9a-f]{6})"', svg)
    assert len(fills) == len(set(fills)) <= count
    assert len(fills) >= min(count, 5)


def test_a_drawing_of_flat_areas_keeps_them():
    image = framed(plain(40, 40, 200, 40, 40), 20, 240, 240, 240)
    result = draw(image, parse("e_vectorize:2:detail:1000"))
    assert (result - image).abs().avg() < 2
    assert result(40, 40) == pytest.approx([200, 40, 40], abs=8)


def test_what_is_transparent_stays_so_in_a_drawing():
    image = framed(plain(40, 40, 200, 40, 40, 255), 20, 0, 0, 0, 0)
    result = draw(image, parse("e_vectorize"))
    assert (result(5, 5)[3], result(40, 40)[3]) == (0, 255)


@pytest.mark.parametrize(
    ("text", "formats", "extension", "media_type"),
    [
        ("e_vectorize", ("svg",), None, "image/svg+xml"),
        ("c_scale,w_48/e_vectorize:4", (), "svg", "image/svg+xml"),
        ("e_vectorize", (), "png", "image/png"),
        ("e_vectorize/c_scale,w_48", ("svg",), None, "image/jpeg"),
        ("e_negate", ("svg",), None, "image/jpeg"),
    ],
)
def test_an_answer_in_svg_is_the_drawing_itself(text, formats, extension, media_type, tmp_path):
    path = tmp_path / "photo.png"
    goldens.photo().pngsave(str(path))
    report = render(RenderJob(str(path), text, formats, extension=extension))
    assert report.media_type == media_type
    assert report.body.startswith(b"<svg ") == (media_type == "image/svg+xml")
    shown = pyvips.Image.new_from_buffer(report.body, "")
    assert (shown.width, shown.height) == (report.width, report.height)
