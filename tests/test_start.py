"""`python -m api` as a user starts it: one line for a wrong setting, a folder of one's own, a clean stop, a quick second start."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
import pyvips

from imgproxy.assembly import check
from imgproxy.settings import ImageSettings, SettingsError
from tests.services import free_port

_PATIENCE_S = 60.0


def environment(data: Path, **variables: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("DARKROOM_")}
    return own | {"DARKROOM_DATA": str(data), "DARKROOM_SEED": "0", "WORKERS": "2"} | variables


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("PORT", "http", "expected int"),
        ("PORT", "70000", "expected int <= 65535"),
        ("WORKERS", "-1", "expected int >= 0"),
        ("DARKROOM_CACHE", "floppy:5MB", "expected tiers such as memory:128MB"),
        ("DARKROOM_CACHE", "redis:", "REDIS_URL to be set"),
        ("DARKROOM_CACHE", "disk:/x?max=lots", "expected a size such as 128MB or 5GB"),
        ("DARKROOM_ORIGINALS", "/nowhere/at/all", "a folder that exists"),
        ("DATABASE_URL", "mysql://localhost/x", "expected sqlite:///"),
        ("REDIS_URL", "localhost:6379", "expected redis://host:port/number"),
        ("HOST", "0.0.0.0", "DARKROOM_API_SECRET='demo-secret' is not valid"),
        ("DARKROOM_MAX_FRAMES", "many", "expected int"),
        ("DARKROOM_STRICT", "perhaps", "expected bool"),
    ],
)
def test_a_wrong_setting_ends_the_start_with_one_line_that_names_it(
    tmp_path, variable, value, expected
):
    ended = subprocess.run(
        [sys.executable, "-m", "api"],
        env=environment(tmp_path, **{variable: value}),
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    (line,) = ended.stderr.splitlines()
    assert ended.returncode == 2
    assert variable in line or variable == "HOST"
    assert expected in line
    assert ended.stdout == ""


@pytest.mark.parametrize(
    "wrong",
    [
        ImageSettings(redis_url="redis://:secret@cache:port/0"),
        ImageSettings(redis_url="http://:secret@cache/0"),
        ImageSettings(cache="redis://:secret@cache:port/0"),
    ],
)
def test_a_redis_url_that_cannot_be_read_is_refused_without_its_password(wrong):
    with pytest.raises(SettingsError, match=r"cache.* is not valid: expected redis://") as refused:
        check(wrong)
    assert "secret" not in str(refused.value)


@contextmanager
def serving(data: Path, **variables: str) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    port = free_port()
    variables |= {"PORT": str(port)}
    with subprocess.Popen(
        [sys.executable, "-m", "api"],
        env=environment(data, **variables),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}", process
        finally:
            _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise


def _wait_until_ready(base: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr and process.stderr.read().decode()
        try:
            if httpx.get(f"{base}/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("not ready in time")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_it_stops_cleanly_and_leaves_no_process(tmp_path, ending):
    with serving(tmp_path) as (_, process):
        family = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, ending)  # what a terminal does on Ctrl-C
        assert process.wait(timeout=20) == 0
        _, alive = psutil.wait_procs(family, timeout=5)
        assert not alive
        said = process.stderr.read().decode() if process.stderr else ""
    assert "Traceback" not in said


def test_many_signals_at_once_stop_it_as_one_does(tmp_path):
    with serving(tmp_path) as (_, process):
        for _ in range(300):
            process.terminate()
        assert process.wait(timeout=20) == 0


def test_told_to_stop_while_its_workers_start_it_does_not_wait_for_them(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "api"],
        env=environment(tmp_path, PORT=str(free_port())),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr
        while "serves on" not in process.stderr.readline():
            assert process.poll() is None
        while len(psutil.Process(process.pid).children()) < 2:
            assert process.poll() is None
        os.killpg(process.pid, signal.SIGTERM)
        said = process.stderr.read()
        assert process.wait(timeout=20) in {0, 1}  # 1: a worker had ended before it was told
    assert "refused to gracefully stop" not in said


def test_a_folder_of_ones_own_is_served_and_kept_across_starts(tmp_path):
    photos = tmp_path / "my photos" / "sommer 2026"
    photos.mkdir(parents=True)
    image = pyvips.Image.black(300, 200, bands=3).copy(interpretation="srgb") + 90
    image.cast("uchar").pngsave(str(photos / "am größten See.png"))
    originals = {"DARKROOM_ORIGINALS": str(tmp_path / "my photos")}
    path = (
        "/demo/image/upload/c_fill,w_60,h_60/f_auto/sommer%202026/am%20gr%C3%B6%C3%9Ften%20See.webp"
    )
    with serving(tmp_path / "data", **originals) as (base, _):
        first = httpx.get(base + path, headers={"Accept": "image/avif"})
    with serving(tmp_path / "data", **originals) as (base, _):
        second = httpx.get(base + path, headers={"Accept": "image/avif"})
    assert (first.status_code, first.headers["content-type"]) == (200, "image/avif")
    assert first.headers["server-timing"].startswith("cache;desc=miss")
    assert second.headers["server-timing"] == "cache;desc=hit"
    assert first.content == second.content
    assert [entry.name for entry in (tmp_path / "my photos").iterdir()] == ["sommer 2026"], (
        "nothing is written there"
    )


def test_pages_api_and_pictures_answer_side_by_side(tmp_path):
    with serving(tmp_path) as (base, _):
        assert httpx.get(f"{base}/").status_code == 200
        assert httpx.get(f"{base}/docs").status_code == 200
        assert httpx.get(f"{base}/api/properties").json()["count"] == 0
        missing = httpx.get(f"{base}/demo/image/upload/w_100/nix.jpg")
        assert (missing.status_code, missing.headers["x-cld-error"]) == (
            404,
            "Resource not found - nix",
        )
        assert httpx.get(f"{base}/nowhere").status_code == 404
