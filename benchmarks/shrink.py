"""How far a JPEG decoder may shrink: what 2, 4 and 8 cost, and what they take from the picture.

A decoder that leaves out frequencies saves most of the work, and what it leaves out is gone; whatever is left to shrink
afterwards by the good kernel (the residue) hides that.  Likeness is to the whole picture, decoded and resized by the
kernel alone.  Darkroom's rule is `RESIDUE` in `imgproxy/render/decode.py`: imgproxy takes 1, libvips 2.
"""

import tempfile
import time
from pathlib import Path

import pyvips
from msgspec import Struct

from benchmarks import likeness, pictures, report
from imgproxy.render.decode import RESIDUE

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
    megapixels: float
    rule: float
    cells: list[Cell]


def run(*, quick: bool = False) -> report.Finding:
    pyvips.concurrency_set(1)
    with tempfile.TemporaryDirectory() as name:
        [path] = pictures.write_jpegs(Path(name), pictures.TWELVE_MEGAPIXELS, 1)
        factors = _FACTORS[:1] if quick else _FACTORS
        cells = [_cell(str(path), factor, residue) for factor in factors for residue in _RESIDUES]
    figures = Figures(pictures.TWELVE_MEGAPIXELS.megapixels, RESIDUE, cells)
    return report.Finding("shrink", (_table(figures),), figures)


def _cell(path: str, factor: int, residue: float) -> Cell:
    width = round(pictures.TWELVE_MEGAPIXELS.width / factor / residue)
    height = round(pictures.TWELVE_MEGAPIXELS.height / factor / residue)
    shrunk, cpu_ms = _timed(path, factor, width, height)
    whole, cpu_ms_whole = _timed(path, 1, width, height)
    return Cell(factor, residue, cpu_ms, cpu_ms_whole, likeness.ssim(shrunk, whole))


def _timed(path: str, factor: int, width: int, height: int) -> tuple[pyvips.Image, float]:
    """The picture and the time of the fastest of some runs."""
    runs = [_run(path, factor, width, height) for _ in range(_REPEATS)]
    return min(runs, key=lambda run: run[1])


def _run(path: str, factor: int, width: int, height: int) -> tuple[pyvips.Image, float]:
    before_s = time.process_time()
    image = pyvips.Image.new_from_file(path, access="sequential", shrink=factor)
    small = image.thumbnail_image(width, height=height, size="force").copy_memory()
    return small, (time.process_time() - before_s) * 1000


def _table(figures: Figures) -> report.Table:
    rows = tuple(
        (
            f"{cell.factor}, then {cell.residue:g}",
            report.ms(cell.cpu_ms),
            report.ms(cell.cpu_ms_whole),
            f"{cell.ssim:.4f}",
            "yes" if cell.residue >= figures.rule else "no",
        )
        for cell in figures.cells
    )
    notes = (
        f"a JPEG of {figures.megapixels:g} MP; residue: what the good kernel shrinks after the decoder",
    )
    return report.Table(
        "Shrink on load: JPEG", ("smaller by", "ms", "whole, ms", "SSIM", "taken"), rows, notes
    )
