"""`python -m tests.screenshot http://127.0.0.1:8000`: takes `docs/screenshot.jpg` of a portal that is being served.

Not a test: it is for the README, and shows whatever fonts and photos are there.
"""

import io
import sys

import PIL.Image
from playwright.sync_api import sync_playwright

from tests.conftest import ROOT, find_chromium

_WIDTH, _HEIGHT = 1280, 1010
_TARGET = ROOT / "docs" / "screenshot.jpg"
_MAX_BYTES = 240_000


def main(base: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT}, color_scheme="light")
        page.goto(base, wait_until="networkidle")
        shot = PIL.Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        browser.close()
    jpegs = (_jpeg(shot, quality) for quality in range(92, 50, -3))
    _TARGET.write_bytes(next(jpeg for jpeg in jpegs if len(jpeg) <= _MAX_BYTES))
    sys.stdout.write(f"{_TARGET.relative_to(ROOT)}: {_TARGET.stat().st_size} bytes\n")


def _jpeg(shot: PIL.Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    shot.save(file, "JPEG", quality=quality, optimize=True, progressive=True)
    return file.getvalue()


if __name__ == "__main__":
    main(sys.argv[1])
