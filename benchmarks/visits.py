"""One visit of a page by a phone, in the system's Chromium: what it loads, how long that takes, what moves.

The network and the processor are slowed down by the browser itself.  It must only ever visit loopback addresses.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from playwright.sync_api import Browser, Page, Request, sync_playwright

from benchmarks.errors import CannotRun
from tests.conftest import find_chromium

_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic")
_TIMEOUT_MS = 300_000
_QUIET_MS = 1000
# Largest paint and layout shifts are told to observers alone, and only to those who asked before.
_OBSERVE = """
    window.seen = { lcp_ms: 0, cls: 0 };
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.seen.lcp_ms = entry.startTime;
    }).observe({ type: "largest-contentful-paint", buffered: true });
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.seen.cls += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""
_READ = """() => {
    const [navigation] = performance.getEntriesByType("navigation");
    return { ...window.seen, load_ms: navigation.loadEventEnd };
}"""
_SCROLL = """async () => {
    for (let y = 0; y < document.body.scrollHeight; y += innerHeight / 2) {
        scrollTo(0, y);
        await new Promise((done) => setTimeout(done, 100));
    }
}"""


class Phone(Struct, frozen=True):
    """Screen in CSS pixels, its density, and what it is slowed down to."""

    width: int = 412
    height: int = 823
    density: float = 1.75
    download_bits_per_s: float = 9_000_000
    round_trip_ms: float = 170
    cpu_slowdown: float = 4

    def __str__(self) -> str:
        megabits = self.download_bits_per_s / 1e6
        return (
            f"{self.width}×{self.height} at {self.density:g}, {megabits:g} Mbit/s, "
            f"{self.round_trip_ms:g} ms round trip, processor slowed {self.cpu_slowdown:g}×"
        )


class Visit(Struct, frozen=True):
    """`first`: until the network fell silent; `whole`: after scrolling to the end.  Bytes as transferred."""

    load_ms: float
    lcp_ms: float
    cls: float
    first_bytes: int
    first_images: int
    first_image_bytes: int
    whole_images: int
    whole_image_bytes: int


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """The system's browser; raises `CannotRun` where there is none."""
    path = find_chromium()
    if path is None:
        raise CannotRun("a page in a browser", "Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


def visit(browser: Browser, url: str, phone: Phone, *, slowed: bool = True) -> Visit:
    """By somebody who was never there before."""
    context = browser.new_context(
        viewport={"width": phone.width, "height": phone.height},
        device_scale_factor=phone.density,
        is_mobile=True,
        has_touch=True,
    )
    context.set_default_timeout(_TIMEOUT_MS)
    page = context.new_page()
    traffic = _Traffic(page)
    page.add_init_script(_OBSERVE)
    if slowed:
        _slow_down(page, phone)
    page.goto(url, wait_until="load")
    _wait_for_silence(page)
    told, first = page.evaluate(_READ), traffic.sums()
    page.evaluate(_SCROLL)
    _wait_for_silence(page)
    cls, whole = page.evaluate(_READ)["cls"], traffic.sums()
    context.close()
    return Visit(told["load_ms"], told["lcp_ms"], cls, *first, *whole[1:])


class _Traffic:
    """Finished requests of a page, as the browser itself counts their bytes."""

    def __init__(self, page: Page) -> None:
        self._finished: list[Request] = []
        # the driver wants to note something on the function, which a built-in one does not allow
        page.on("requestfinished", lambda request: self._finished.append(request))  # noqa: PLW0108

    def sums(self) -> tuple[int, int, int]:
        """All bytes, and number and bytes of images; placeholders inside the page are neither."""
        asked = [one for one in self._finished if not one.url.startswith("data:")]
        images = [one for one in asked if one.resource_type == "image" and "/image/" in one.url]
        return sum(map(_bytes, asked)), len(images), sum(map(_bytes, images))


def _bytes(request: Request) -> int:
    sizes: Any = request.sizes()
    return int(sizes["responseBodySize"] + sizes["responseHeadersSize"])


def _slow_down(page: Page, phone: Phone) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": phone.round_trip_ms,
            "downloadThroughput": phone.download_bits_per_s / 8,
            "uploadThroughput": phone.download_bits_per_s / 8,
        },
    )
    session.send("Emulation.setCPUThrottlingRate", {"rate": phone.cpu_slowdown})


def _wait_for_silence(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(_QUIET_MS)
