"""From catalogue to files: draw what is missing, two at a time, each file complete the moment it has its name.

Never touches a file that is already there, so a second start costs one look at a folder and one small JSON.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import msgspec
import pyvips

from api.demo.catalogue import CATALOGUE, Original, draw
from api.demo.photo import Look, looked_at
from api.seed import DemoPhoto

OnProgress = Callable[[int, int, str], None]
LOOKS = "demo.json"
DRAW_TIMEOUT_S = 300.0


class DemoError(Exception):
    """The demo photos cannot be made."""


class DrawingFailed(DemoError):
    """One original could not be drawn or written."""

    def __init__(self, public_id: str, reason: str) -> None:
        # The arguments stay as they came: the exception travels between processes by being built again from them.
        super().__init__(public_id, reason)
        self.public_id = public_id
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot draw the demo photo {self.public_id}: {self.reason}"


def draw_all(
    folder: Path, on_progress: OnProgress, *, scale: float = 1, workers: int = 2
) -> tuple[DemoPhoto, ...]:
    """Every demo photo, in catalogue order, drawn into `folder` where it is missing.

    `on_progress(done, total, public_id)` is called once per photo that had to be drawn. Raises `DrawingFailed`.
    """
    missing = [original for original in CATALOGUE if not (folder / original.filename).exists()]
    missing.sort(key=lambda original: original.suffix != ".gif")  # the longest work first
    looks = _read_looks(folder)
    _sweep(folder)
    for done, (original, look) in enumerate(_drawn(missing, folder, scale, workers), 1):
        looks[original.public_id] = look
        _write_looks(folder, looks)
        on_progress(done, len(missing), original.public_id)
    _refresh(folder, looks)
    return tuple(_photo(original, looks) for original in CATALOGUE)


def _refresh(folder: Path, looks: dict[str, Look]) -> None:
    """Look again at files that came without an entry or were replaced by hand."""
    stale = [
        original
        for original in CATALOGUE
        if original.public_id not in looks
        or looks[original.public_id].bytes != (folder / original.filename).stat().st_size
    ]
    for original in stale:
        looks[original.public_id] = looked_at(folder / original.filename)
    if stale:
        _write_looks(folder, looks)


def _photo(original: Original, looks: dict[str, Look]) -> DemoPhoto:
    look = looks[original.public_id]
    return DemoPhoto(
        original.public_id,
        look.width,
        look.height,
        original.alt_text,
        original.kind,
        look.color,
        look.placeholder,
        look.thumbhash,
    )


def _drawn(
    missing: list[Original], folder: Path, scale: float, workers: int
) -> Iterator[tuple[Original, Look]]:
    """In the order in which they are ready. Processes, because most of the time is SVG rendering on one thread."""
    if not missing:
        return
    if workers < 2:
        yield from ((original, make(original, folder, scale)) for original in missing)
        return
    pool = ProcessPoolExecutor(
        min(workers, len(missing)), mp_context=get_context("spawn"), initializer=_no_cache
    )
    try:
        futures: dict[Future[Look], Original] = {
            pool.submit(make, original, folder, scale): original for original in missing
        }
        for future in as_completed(futures, timeout=DRAW_TIMEOUT_S):
            yield futures[future], future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _no_cache() -> None:
    # No operation is ever asked for twice; its results would only sit in memory.
    pyvips.cache_set_max(0)


def make(original: Original, folder: Path, scale: float) -> Look:
    """Draw one original and put it in its place. Raises `DrawingFailed`."""
    target = folder / original.filename
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _arriving(target) as part:
            _save(draw(original, scale), original, part)
        return looked_at(target)
    except (pyvips.Error, OSError) as error:
        raise DrawingFailed(original.public_id, str(error)) from error


@contextmanager
def _arriving(target: Path) -> Iterator[Path]:
    """A name to write to; it becomes `target` when the block ends well and vanishes when not."""
    part = target.with_name(f".{target.stem}.{os.getpid()}.part{target.suffix}")
    try:
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _save(image: pyvips.Image, original: Original, part: Path) -> None:
    if original.suffix == ".png":
        image.pngsave(str(part), compression=7)
    elif original.suffix == ".gif":
        image.gifsave(str(part), effort=3, dither=0.3, interframe_maxerror=8)
    else:
        _signed(image.rot270() if original.turned else image, original).jpegsave(
            str(part), Q=87, optimize_coding=True
        )


def _signed(image: pyvips.Image, original: Original) -> pyvips.Image:
    """With the EXIF a camera would write; orientation 6 says: turn a quarter to the right to look at it."""
    signed = image.copy(interpretation="srgb")
    for field, text in (
        ("Make", "Darkroom"),
        ("Model", "Demo Studio"),
        ("ImageDescription", original.alt_text),
    ):
        signed.set_type(pyvips.GValue.gstr_type, f"exif-ifd0-{field}", text)
    if original.turned:
        signed.set_type(pyvips.GValue.gint_type, "orientation", 6)
    return signed


def _sweep(folder: Path) -> None:
    """Remains of a start that was killed."""
    for part in folder.glob("*/.*.part.*"):
        part.unlink(missing_ok=True)


def _read_looks(folder: Path) -> dict[str, Look]:
    try:
        return msgspec.json.decode((folder / LOOKS).read_bytes(), type=dict[str, Look])
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError:
        # Everything in it can be measured again; a damaged list must not stop a start.
        return {}


def _write_looks(folder: Path, looks: dict[str, Look]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with _arriving(folder / LOOKS) as part:
        part.write_bytes(msgspec.json.format(msgspec.json.encode(looks), indent=1))
