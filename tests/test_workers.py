"""The whole service with two real workers: what one of them is asked holds for both."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
import pyvips
from prometheus_client.parser import text_string_to_metric_families

from imgproxy.asgi import ImageNode
from imgproxy.metrics import sharing
from imgproxy.metrics.families import REQUESTS
from tests.services import client_of
from tests.test_start import serving

PICTURE = "/demo/image/upload/c_fill,h_30,w_40/villa.jpg"
ASKED = 60


def draw(path: Path, colour: int) -> None:
    image = pyvips.Image.black(120, 90, bands=3).linear(1, [colour, 90, 80]).cast("uchar")
    image.copy(interpretation="srgb").jpegsave(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("workers")
    (path / "originals").mkdir()
    draw(path / "originals" / "villa.jpg", 200)
    return path


@pytest.fixture(scope="module")
def base(folder: Path) -> Iterator[str]:
    with serving(folder, DARKROOM_RENDERERS="1") as (address, _):
        yield address


def ask(base: str, path: str = PICTURE, **headers: str) -> httpx.Response:
    """On a connection of its own, so that either worker may take it."""
    return httpx.get(base + path, headers=headers, timeout=20)


def counted(scraped: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(scraped)
        for sample in family.samples
    }


def test_whichever_worker_is_asked_tells_the_sum_of_both(base, folder):
    sent = sum(len(ask(base).content) for _ in range(ASKED))
    for _ in range(5):
        assert ask(base, "/demo/image/upload/w_many/villa.jpg").status_code == 400
    etag = ask(base).headers["etag"]
    assert ask(base, **{"if-none-match": etag}).status_code == 304
    scrapes = [counted(ask(base, "/metrics").text) for _ in range(10)]
    assert all(scrape == scrapes[0] for scrape in scrapes)
    found = scrapes[0]
    outcomes = [found["darkroom_requests_total", name] for name in ("hit", "miss", "joined", "4xx")]
    assert (sum(outcomes[:3]), outcomes[3]) == (ASKED + 2, 5)
    assert found["darkroom_not_modified_total",] == 1
    assert found["darkroom_sent_bytes_total",] == sent + sent / ASKED
    assert found["darkroom_renders_total", "done"] == 1
    assert found["darkroom_stage_seconds_count", "encode"] == 1
    assert found["darkroom_renderers",] == 2


def test_both_workers_took_part(base, folder):
    rows = [row for row, alive in sharing._rows(folder / "metrics") if alive]
    assert len(rows) == 2
    assert all(sum(row[cell] for cell in REQUESTS.values()) for row in rows)


def test_readiness_is_told_in_text_and_in_json(base):
    text = ask(base, "/health/ready")
    assert (text.status_code, text.text.splitlines()[0]) == (200, "ok")
    assert "webp" in text.text
    json = ask(base, "/health/ready", accept="application/json").json()
    assert (json["ok"], json["missing"]) == (True, [])
    assert {"heic", "pdf", "svg", "jxl"} < set(json["codecs"]["reads"])
    assert {"avif", "jpg"} < set(json["codecs"]["writes"])
    assert [tier["name"] for tier in json["tiers"]] == ["memory", "disk"]
    assert json["queue"] == {"renderers": 2, "running": 0, "waiting": 0, "limit": 256}


@pytest.mark.parametrize("path", ["/metrics", "/health/ready", "/health/live"])
def test_a_node_says_once_how_its_text_is_written(base, path):
    """Litestar adds the charset by itself; Prometheus reads the type parameter by parameter."""
    answer = ask(base, path)
    kind, *parameters = answer.headers["content-type"].split("; ")
    assert kind == "text/plain"
    assert parameters.count("charset=utf-8") == 1
    assert len(parameters) == len(set(parameters))


def test_liveness_is_one_word(base):
    assert ask(base, "/health/live").text == "ok\n"


def asked(base: str, number: int) -> int:
    """How many of so many requests were answered; those on a worker that dies are not."""
    answered = 0
    for _ in range(number):
        with contextlib.suppress(httpx.TransportError):
            answered += ask(base).status_code == 200
    return answered


def test_a_killed_worker_costs_its_own_requests_alone(folder, tmp_path):
    """Nothing that was counted is lost, and another worker goes on with the numbers."""
    own = {"DARKROOM_RENDERERS": "1", "DARKROOM_ORIGINALS": str(folder / "originals")}
    with serving(tmp_path, **own) as (base, process):
        answered = asked(base, 40)
        before = counted(ask(base, "/metrics").text)
        victim, _ = [each for each in psutil.Process(process.pid).children() if each.children()]
        renderers = victim.children()
        victim.kill()
        psutil.wait_procs([victim, *renderers], timeout=30)
        assert not any(each.is_running() for each in renderers), "they end with their worker"
        while len([row for row, alive in sharing._rows(tmp_path / "metrics") if alive]) < 2:
            assert process.poll() is None
            answered += asked(base, 1)
        answered += asked(base, 40)
        after = counted(ask(base, "/metrics").text)
    kept = {name: after[name] for name in before if name[0].endswith(("_total", "_count"))}
    assert all(kept[name] >= before[name] for name in kept)
    outcomes = ("hit", "miss", "joined", "stale", "4xx", "5xx", "abandoned")
    assert sum(after["darkroom_requests_total", each] for each in outcomes) == answered


async def test_the_image_only_node_tells_the_same(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("DARKROOM_DATA", str(tmp_path))
    monkeypatch.setenv("DARKROOM_ORIGINALS", str(folder / "originals"))
    monkeypatch.setenv("DARKROOM_RENDERERS", "1")
    node = ImageNode()
    async with client_of(node) as client:
        assert (await client.get("/health/live")).text == "ok\n"
        assert (await client.get(PICTURE)).status_code == 200
        ready = await client.get("/health/ready", headers={"accept": "application/json"})
        assert ready.json()["queue"]["renderers"] == 1
        numbers = counted((await client.get("/metrics")).text)
        assert numbers["darkroom_requests_total", "miss"] == 1
        renderers = node._images.delivery.renderers if node._images else pytest.fail("not started")
        for process in renderers._all:
            process.kill()
        renderers._all.clear()
        ready = await client.get("/health/ready")
        assert ready.status_code == 503
        assert ready.text.startswith("no render process is up\n")
