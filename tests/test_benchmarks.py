"""The measuring tools count right: against answers fed by hand, known numbers, and a tiny server of our own."""

import json
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice

import psutil
import pytest
from msgspec import structs

from benchmarks import evictions, processes, throughput
from benchmarks.errors import BadTarget, MalformedResponse, RemoteTarget, ServerLost
from benchmarks.http1 import Response, ResponseReader
from benchmarks.launch import Launch, fetch, free_port, running
from benchmarks.load import LoadPlan, percentile, run_load
from benchmarks.machine import Machine
from benchmarks.report import Finding, Table, as_document, as_json_line, as_markdown, as_text, size
from benchmarks.rounds import Lap, ratio, take_turns
from benchmarks.traffic import Order, Traffic, pick, read_address, write_request

# --- reading answers ----------------------------------------------------------------------------

ANSWERS = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Response(200, 5, reusable=True)),
    (b"HTTP/1.1 200\r\ncontent-length:0\r\n\r\n", Response(200, 0, reusable=True)),
    (b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", Response(304, 0, reusable=True)),
    (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 999\r\n\r\n", Response(304, 0, reusable=True)),
    (
        b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno",
        Response(404, 2, reusable=False),
    ),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", Response(200, 1, reusable=False)),
    (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;name=value\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
        Response(200, 13, reusable=True),
    ),
]


@pytest.mark.parametrize(("text", "expected"), ANSWERS)
def test_an_answer_is_the_same_wherever_the_network_cuts_it(text, expected):
    for cut in range(1, len(text)):
        reader = ResponseReader()
        assert reader.feed(text[:cut]) is None
        assert reader.feed(text[cut:]) == expected


@pytest.mark.parametrize(("text", "expected"), ANSWERS)
def test_a_reader_is_ready_for_the_next_answer(text, expected):
    reader = ResponseReader()
    assert [reader.feed(text), reader.feed(text)] == [expected, expected]


def test_without_a_length_the_body_ends_with_the_connection():
    reader = ResponseReader()
    assert reader.feed(b"HTTP/1.1 200 OK\r\n\r\nabc") is None
    assert reader.feed(b"def") is None
    assert reader.end() == Response(200, 6, reusable=False)


def test_a_connection_that_closes_early_completes_nothing():
    reader = ResponseReader()
    assert reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel") is None
    assert reader.end() is None


@pytest.mark.parametrize(
    "text",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nmore",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x" * 70_000,
    ],
)
def test_what_is_not_an_answer_is_refused(text):
    with pytest.raises(MalformedResponse):
        ResponseReader().feed(text)


# --- what is asked ------------------------------------------------------------------------------

LETTERS = [b"a", b"b", b"c", b"d", b"e"]


def test_round_robin_asks_for_everything_equally_often():
    assert set(Counter(islice(pick(LETTERS, Traffic(), 0, 1), 50)).values()) == {10}


def test_clients_of_a_round_robin_start_at_different_places():
    firsts = [next(pick(LETTERS, Traffic(), client, 5)) for client in range(5)]
    assert firsts == LETTERS


@pytest.mark.parametrize("clients", [1, 2, 3, 7])
def test_once_means_once_for_all_clients_together(clients):
    asked = [
        r for client in range(clients) for r in pick(LETTERS, Traffic(Order.ONCE), client, clients)
    ]
    assert sorted(asked) == LETTERS


def test_zipf_prefers_the_head_of_the_list_by_rank():
    counts = Counter(islice(pick(LETTERS, Traffic(Order.ZIPF, 1.0), 0, 1), 100_000))
    assert counts[b"a"] / counts[b"b"] == pytest.approx(2, rel=0.05)
    assert counts[b"a"] / counts[b"e"] == pytest.approx(5, rel=0.05)


def test_zipf_is_the_same_for_the_same_seed_and_differs_between_clients():
    def sample(seed, client):
        return list(islice(pick(LETTERS, Traffic(Order.ZIPF, 1.0, seed), client, 2), 100))

    assert sample(1, 0) == sample(1, 0)
    assert sample(1, 0) != sample(1, 1)
    assert sample(1, 0) != sample(2, 0)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8000", "http://127.9.9.9", "http://localhost:80", "http://[::1]:8000/base"],
)
def test_this_machine_may_be_loaded(url):
    assert read_address(url, allow_remote=False).is_loopback


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1", "http://example.org", "http://127.0.0.1.example.org", "http://0.0.0.0:80"],
)
def test_another_machine_is_loaded_only_on_demand(url):
    with pytest.raises(RemoteTarget):
        read_address(url, allow_remote=False)
    assert not read_address(url, allow_remote=True).is_loopback


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:8000", "https://127.0.0.1", "http://", "http://127.0.0.1:x", "http://127.0.0.1/?q"],
)
def test_a_base_url_is_plain_http(url):
    with pytest.raises(BadTarget):
        read_address(url, allow_remote=True)


