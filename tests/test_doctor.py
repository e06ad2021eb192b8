"""`python -m api doctor` on a healthy node and on sick ones."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from api.doctor import Finding, line
from tests.test_start import environment


def doctor(data: Path, **variables: str) -> tuple[int, dict[str, str]]:
    """Exit status, and the lines by their first words, the mark in front."""
    ended = subprocess.run(
        [sys.executable, "-m", "api", "doctor"],
        env=environment(data, **variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines: dict[str, str] = {}
    for shown in ended.stdout.splitlines():
        if shown[:1] in {"✓", "✗"}:
            lines[shown[2:18].strip()] = shown[0] + shown[18:]
        elif shown.startswith("  "):  # advice, or more of the same
            lines[next(reversed(lines))] += " " + shown.strip()
    assert "\x1b" not in ended.stdout, "no colours where nobody sees them"
    return ended.returncode, lines


def test_a_healthy_node_has_a_tick_on_every_line(tmp_path):
    (tmp_path / "originals").mkdir()
    (tmp_path / "originals" / "a.jpg").write_bytes(b"x")
    status, lines = doctor(tmp_path)
    assert [what for what, text in lines.items() if not text.startswith("✓")] == []
    assert status == 0
    assert list(lines) == [
        *("originals", "data folder", "disk space", "database", "render process", "disk tier"),
        *("round trip", "codecs out", "codecs in", "fonts"),
    ]
    assert "1 file" in lines["originals"]
    assert {"heic", "pdf", "svg", "tiff", "ico"} < set(lines["codecs in"][1:].split(", "))


def test_what_is_wrong_has_a_cross_and_a_sentence_and_the_rest_is_looked_at(tmp_path):
    (tmp_path / "cache").write_text("a file where the disk tier wants a folder")
    status, lines = doctor(
        tmp_path,
        REDIS_URL="redis://127.0.0.1:1/0",
        DATABASE_URL="postgres://nobody@127.0.0.1:1/x",
        DARKROOM_CACHE=f"memory:1MB,disk:{tmp_path}/cache?max=1GB,redis:",
    )
    assert status == 1
    for what, advice in [
        ("database", "DATABASE_URL"),
        ("redis", "unset REDIS_URL"),
        ("disk tier", "DARKROOM_CACHE"),
        ("redis tier", "DARKROOM_CACHE"),
        ("originals", "DARKROOM_ORIGINALS"),
    ]:
        assert lines[what].startswith("✗"), what
        assert advice in lines[what].partition("→")[2]
    assert lines["round trip"].startswith("✓")


def test_redis_and_s3_are_looked_at_where_they_are_configured(tmp_path, redis_url, s3_endpoint):
    from botocore.session import get_session

    bucket = f"doctor-{os.getpid()}"
    get_session().create_client("s3", endpoint_url=s3_endpoint).create_bucket(Bucket=bucket)
    settings = {
        "REDIS_URL": redis_url,
        "DARKROOM_ORIGINALS": f"s3://{bucket}/originals",
        "DARKROOM_CACHE": f"memory:1MB,redis:,s3://{bucket}/cache",
        "AWS_ENDPOINT_URL": s3_endpoint,
    }
    status, lines = doctor(tmp_path, **settings)
    for what in ("redis", "s3 originals", "redis tier", "s3 tier"):
        assert lines[what].startswith("✓"), lines
    assert status == 0
    _, lines = doctor(tmp_path, **settings | {"DARKROOM_ORIGINALS": "s3://no-such-bucket/x"})
    assert lines["s3 tier"].startswith("✓")


def test_an_unknown_word_is_refused(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-m", "api", "nurse"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, "doctor" in ended.stderr) == (2, True)


@pytest.mark.parametrize("colour", [False, True])
def test_what_is_long_goes_on_below_in_80_columns(colour):
    finding = Finding("originals", False, "words and " * 12 + "/a/path" * 9, "Do this. " * 12)
    shown = re.sub("\x1b[^m]*m", "", line(finding, colour=colour)).splitlines()
    assert max(map(len, shown)) == 18 + len("/a/path" * 9)
    assert [len(one) <= 80 for one in shown].count(False) == 1, "the path stays whole"
    assert {one[:18].strip() for one in shown[1:]} == {""}
    assert "".join("".join(shown).split())[1:] == "originals" + "wordsand" * 12 + "/a/path" * 9 + (
        "→" + "Dothis." * 12
    )
