"""The snippets of docs/frontends.md are the files beside it, and what client libraries write with them is what they get.

The real libraries, from npm and pinned in tests/node, run in Node over those very files; every URL they wrote is asked
for over HTTP.  The size that comes out is worked out from what was asked of the library, not from its URL.
"""

import json
import re
import shutil
import urllib.request
from html.parser import HTMLParser
from pathlib import Path

import pytest
import pyvips

from tests import npm, services
from tests.serving import IMAGES, ROOT, served

HOST = "https://images.example.com"
ORIGINAL = "houses/villa.jpg", 2000, 1500
SNIPPETS = ROOT / "docs" / "frontends"
PACKAGES = ROOT / "tests" / "node"
BROWSER = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
_NODE_TIMEOUT_S = 120


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("frontends")
    name, width, height = ORIGINAL
    path = folder / "originals" / name
    path.parent.mkdir(parents=True)
    texture = pyvips.Image.perlin(width, height, cell_size=200, uchar=True, seed=7)
    texture.bandjoin([texture.rot180(), texture.fliphor()]).copy(interpretation="srgb").jpegsave(
        str(path)
    )
    with served(folder, IMAGES) as base:
        yield base


@pytest.fixture(scope="module")
def node() -> Path:
    """A folder with the packages, installed once for each state of the lock file, and the snippets."""
    services.require_or_skip(
        shutil.which("npm"), "Node and npm are missing: no client library runs"
    )
    folder = npm.installed(PACKAGES)
    shutil.copytree(SNIPPETS, folder / "frontends", dirs_exist_ok=True)
    shutil.copy(PACKAGES / "write_urls.mjs", folder)
    return folder


def size_of(base: str, url: str) -> tuple[int, int]:
    assert url.startswith(HOST + "/"), url
    asked = urllib.request.Request(base + url.removeprefix(HOST), headers={"Accept": BROWSER})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        image = pyvips.Image.new_from_buffer(answer.read(), "")
    return image.width, image.height


def test_what_client_libraries_write_is_what_they_get(base, node):
    name, width, height = ORIGINAL
    said = npm.run(["node", "write_urls.mjs", name, str(width), str(height)], node, _NODE_TIMEOUT_S)
    written = json.loads(said)
    assert len({entry["client"].partition(",")[0] for entry in written}) == 9
    wrong = [
        f"{entry['client']}: {entry['url']} is {got}, not {asked}"
        for entry in written
        if (got := size_of(base, entry["url"])) != (asked := (entry["width"], entry["height"]))
    ]
    assert wrong == []


class Candidates(HTMLParser):
    """The URLs of a page's pictures with the width that each is said to have."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, int]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        fields = dict(attrs)
        if tag == "img":
            self.found.append((fields["src"], int(fields["width"])))
        for url, width in re.findall(r"(\S+)\s+(\d+)w", fields.get("srcset") or ""):
            self.found.append((url, int(width)))


def test_the_plain_page_says_the_widths_that_come(base):
    found = Candidates((SNIPPETS / "plain.html").read_text()).found
    assert len(found) == 4
    assert [size_of(base, url) for url, _ in found] == [
        (width, width * 3 // 4) for _, width in found
    ]


def test_the_page_about_frontends_shows_the_very_files():
    page = (ROOT / "docs" / "frontends.md").read_text()
    shown = re.findall(r"```\w+\n(.*?)```", page, re.DOTALL)
    for snippet in SNIPPETS.iterdir():
        assert snippet.read_text() in shown, f"{snippet.name} is not in docs/frontends.md as it is"
