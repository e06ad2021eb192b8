"""axe finds nothing serious in any page, on a phone and on a desk, by day and by night.

The real axe-core, from npm and pinned in tests/node.  It sees what the page's own policy would refuse to run, so that
policy is left aside here, and here alone.
"""

import shutil
from time import time

import pytest

from api.auth import COOKIE, Credential
from tests import npm, services
from tests.browsing import DESK, PHONE, browser, portal  # noqa: F401  fixtures among them
from tests.serving import ROOT

PAGES = (
    "/",
    "/?search=zzz",
    "/properties/1",
    "/playground",
    "/docs",
    "/docs/effects",
    "/unoptimized",
    "/sign-in",
    "/manage",
    "/manage/1",
    "/manage/new",
    "/jobs",
    "/nowhere",
    "/properties/999",
)
SIGNED_OUT = {"/sign-in"}
_GRAVE = {"serious", "critical"}
_ASK = """async () => {
    const found = await axe.run(document, { resultTypes: ["violations"], elementRef: false });
    return found.violations.map(({ id, impact, nodes }) =>
        ({ id, impact, where: nodes.map((node) => `${node.target} ${node.html.slice(0, 160)}`) }));
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    services.require_or_skip(shutil.which("npm"), "Node and npm are missing: no axe-core")
    folder = npm.installed(ROOT / "tests" / "node")
    return str(folder / "node_modules" / "axe-core" / "axe.min.js")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
async def test_axe_finds_nothing_serious(browser, portal, axe, viewport, scheme):
    context = await browser.new_context(
        viewport=viewport, base_url=portal, color_scheme=scheme, bypass_csp=True
    )
    await context.route("**/image/upload/**", lambda route: route.abort())
    shown = Credential("demo-key", "demo-secret").new_pass(time())
    page = await context.new_page()
    found: dict[str, list[object]] = {}
    for path in PAGES:
        await context.clear_cookies()
        if path not in SIGNED_OUT:
            await context.add_cookies([{"name": COOKIE, "value": shown, "url": portal}])
        await page.goto(path)
        await page.add_script_tag(path=axe)
        grave = [one for one in await page.evaluate(_ASK) if one["impact"] in _GRAVE]
        found |= {path: grave} if grave else {}
    await context.close()
    assert found == {}