def test_a_request_keeps_what_is_encoded_and_encodes_what_must_be():
    address = read_address("http://127.0.0.1:81/base/", allow_remote=False)
    request = write_request(address, "/a b/ü%2C,c$x?y=1", [("Accept", "image/avif")])
    assert request == (
        b"GET /base/a%20b/%C3%BC%2C,c$x?y=1 HTTP/1.1\r\n"
        b"Host: 127.0.0.1:81\r\nAccept: image/avif\r\n\r\n"
    )


@pytest.mark.parametrize("header", [("X", "a\r\nY: b"), ("", "x")])
def test_a_header_is_one_line(header):
    address = read_address("http://127.0.0.1", allow_remote=False)
    with pytest.raises(BadTarget):
        write_request(address, "/", [header])


def test_a_url_list_has_paths_urls_blank_lines_and_comments():
    lines = ["# hot", "/a", "", "  http://127.0.0.1:8000/b?c=1  "]
    assert throughput.read_targets(lines, "http://127.0.0.1:8000/") == ("/a", "/b?c=1")
    with pytest.raises(BadTarget, match="elsewhere"):
        throughput.read_targets(["http://elsewhere/x"], "http://127.0.0.1:8000")


# --- loading a server ---------------------------------------------------------------------------


class _TinyServer(ThreadingHTTPServer):
    """Remembers what it was asked, path and Accept; what hangs is let go by `released`."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Tiny)
        self.asked = []
        self.released = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Tiny(BaseHTTPRequestHandler):
    """`/bytes/N` sends N bytes, `/status/N` that status; `/close`, `/hang` and `/garbage` do what they say."""

    protocol_version = "HTTP/1.1"
    server: "_TinyServer"

    def do_GET(self):
        self.server.asked.append((self.path, self.headers["Accept"]))
        _, kind, *argument = self.path.split("/")
        getattr(self, f"do_{kind}")(*argument)

    def do_bytes(self, number):
        self._answer(200, b"x" * int(number))

    def do_status(self, status):
        self._answer(int(status), b"" if status == "304" else b"sorry")

    def do_close(self):
        self.close_connection = True

    def do_hang(self):
        self.server.released.wait(10)
        self.close_connection = True

    def do_garbage(self):
        self.wfile.write(b"garbage\r\n\r\n")
        self.close_connection = True

    def _answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def tiny():
    server = _TinyServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


def _plan(url, *targets, **others):
    return LoadPlan(
        base_url=url,
        targets=targets,
        **{"concurrency": 2, "duration_s": 10, "traffic": Traffic(Order.ONCE), **others},
    )


@pytest.mark.parametrize("client_processes", [1, 2])
def test_every_answer_is_counted_by_status_and_length(tiny, client_processes):
    """Forty requests in all, whatever the number of processes that share them."""
    targets = ["/bytes/1000"] * 20 + ["/bytes/0"] * 8 + ["/status/304"] * 5 + ["/status/503"] * 7
    plan = _plan(
        tiny.url, *targets, processes=client_processes, headers=(("Accept", "image/webp"),)
    )
    report = run_load(plan)
    assert report.statuses == {200: 28, 304: 5, 503: 7}
    assert report.answers == 40
    assert report.failures == {}
    assert report.errors == 7
    assert report.body_bytes == 20 * 1000 + 7 * len("sorry")
    assert sorted(tiny.asked) == sorted((target, "image/webp") for target in targets)
    assert 0 < report.p50_ms <= report.p95_ms <= report.p99_ms <= report.max_ms


def test_a_load_ends_at_its_number_of_requests(tiny):
    report = run_load(_plan(tiny.url, "/bytes/1", traffic=Traffic(), max_requests=37, processes=2))
    assert report.answers == len(tiny.asked) == 37


def test_warm_up_is_asked_but_not_counted(tiny):
    report = run_load(_plan(tiny.url, "/bytes/1", "/bytes/2", warmup_s=0.05))
    assert report.answers == 2
    assert len(tiny.asked) == 4


@pytest.mark.parametrize(
    ("target", "failures"),
    [("/close", {"closed": 3}), ("/garbage", {"malformed": 3}), ("/hang", {"timeout": 3})],
)
def test_a_request_without_an_answer_is_a_failure_of_its_kind(tiny, target, failures):
    report = run_load(_plan(tiny.url, target, target, target, "/bytes/9", timeout_s=0.3))
    assert report.failures == failures
    assert report.errors == 3
    assert (report.answers, report.body_bytes) == (1, 9)


def test_nobody_listening_is_counted_and_comes_to_an_end():
    plan = _plan(f"http://127.0.0.1:{free_port()}", "/", traffic=Traffic(), max_requests=4)
    report = run_load(plan)
    assert report.failures == {"connect": 4}
    assert (report.answers, report.p50_ms, report.statuses) == (0, 0.0, {})


@pytest.mark.parametrize(
    "wrong", [{"concurrency": 0}, {"processes": 3}, {"duration_s": 0}, {"timeout_s": -1}]
)
def test_a_plan_has_bounds(wrong):
    with pytest.raises(BadTarget, match=next(iter(wrong))):
        _plan("http://127.0.0.1:1", "/", **wrong)


# Ascending values, percent, and the nearest rank as the textbooks have it.
PERCENTILES = [
    ([], 50, 0.0),
    ([7.0], 99, 7.0),
    ([15, 20, 35, 40, 50], 5, 15),
    ([15, 20, 35, 40, 50], 30, 20),
    ([15, 20, 35, 40, 50], 40, 20),
    ([15, 20, 35, 40, 50], 50, 35),
    ([15, 20, 35, 40, 50], 100, 50),
    (range(1, 1001), 50, 500),
    (range(1, 1001), 95, 950),
    (range(1, 1001), 99, 990),
]


@pytest.mark.parametrize(("ascending", "percent", "expected"), PERCENTILES)
def test_percentiles_are_exact(ascending, percent, expected):
    assert percentile(ascending, percent) == expected


def test_the_command_prints_a_table_and_one_json_line(tiny, tmp_path, capsys):
    urls = tmp_path / "urls.txt"
    urls.write_text(f"# two\n/bytes/10\n{tiny.url}/bytes/30\n")
    status = throughput.main(
        ["--url", tiny.url, "--list", str(urls), "-n", "4", "-c", "1", "--warm-up", "0"]
    )
    *table, last = capsys.readouterr().out.splitlines()
    assert status == 0
    assert any(line.split() == ["answers", "4"] for line in table)
    figures = json.loads(last)["figures"]
    assert figures["report"]["statuses"] == {"200": 4}
    assert figures["report"]["body_bytes"] == 80


def test_the_command_says_by_its_exit_status_that_answers_were_errors(tiny, capsys):
    assert (
        throughput.main(["--url", tiny.url, "/status/500", "-n", "1", "-c", "1", "--warm-up", "0"])
        == 1
    )
    assert '"errors":1' in capsys.readouterr().out


def test_the_command_refuses_another_machine_in_one_sentence(capsys):
    assert throughput.main(["--url", "http://192.0.2.1", "/"]) == 2
    assert capsys.readouterr().err == (
        "192.0.2.1 is not a loopback address; give --allow-remote to load another machine\n"
    )


# --- servers and what they cost -----------------------------------------------------------------

SERVE_HERE = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1"]


def test_a_server_answers_while_it_runs_and_is_gone_afterwards(tmp_path):
    port = free_port()
    launch = Launch(
        name="files", command=[*SERVE_HERE, str(port)], port=port, ready_path="/", folder=tmp_path
    )
    with running(launch) as server:
        assert fetch(server, "/missing").status == 404
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_a_server_that_does_not_start_says_its_last_words(tmp_path):
    command = [sys.executable, "-c", "raise SystemExit('no such luck')"]
    launch = Launch(
        name="unlucky", command=command, port=free_port(), ready_path="/", folder=tmp_path
    )
    with pytest.raises(ServerLost, match="no such luck"), running(launch):
        pass


MEASURES_FOR_EVER = """
import sys, time
from pathlib import Path
from benchmarks.launch import Launch, end_cleanly, running
end_cleanly()
command, port, folder = sys.argv[1:-2], int(sys.argv[-2]), Path(sys.argv[-1])
launch = Launch(name="files", command=command, port=port, ready_path="/", folder=folder)
try:
    with running(launch) as server:
        print(server.pid, flush=True)
        time.sleep(600)
