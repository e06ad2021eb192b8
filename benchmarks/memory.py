"""Memory: what one render of a 24-megapixel JPEG to 800 px adds, beside one bare libvips process that does the same.

A fresh server with one worker and one renderer, so that the peak is that of the render and not of its history.
"""

import tempfile
from pathlib import Path

from msgspec import Struct

from benchmarks import pictures, processes, report, servers
from benchmarks.bare import BareJob, BareMemory, measure_memory
from benchmarks.launch import fetch_ok
from benchmarks.processes import Memory
from benchmarks.servers import DarkroomSetup

_WIDTH, _HEIGHT = 800, 533
_QUALITY = 75


class Figures(Struct, frozen=True):
    original_megapixels: float
    answers: int
    darkroom: Memory
    bare: BareMemory


def run(*, quick: bool = False) -> report.Finding:
    renders = 1 if quick else 6
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (photo,) = pictures.write_jpegs(folder / "originals", pictures.TWENTY_FOUR_MEGAPIXELS, 1)
        memory = _server_memory(folder, renders)
        bare = measure_memory(BareJob(str(photo), _WIDTH, _HEIGHT, "jpg", _QUALITY))
    figures = Figures(pictures.TWENTY_FOUR_MEGAPIXELS.megapixels, renders, memory, bare)
    return report.Finding("memory", (_table(figures),), figures)


def _server_memory(folder: Path, renders: int) -> Memory:
    setup = DarkroomSetup(folder=folder, originals=folder / "originals", workers=1, renderers=1)
    with servers.darkroom(setup) as darkroom, processes.watch_memory(darkroom.pid) as memory:
        for index in range(renders):
            # Another quality makes it another derivative: each is rendered from the original again.
            path = f"/demo/image/upload/c_fill,w_{_WIDTH},h_{_HEIGHT}/f_jpg/q_{_QUALITY + index}/photo-1.jpg"
            fetch_ok(darkroom, path)
    return memory


def _table(figures: Figures) -> report.Table:
    darkroom, bare = figures.darkroom, figures.bare
    rows = (
        ("Darkroom, all processes, idle", report.size(darkroom.idle_bytes)),
        ("Darkroom, all processes, peak", report.size(darkroom.peak_bytes)),
        ("added by rendering", report.size(darkroom.peak_bytes - darkroom.idle_bytes)),
        ("largest single process of Darkroom, peak", report.size(darkroom.largest_bytes)),
        ("bare libvips process, loaded", report.size(bare.loaded_bytes)),
        ("bare libvips process, peak", report.size(bare.peak_bytes)),
    )
    notes = (
        f"1 worker, 1 renderer; renders, one after another: {figures.answers}",
        "a sum over processes counts pages they share once for each",
    )
    title = f"Memory: a {figures.original_megapixels:g}-megapixel JPEG rendered to {_WIDTH} px"
    return report.Table(title, ("resident memory", "bytes"), rows, notes)
