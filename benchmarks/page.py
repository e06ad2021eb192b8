"""The portal beside the same homes without it, as a phone loads them; and what Lighthouse says of the portal.

    /unoptimized   twenty original files, all at once
    /              the portal: cropped, sized, in the browser's best format, those in sight first

Derivatives are rendered before: what is measured is a page in use, not a first visitor's render.
"""

import os
import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from api.demo import draw_all, print_progress
from benchmarks import report, servers
from benchmarks.errors import CannotRun
from benchmarks.launch import ROOT, Running
from benchmarks.servers import DarkroomSetup
from benchmarks.visits import Phone, Visit, chromium, visit
from tests import npm
from tests.conftest import find_chromium

PAGES = {"without": "/unoptimized", "portal": "/"}
_LISTINGS = 40
_ROUNDS = 2
_PHOTOS = ROOT / "benchmarks" / "results" / "demo"
_LIGHTHOUSE_TIMEOUT_S = 180


class Score(Struct, frozen=True):
    """Lighthouse on its own slow phone; scores out of 100."""

    performance: int
    accessibility: int
    lcp_ms: float
    cls: float
    blocked_ms: float


class Figures(Struct, frozen=True):
    phone: Phone
    visits: dict[str, list[Visit]]
    lighthouse: Score | None


def run(*, quick: bool = False) -> report.Finding:
    photos = draw_all(_PHOTOS, print_progress)  # once; the next run finds them
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(_PHOTOS, folder / "data" / "originals")
        setup = DarkroomSetup(
            folder=folder,
            originals=folder / "data" / "originals",
            settings={"DARKROOM_SEED": str(_LISTINGS)},
        )
        with servers.darkroom(setup) as server:
            visits = _visits(server, 1 if quick else _ROUNDS)
            gap, score = _scored(server)
    figures = Figures(Phone(), visits, score)
    tables = (
        (_table(figures, len(photos)), _score_table(score))
        if score
        else (_table(figures, len(photos), gap),)
    )
    return report.Finding("page", tables, figures)


def _visits(server: Running, rounds: int) -> dict[str, list[Visit]]:
    """Interleaved; every page is visited once before, unslowed, so that its pictures are there."""
    found: dict[str, list[Visit]] = {name: [] for name in PAGES}
    with chromium() as browser:
        for path in PAGES.values():
            visit(browser, server.base_url + path, Phone(), slowed=False)
        for _ in range(rounds):
            for name, path in PAGES.items():
                found[name].append(visit(browser, server.base_url + path, Phone()))
    return found


def _scored(server: Running) -> tuple[str, Score | None]:
    """What is missing for it, or the score."""
    try:
        return "", lighthouse(server.base_url + "/")
    except CannotRun as gap:
        return str(gap), None


def lighthouse(url: str) -> Score:
    """Raises `CannotRun` without Node and Chromium."""
    chrome = find_chromium()
    if chrome is None or shutil.which("npm") is None:
        raise CannotRun("Lighthouse", "it needs npm and Chromium")
    folder = npm.installed(ROOT / "benchmarks" / "node")
    flags = "--chrome-flags=--headless=new --no-sandbox --disable-gpu"
    categories = "--only-categories=performance,accessibility"
    command = ["node_modules/.bin/lighthouse", url, "--quiet", "--output=json", categories, flags]
    environ = {**os.environ, "CHROME_PATH": chrome}
    said = msgspec.json.decode(npm.run(command, folder, _LIGHTHOUSE_TIMEOUT_S, environ))
    audits, of = said["audits"], said["categories"]
    return Score(
        performance=round(of["performance"]["score"] * 100),
        accessibility=round(of["accessibility"]["score"] * 100),
        lcp_ms=audits["largest-contentful-paint"]["numericValue"],
        cls=audits["cumulative-layout-shift"]["numericValue"],
        blocked_ms=audits["total-blocking-time"]["numericValue"],
    )


_ROWS: tuple[tuple[str, Callable[[Visit], float], Callable[[float], str]], ...] = (
    ("transferred at first view", lambda one: one.first_bytes, report.size),
    ("load", lambda one: one.load_ms, lambda value: f"{value / 1000:.2f} s"),
    ("largest contentful paint", lambda one: one.lcp_ms, lambda value: f"{value / 1000:.2f} s"),
    ("layout shift", lambda one: one.cls, lambda value: f"{value:.3f}"),
    ("image requests at first view", lambda one: one.first_images, report.count),
    ("image bytes at first view", lambda one: one.first_image_bytes, report.size),
    ("image requests after scrolling", lambda one: one.whole_images, report.count),
    ("image bytes after scrolling", lambda one: one.whole_image_bytes, report.size),
)  # fmt: skip


def _table(figures: Figures, photos: int, gap: str = "") -> report.Table:
    rows = []
    for title, figure, text in _ROWS:
        plain, portal = (statistics.median(map(figure, figures.visits[name])) for name in PAGES)
        less = f"−{1 - portal / plain:.0%}" if plain > portal else ""
        rows.append((title, text(plain), text(portal), less))
    notes = (
        f"{figures.phone}; {len(figures.visits['portal'])} visits each with an empty cache, medians",
        f"twenty homes with the demo's {photos} drawn photos of about 10 megapixels",
        *filter(None, (gap,)),
    )
    columns = ("page of twenty homes", "/unoptimized", "/", "less")
    return report.Table("Page: the portal on a phone", columns, tuple(rows), notes)


def _score_table(score: Score) -> report.Table:
    row = (
        "/",
        report.count(score.performance),
        report.count(score.accessibility),
        f"{score.lcp_ms / 1000:.2f} s",
        f"{score.cls:.3f}",
        f"{score.blocked_ms:.0f} ms",
    )
    columns = ("Lighthouse, mobile", "performance", "accessibility", "LCP", "CLS", "blocked")
    return report.Table("Page: Lighthouse", columns, (row,), ("simulated slow 4G, its default",))