finally:
    print("left", flush=True)
"""


@pytest.mark.parametrize(
    ("ending", "said", "status"),
    [(signal.SIGTERM, b"left\n", 128 + signal.SIGTERM), (signal.SIGKILL, b"", -signal.SIGKILL)],
    ids=["terminated", "killed"],
)
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux does it")
def test_a_server_ends_with_its_benchmark_however_that_ends(tmp_path, ending, said, status):
    port = free_port()
    command = [sys.executable, "-c", MEASURES_FOR_EVER, *SERVE_HERE, str(port), str(port)]
    with subprocess.Popen([*command, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        server = psutil.Process(int(process.stdout.readline()))
        process.send_signal(ending)
        assert (process.stdout.read(), process.wait(60)) == (said, status)
    assert psutil.wait_procs([server], timeout=60)[1] == []


def test_a_tree_counts_the_memory_and_cpu_of_grandchildren():
    """The parent does nothing; the child holds 64 MB and works until 0.2 s of CPU are spent."""
    work = "import time; x = b'x' * 64_000_000\nwhile time.process_time() < 0.2: pass\nprint(flush=True); input()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        with processes.watch_memory(process.pid) as memory:
            assert process.stdout is not None
            process.stdout.readline()
        spent_s = processes.cpu_seconds(process.pid)
        process.communicate(b"\n")
    assert memory.peak_bytes > memory.largest_bytes > 64_000_000
    assert spent_s >= 0.19  # two clocks, the coarser of them in steps of 10 ms


# --- comparing and reporting --------------------------------------------------------------------


def test_contestants_take_turns():
    order = []

    def contestant(name):
        def run(number):
            order.append((number, name))
            return Lap(1, 1, 1)

        return run

    laps = take_turns({"ours": contestant("ours"), "theirs": contestant("theirs")}, 2)
    assert order == [(0, "ours"), (0, "theirs"), (1, "ours"), (1, "theirs")]
    assert {name: len(each) for name, each in laps.items()} == {"ours": 2, "theirs": 2}


def test_a_ratio_compares_within_rounds():
    """The machine is ten times slower in the second round; the ratio of the medians would be 3."""
    ours = [Lap(20, 0, 0), Lap(2, 0, 0), Lap(9, 0, 0)]
    theirs = [Lap(10, 0, 0), Lap(1, 0, 0), Lap(3, 0, 0)]
    assert ratio(ours, theirs, lambda lap: lap.per_s) == 2


TABLE = Table("Hits", ("server", "µs"), (("nginx", "9.1"), ("barest ASGI", "22.2")), ("a note",))


def test_a_table_is_aligned_for_a_terminal():
    assert as_text(TABLE).splitlines() == [
        "Hits",
        "",
        "server         µs",
        "-----------  ----",
        "nginx         9.1",
        "barest ASGI  22.2",
        "* a note",
    ]


def test_a_table_is_markdown_in_the_results():
    assert as_markdown(TABLE).splitlines()[2:5] == [
        "| server | µs |",
        "| --- | ---: |",
        "| nginx | 9.1 |",
    ]


def test_a_json_line_is_one_line():
    line = as_json_line("hits", {"note": "a\nb", "lap": Lap(1, 2, 3)})
    assert "\n" not in line
    assert json.loads(line)["figures"]["lap"]["per_s"] == 1


MACHINE = Machine(
    "2026-01-01", "abc1234", "a CPU", 2, 8_000_000_000, "Linux", 0.1, {"python": "3.11"}
)


def test_the_results_name_machine_tables_and_gaps():
    document = as_document(MACHINE, [Finding("hits", (TABLE,), None)], ["nginx: not installed"])
    for part in ("abc1234", "2 cores of a CPU, 8.0 GB", "### Hits", "* nginx: not installed"):
        assert part in document
    assert "Other programs" not in document


def test_the_results_say_when_somebody_else_was_at_work():
    busy = structs.replace(MACHINE, load=1.5)
    assert "Other programs were using this machine (load average 1.50" in as_document(busy, [], [])


@pytest.mark.parametrize(
    ("given", "shown"),
    [(0, "0 B"), (999, "999 B"), (20_480, "20.5 kB"), (5e6, "5.0 MB"), (8e9, "8.0 GB")],
)
def test_sizes_are_in_powers_of_ten(given, shown):
    assert size(given) == shown


# --- evictions ----------------------------------------------------------------------------------


def test_the_trace_is_the_same_each_time_and_has_what_it_says():
    asked = list(evictions.trace(5000, 500))
    assert asked == list(evictions.trace(5000, 500))
    counts = Counter(asked)
    assert len(asked) == 5000
    assert sum(count == 1 for name, count in counts.items() if name >= 10**7) > 600
    assert counts.most_common(1)[0][1] > 50


def test_the_policies_of_the_tiers_keep_more_than_the_least_recently_used():
    figures = evictions.run(quick=True).figures
    for found in (figures.disk, figures.disk_behind_memory, figures.memory):
        ours = next(kept for name, kept in found.items() if "ours" in name)
        old = next(kept for name, kept in found.items() if name.startswith("least recently"))
        assert ours.by_requests > old.by_requests
        assert ours.by_bytes > old.by_bytes
