"""What is counted, that nothing is lost when workers come and go, and what Prometheus reads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from imgproxy.metrics import Metrics, sharing
from imgproxy.metrics.exposition import text
from imgproxy.metrics.families import BOUNDS_S, FAMILIES, LOOKUPS, REQUESTS, RUNNING, STAGES

HIT, WORK = REQUESTS["hit"], RUNNING[""]

WORKER = """
import sys, time
from pathlib import Path
from imgproxy.metrics import Metrics
from imgproxy.metrics.families import REQUESTS, RUNNING
metrics = Metrics(Path(sys.argv[1]))
metrics.open()
for _ in range(int(sys.argv[2])):
    metrics.cells[REQUESTS["hit"]] += 1
metrics.cells[RUNNING[""]] += 1
print("counted", flush=True)
sys.stdin.read()
"""


def worker(folder: Path, hits: int) -> subprocess.Popen[str]:
    """A process that has counted so many hits and one running render, and lives until its stdin closes."""
    command = [sys.executable, "-c", WORKER, str(folder), str(hits)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert process.stdout
    assert process.stdout.readline() == "counted\n"
    return process


def end(process: subprocess.Popen[str], *, kill: bool = False) -> None:
    if kill:
        process.kill()
    process.communicate()


@pytest.fixture
def metrics(tmp_path):
    opened = Metrics(tmp_path / "metrics")
    opened.open()
    yield opened
    opened.close()


def numbers(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Every sample that a scrape finds: its name and the values of its labels."""
    scraped = text(metrics.total(), {"disk": 7, "redis": None}).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(scraped)
        for sample in family.samples
    }


def test_two_processes_count_at_once_and_any_of_them_knows_the_sum(metrics):
    others = [worker(metrics._folder, 1000), worker(metrics._folder, 200)]
    metrics.cells[HIT] += 30
    total = metrics.total()
    for other in others:
        end(other)
    assert (total[HIT], total[WORK]) == (1230, 2)


def test_a_killed_worker_leaves_its_counters_and_takes_its_gauges_along(metrics):
    end(worker(metrics._folder, 50), kill=True)
    total = metrics.total()
    assert (total[HIT], total[WORK]) == (50, 0)


def test_its_successor_counts_on_in_the_same_file(metrics):
    for _ in range(5):
        end(worker(metrics._folder, 10), kill=True)
    assert metrics.total()[HIT] == 50
    assert len(list(metrics._folder.glob("*.cells"))) == 2


def test_a_row_of_another_layout_begins_anew(tmp_path):
    (tmp_path / "0.cells").write_bytes(b"another version!" + bytes(8 * 500))
    row = sharing.take(tmp_path)
    assert set(row.cells) == {0.0}
    row.close()


def test_without_a_place_for_rows_a_worker_counts_alone(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    metrics = Metrics(tmp_path / "file" / "metrics")
    metrics.open()
    metrics.cells[HIT] += 1
    assert metrics.total()[HIT] == 1
    assert "not shared" in capsys.readouterr().out
    metrics.close()


def test_a_closed_row_still_takes_what_comes_late(metrics):
    metrics.close()
    metrics.cells[HIT] += 1
    assert metrics.total()[HIT] == 1


def test_prometheus_reads_counters_gauges_and_cumulative_histograms(metrics):
    metrics.cells[HIT] += 3
    metrics.cells[LOOKUPS["misses"]["redis"]] += 1
    for seconds in (0.0005, 0.001, 0.3, 99):
        metrics.observe(STAGES["render"], seconds)
    found = numbers(metrics)
    assert found["darkroom_requests_total", "hit"] == 3
    assert found["darkroom_cache_misses_total", "redis"] == 1
    assert found["darkroom_renders_running",] == 0
    assert found["darkroom_cache_held_bytes", "disk"] == 7
    assert ("darkroom_cache_held_bytes", "redis") not in found, "not known is not zero"
    buckets = [found["darkroom_stage_seconds_bucket", f"{b:g}", "render"] for b in (0.001, 0.5, 10)]
    assert buckets == [2, 3, 3]
    assert found["darkroom_stage_seconds_bucket", "+Inf", "render"] == 4
    assert found["darkroom_stage_seconds_count", "render"] == 4
    assert found["darkroom_stage_seconds_sum", "render"] == pytest.approx(99.3015)


def test_no_two_metrics_share_a_cell():
    cells = [
        cell + offset
        for family in FAMILIES
        for cell in family.row.values()
        for offset in range(len(BOUNDS_S) + 2 if family.kind == "histogram" else 1)
    ]
    assert sorted(cells) == list(range(len(cells)))
