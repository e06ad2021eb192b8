"""`python -m api doctor`: looks at everything the service stands on, says in one line each how it is, and what to do.

Looks with the parts that serve, set up by the same settings, so what works here works there.  Each look has a deadline and
none stops the others.  Nothing is changed but a few files of its own, which are removed again.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import islice
from pathlib import Path
from time import perf_counter

import msgspec
import structlog

from api.app import database_settings, demo_folders
from api.settings import ServerSettings
from api.specimens import PNG, READ_ONLY
from db.engine import fetch, running
from db.migrate import applied
from imgproxy.assembly import build
from imgproxy.caches import Cache
from imgproxy.clients import redis_client
from imgproxy.delivery import Delivery
from imgproxy.errors import ImageError, NotFound
from imgproxy.grammar import parse
from imgproxy.render.job import RenderJob
from imgproxy.values import CacheKey, Rendered, Source, digest, etag_of

_LOOK_S = 20.0
_START_S = 60.0
_LEAST_FREE_BYTES = 1_000_000_000
_MOST_COUNTED = 100_000
_COLUMNS = 80
_GREEN, _RED, _DIM, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[2m", "\x1b[0m"


class Finding(msgspec.Struct, frozen=True):
    """How one thing is; `advice` says what to do when it is not well."""

    what: str
    is_well: bool
    text: str
    advice: str = ""


Look = Callable[[], Awaitable[tuple[str, str]]]
"""What is seen, and advice, which is empty when all is well. Raises what goes wrong."""


async def examine(settings: ServerSettings) -> AsyncIterator[Finding]:
    """Findings as they come, the foundations first."""
    yield await _look("originals", lambda: _originals(settings))
    yield await _look("data folder", lambda: _data(settings))
    yield await _look("disk space", lambda: _space(settings))
    yield await _look("database", lambda: _database(settings), "Check DATABASE_URL.")
    if url := settings.images.redis_url:
        advice = "Start Redis, or unset REDIS_URL to run as a single node."
        yield await _look("redis", lambda: _redis(url), advice)
    async for finding in _images(settings):
        yield finding


async def _images(settings: ServerSettings) -> AsyncIterator[Finding]:
    """The image half, started as for serving, with one render process."""
    delivery = build(settings.images, 1, also=demo_folders(settings)).delivery
    started = await _look(
        "render process", lambda: _start(delivery), "What it said is above.", _START_S
    )
    yield started
    try:
        if settings.images.originals_place.startswith("s3://"):
            yield await _look("s3 originals", lambda: _bucket(delivery), "Check AWS_* variables.")
        for tier, _ in delivery.shared.states:
            yield await _look(f"{tier.name} tier", lambda tier=tier: _tier(tier))  # type: ignore[misc]
        if started.is_well:
            with tempfile.TemporaryDirectory(prefix="darkroom-doctor-") as folder:
                for what, look in _renders(delivery, Path(folder)):
                    yield await _look(what, look)
    finally:
        await delivery.close()


def _renders(delivery: Delivery, folder: Path) -> list[tuple[str, Look]]:
    return [
        ("round trip", lambda: _round_trip(delivery, folder)),
        ("codecs out", lambda: _writes(delivery, folder)),
        ("codecs in", lambda: _reads(delivery, folder)),
        ("fonts", lambda: _fonts(delivery, folder)),
    ]


async def _look(
    what: str, look: Look, advice: str = "See the sentence before.", deadline_s: float = _LOOK_S
) -> Finding:
    try:
        async with asyncio.timeout(deadline_s):
            text, trouble = await look()
    except TimeoutError:
        return Finding(what, False, f"no answer within {deadline_s:g} s", advice)
    except Exception as error:  # noqa: BLE001 - whatever is wrong is what was looked for
        sentence = " ".join(str(error).split()) or type(error).__name__
        return Finding(what, False, sentence, advice)
    return Finding(what, not trouble, text, trouble)


# --- what it stands on -----------------------------------------------------------------------------------------------


async def _originals(settings: ServerSettings) -> tuple[str, str]:
    place = settings.images.originals_place
    if place.startswith("s3://"):
        return place, ""
    return await asyncio.to_thread(_count, place, settings.seed > 0)


def _count(place: str, seeds: bool) -> tuple[str, str]:
    if not Path(place).is_dir():
        advice = "" if seeds else "Make the folder, or set DARKROOM_ORIGINALS."
        return f"{place} is not there yet", advice
    paths = (path for path in Path(place).rglob("*") if path.is_file())
    seen = list(islice(paths, _MOST_COUNTED))
    closed = [path for path in seen if not os.access(path, os.R_OK)]
    more = "or more " if len(seen) == _MOST_COUNTED else ""
    text = f"{place}: {len(seen)} {more}{'file' if len(seen) == 1 else 'files'}"
    if closed:
        return (
            f"{text}, {len(closed)} cannot be read",
            f"Let this user read {closed[0].name!r} and its like.",
        )
    return text, ""


async def _data(settings: ServerSettings) -> tuple[str, str]:
    return await asyncio.to_thread(_try_writing, Path(settings.images.data))


def _try_writing(folder: Path) -> tuple[str, str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder) as file:
            file.write(PNG)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return f"{folder}: {error.strerror}", "Let this user write there, or set DARKROOM_DATA."
    return f"{folder} can be written", ""


async def _space(settings: ServerSettings) -> tuple[str, str]:
    free = shutil.disk_usage(settings.images.data).free
    text = f"{free / 1e9:.1f} GB free"
    advice = "Make room, or give the disk tier less in DARKROOM_CACHE (max=…)."
    return text, "" if free > _LEAST_FREE_BYTES else advice


async def _database(settings: ServerSettings) -> tuple[str, str]:
    database = database_settings(settings)
    async with running(database):
        await fetch("SELECT 1")
        done = await applied()
    kind = "PostgreSQL" if settings.database_url.startswith("postgres") else "SQLite"
    return f"{kind} answers, " + (
        f"{len(done)} migrations" if done else "empty until the next start"
    ), ""


async def _redis(url: str) -> tuple[str, str]:
    client, started = redis_client(url), perf_counter()
    try:
        await client.ping()
    finally:
        await client.aclose()
    return f"answers in {(perf_counter() - started) * 1000:.1f} ms", ""


# --- the image half --------------------------------------------------------------------------------------------------


async def _start(delivery: Delivery) -> tuple[str, str]:
    started = perf_counter()
    await delivery.start()
    return f"up in {perf_counter() - started:.1f} s", ""


async def _bucket(delivery: Delivery) -> tuple[str, str]:
    try:
        await delivery.origin.locate(Source("upload", "darkroom-doctor/absent", "jpg"))
    except NotFound:
        return "answers, and may be asked for names", ""
    return "answers", ""


async def _tier(tier: Cache) -> tuple[str, str]:
    """A small answer put, found and purged again; tiers tell no trouble, they miss."""
    key = CacheKey(digest("doctor", str(os.getpid())), digest("doctor"))
    put = Rendered(PNG, "image/png", 16, 16, etag_of(PNG), 0.0)
    started = perf_counter()
    await tier.put(key, put)
    found = await tier.get(key)
    took_ms = (perf_counter() - started) * 1000
    await tier.purge(key.source)
    advice = "Check what DARKROOM_CACHE names; until then answers go past this tier."
    return (
        f"keeps and gives, {took_ms:.1f} ms" if found else "does not keep",
        "" if found else advice,
    )


async def _render(delivery: Delivery, path: Path, chain: str, name: str) -> bytes:
    job = RenderJob(str(path), parse(chain).canonical(), (name,))
    return (await delivery.renderers.render(job)).report.body


async def _round_trip(delivery: Delivery, folder: Path) -> tuple[str, str]:
    path, started = folder / "original.png", perf_counter()
    path.write_bytes(PNG)
    body = await _render(delivery, path, "c_fill,h_8,w_8", "jpg")
    return (
        f"{len(PNG)} bytes PNG in, {len(body)} bytes JPEG out, {(perf_counter() - started) * 1000:.0f} ms",
        "",
    )


async def _writes(delivery: Delivery, folder: Path) -> tuple[str, str]:
    """Also leaves one file of each format, for reading."""
    good, bad = [], []
    for name in delivery.renderers.codecs[1]:
        try:
            body = await _render(delivery, folder / "original.png", "c_scale,w_16", name)
            (folder / f"own.{name}").write_bytes(body)
            good.append(name)
        except ImageError:
            bad.append(name)
    return _codecs(good, bad)


async def _reads(delivery: Delivery, folder: Path) -> tuple[str, str]:
    for name, data in READ_ONLY.items():
        (folder / f"own.{name}").write_bytes(data)
    good, bad = [], []
    for name in delivery.renderers.codecs[0]:
        try:
            await _render(delivery, folder / f"own.{name}", "c_scale,w_8", "png")
            good.append(name)
        except ImageError:
            bad.append(name)
    return _codecs(good, bad)


async def _fonts(delivery: Delivery, folder: Path) -> tuple[str, str]:
    """Without a font every letter is the same empty box."""
    drawn = {
        await _render(
            delivery,
            folder / "original.png",
            f"c_scale,w_80/l_text:Arial_40:{letter}/fl_layer_apply",
            "png",
        )
        for letter in "AWi"
    }
    advice = "Install the pinned packages again: font-source-sans-pro brings the letters."
    return ("letters are drawn", "") if len(drawn) == 3 else ("letters are empty boxes", advice)


def _codecs(good: list[str], bad: list[str]) -> tuple[str, str]:
    text = ", ".join(good) + (f"; not {', '.join(bad)}" if bad else "")
    return text, "Install the pinned packages again (make run)." if bad else ""


# --- for people ------------------------------------------------------------------------------------------------------


def report(settings: ServerSettings, *, colour: bool) -> int:
    """Prints a line per finding as it comes; the exit status: 0 when all is well, 1 otherwise."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    return asyncio.run(_report(settings, colour))


