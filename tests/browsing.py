"""A portal with pictures, and somebody looking at it: Debian's Chromium in front of a real server.

The photos are drawn here, a few and small, so that no test needs the demo.
"""

import asyncio
import contextlib
import re
from pathlib import Path

import pytest
import pytest_asyncio
import pyvips
from playwright.async_api import async_playwright

from api.seed import DemoPhoto, Kind, seed
from tests import databases
from tests.serving import served

NOTHING = re.compile(r"(?!)")
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
SIZES = pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])

_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
_PATIENCE_MS = 60_000

# Counts what moved without having been asked to, from the first paint on.
_WATCH_SHIFTS = """
    window.shifted = 0;
    window.moved = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) {
            window.shifted += entry.value;
            window.moved.push(...entry.sources.map((source) => source.node?.outerHTML?.slice(0, 200)));
        }
    }).observe({ type: "layout-shift", buffered: true });
"""
_LOOK_AT_UNSEEN = """async () => {
    const unseen = () => [...document.images].filter((p) => p.src && !(p.complete && p.naturalWidth > 0));
    for (const picture of unseen()) {
        picture.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
        await new Promise((done) => setTimeout(done, 60));
    }
    return unseen().length;
}"""


def draw(folder: Path, count: int = 6) -> list[DemoPhoto]:
    """Photos with some texture, the last one upright."""
    kinds: tuple[Kind, ...] = ("exterior", "interior", "detail")
    photos = []
    for number in range(count):
        width, height = (1500, 2000) if number == count - 1 else (2000, 1500)
        texture = pyvips.Image.perlin(width, height, cell_size=250, uchar=True, seed=number)
        picture = texture.bandjoin([texture.rot180(), texture.fliphor()])
        picture.copy(interpretation="srgb").jpegsave(str(folder / f"home {number}.jpg"), Q=80)
        photos.append(
            DemoPhoto(
                f"home {number}", width, height, f"Home {number}", kinds[number % 3], "#808080", ""
            )
        )
    return photos


@pytest_asyncio.fixture(scope="module")
async def portal(tmp_path_factory, chromium_path):
    """The base URL; the browser is asked for first, so that nobody draws in vain."""
    folder = tmp_path_factory.mktemp("portal")
    (folder / "originals").mkdir()
    async with databases.migrated(f"sqlite:///{folder / 'darkroom.sqlite'}"):
        await seed(23, draw(folder / "originals"))
    with served(folder) as base:
        yield base


@pytest_asyncio.fixture(scope="module")
async def browser(chromium_path):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=_FLAGS)
        yield browser
        await browser.close()


@contextlib.asynccontextmanager
async def looking(browser, base, path, viewport, forgiven=NOTHING, **options):
    """A page that has loaded; what it complained of by the end fails the test, unless that is `forgiven`."""
    context = await browser.new_context(viewport=viewport, base_url=base, **options)
    context.set_default_timeout(_PATIENCE_MS)
    complaints = []
    page = await context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"{request.url} failed"))
    await page.add_init_script(_WATCH_SHIFTS)
    await page.goto(path)
    yield page
    await context.close()
    # leaving a page ends what it still asks for
    told = [said for said in complaints if not said.endswith(" failed")]
    assert [said for said in told if not forgiven.search(said)] == []


async def until(page, expression):
    """Asks again until it is so; the driver's own way would need a page that may evaluate text."""
    async with asyncio.timeout(_PATIENCE_MS / 1000):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.05)


async def see_all_pictures(page):
    """Goes back to those that are missing: a busy browser may not notice that a lazy one was in sight for a moment."""
    await until(page, f"({_LOOK_AT_UNSEEN})().then((missing) => missing === 0)")
