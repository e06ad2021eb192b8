"""How far a decoder may shrink: what it saves, and what it takes from the picture.

A decoder that leaves out frequencies, or averages, saves most of the work, and what it leaves out is gone; whatever is
left to shrink afterwards by the good kernel (the residue) hides that.  Likeness is to the whole picture, decoded and
resized by the kernel alone.  JPEG decoders shrink by 2, 4 and 8, libwebp by any number.  Darkroom's rules are `RESIDUE`
and `WEBP_RESIDUE` in `imgproxy/render/decode.py`: imgproxy takes 1 for both, libvips 2 for JPEG and 1 for WebP.
"""

import tempfile
import time
from pathlib import Path

import pyvips
from msgspec import Struct

from benchmarks import likeness, pictures, report
from imgproxy.render.decode import RESIDUE, WEBP_RESIDUE

_FACTORS = (2, 4, 8)
_RESIDUES = (1.0, 1.3, 1.6, 2.0)
_REPEATS = 3


class Cell(Struct, frozen=True):
    """One factor with one residue: CPU of decoding and resizing with and without it, and the likeness."""

    factor: int
    residue: float
    cpu_ms: float
    cpu_ms_whole: float
    ssim: float


class Figures(Struct, frozen=True):
    """`cells` of JPEG, where `rule` is Darkroom's residue; the same of WebP."""

    megapixels: float
    rule: float
    cells: list[Cell]
    webp_rule: float
    webp_cells: list[Cell]


def run(*, quick: bool = False) -> report.Finding:
    pyvips.concurrency_set(1)
    pyvips.cache_set_max(0)  # or the second run finds the pixels of the first
    size = pictures.TWELVE_MEGAPIXELS
    factors = _FACTORS[:1] if quick else _FACTORS
    with tempfile.TemporaryDirectory() as name:
        [jpeg] = pictures.write_jpegs(Path(name), size, 1)
        webp = jpeg.with_suffix(".webp")
        pyvips.Image.new_from_file(str(jpeg)).webpsave(webp, Q=85, effort=1)
        cells, webp_cells = (
            [_cell(path, factor, residue) for factor in factors for residue in _RESIDUES]
            for path in (jpeg, webp)
        )
    figures = Figures(size.megapixels, RESIDUE, cells, WEBP_RESIDUE, webp_cells)
    tables = (
        _table("JPEG", figures.megapixels, cells, RESIDUE),
        _table("WebP", figures.megapixels, webp_cells, WEBP_RESIDUE),
    )
    return report.Finding("shrink", tables, figures)


def _cell(path: Path, factor: int, residue: float) -> Cell:
    width = round(pictures.TWELVE_MEGAPIXELS.width / factor / residue)
    height = round(pictures.TWELVE_MEGAPIXELS.height / factor / residue)
    shrunk, cpu_ms = _timed(path, factor, width, height)
    whole, cpu_ms_whole = _timed(path, 1, width, height)
    return Cell(factor, residue, cpu_ms, cpu_ms_whole, likeness.ssim(shrunk, whole))


def _timed(path: Path, factor: int, width: int, height: int) -> tuple[pyvips.Image, float]:
    """The picture and the time of the fastest of some runs."""
    runs = [_run(path, factor, width, height) for _ in range(_REPEATS)]
    return min(runs, key=lambda run: run[1])


def _run(path: Path, factor: int, width: int, height: int) -> tuple[pyvips.Image, float]:
    before_s = time.process_time()
    smaller = {"scale": 1 / factor} if path.suffix == ".webp" else {"shrink": factor}
    image = pyvips.Image.new_from_file(str(path), access="sequential", **smaller)
    small = image.thumbnail_image(width, height=height, size="force").copy_memory()
    return small, (time.process_time() - before_s) * 1000


def _table(form: str, megapixels: float, cells: list[Cell], rule: float) -> report.Table:
    rows = tuple(
        (
            f"{cell.factor}, then {cell.residue:g}",
            report.ms(cell.cpu_ms),
            report.ms(cell.cpu_ms_whole),
            f"{cell.ssim:.4f}",
            "yes" if cell.residue >= rule else "no",
        )
        for cell in cells
    )
    notes = (
        f"a {form} of {megapixels:g} MP; residue: what the good kernel shrinks after the decoder",
    )
    return report.Table(
        f"Shrink on load: {form}", ("smaller by", "ms", "whole, ms", "SSIM", "taken"), rows, notes
    )