async def _report(settings: ServerSettings, colour: bool) -> int:
    seen = well = 0
    async for finding in examine(settings):
        seen, well = seen + 1, well + finding.is_well
        print(line(finding, colour=colour), flush=True)  # noqa: T201 - this is what was asked for
    verdict = "All is well." if seen == well else f"{seen - well} of {seen} need attention."
    print(f"\n{verdict}")  # noqa: T201 - the same
    return 0 if seen == well else 1


def line(finding: Finding, *, colour: bool) -> str:
    """`✓ what  text`, and after an arrow what to do; lines of 80 columns."""
    mark, ink = ("✓", _GREEN) if finding.is_well else ("✗", _RED)
    text = _beside(finding.text, 18)
    advice = f"\n  {'':16}→ {_beside(finding.advice, 20)}" if not finding.is_well else ""
    if not colour:
        return f"{mark} {finding.what:16}{text}{advice}"
    return f"{ink}{mark}{_PLAIN} {finding.what:16}{_DIM if finding.is_well else ''}{text}{_PLAIN}{advice}"


def _beside(text: str, indent: int) -> str:
    """Its further lines under the first; a word that is too long, as a path may be, stays whole."""
    lines = textwrap.wrap(text, _COLUMNS - indent, break_long_words=False, break_on_hyphens=False)
    return f"\n{'':{indent}}".join(lines)
