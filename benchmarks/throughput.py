"""Load any base URL with a URL list and say what came back: `python -m benchmarks.throughput --help`.

A library too: `run_load(LoadPlan(...)) -> LoadReport`.  It must never load another machine unless told to.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks import report
from benchmarks.errors import BadTarget, BenchmarkError
from benchmarks.load import MAX_REQUESTS, LoadPlan, LoadReport, run_load
from benchmarks.progress import Progress
from benchmarks.traffic import Order, Traffic

__all__ = [
    "LoadPlan",
    "LoadReport",
    "Order",
    "Traffic",
    "main",
    "read_targets",
    "run_load",
    "tabulate",
]

_MAX_LIST_BYTES = 64_000_000


def read_targets(lines: Iterable[str], base_url: str) -> tuple[str, ...]:
    """Paths from a URL list: one a line, blank lines and `#` comments left out, full URLs only under `base_url`."""
    wanted = [
        stripped for line in lines if (stripped := line.strip()) and not stripped.startswith("#")
    ]
    return tuple(_path(url, base_url.rstrip("/")) for url in wanted)


def _path(url: str, base: str) -> str:
    if url.startswith("/"):
        return url
    if url.startswith(base + "/"):
        return url.removeprefix(base)
    raise BadTarget(url, f"a path, or a URL under {base}")


def tabulate(title: str, found: LoadReport) -> report.Table:
    rows = (
        ("requests/s", report.rate(found.requests_per_s)),
        ("p50 ms", report.ms(found.p50_ms)),
        ("p95 ms", report.ms(found.p95_ms)),
        ("p99 ms", report.ms(found.p99_ms)),
        ("max ms", report.ms(found.max_ms)),
        ("answers", report.count(found.answers)),
        ("by status", report.tally(found.statuses)),
        ("failures", report.tally(found.failures)),
        ("errors", report.count(found.errors)),
        ("body bytes", report.size(found.body_bytes)),
        ("seconds", f"{found.elapsed_s:.2f}"),
    )
    return report.Table(title, ("figure", "value"), rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 when every answer was below 400, 1 when some were not or failed, 2 when nothing could be asked."""
    options = _parser().parse_args(arguments)
    progress = Progress("load")
    try:
        plan = _plan(options)
        found = run_load(plan, progress)
    except (BenchmarkError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    progress.clear()
    figures = {
        "requests_per_s": found.requests_per_s,
        "errors": found.errors,
        "report": found,
        "plan": _brief(plan),
    }
    print(report.as_text(tabulate(f"{plan.base_url}, {plan.concurrency} connections", found)))
    print(report.as_json_line("throughput", figures))
    return 1 if found.errors else 0


def _brief(plan: LoadPlan) -> dict[str, object]:
    # A million targets do not belong on one line.
    return {
        "base_url": plan.base_url,
        "targets": len(plan.targets),
        "traffic": plan.traffic,
        "concurrency": plan.concurrency,
        "processes": plan.processes,
        "duration_s": plan.duration_s,
    }


def _plan(options: argparse.Namespace) -> LoadPlan:
    lines = list(options.paths)
    if options.list is not None:
        lines += _read_list(options.list)
    return LoadPlan(
        base_url=options.url,
        targets=read_targets(lines, options.url),
        headers=tuple(_header(text) for text in options.header),
        traffic=Traffic(Order(options.order), options.zipf_exponent, options.seed),
        concurrency=options.concurrency,
        processes=options.processes,
        duration_s=options.duration,
        warmup_s=options.warm_up,
        max_requests=options.requests,
        timeout_s=options.timeout,
        allow_remote=options.allow_remote,
    )


def _read_list(path: Path) -> list[str]:
    if path.stat().st_size > _MAX_LIST_BYTES:
        raise BadTarget(str(path), f"a list of at most {report.size(_MAX_LIST_BYTES)}")
    return path.read_text(encoding="utf-8").splitlines()


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise BadTarget(text, "a header as 'Name: value'")
    return name.strip(), value.strip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput", description=__doc__)
    add = parser.add_argument
    add("paths", nargs="*", help="paths to ask for, besides those of --list")
    add("--url", required=True, help="base URL, such as http://127.0.0.1:8000")
    add("--list", type=Path, help="file with one path or URL a line")
    add(
        "-H",
        "--header",
        action="append",
        default=[],
        help="such as 'Accept: image/avif,*/*'; may be repeated",
    )
    add("-c", "--concurrency", type=int, default=32, help="keep-alive connections (default 32)")
    add("-d", "--duration", type=float, default=5.0, help="seconds (default 5)")
    add(
        "-n",
        "--requests",
        type=int,
        default=MAX_REQUESTS,
        help="stop after this many, if that comes first",
    )
    add(
        "-p",
        "--processes",
        type=int,
        default=1,
        help="client processes that share the connections (default 1)",
    )
    add(
        "--warm-up",
        type=float,
        default=0.5,
        help="seconds of load that are not counted (default 0.5)",
    )
    add(
        "--timeout",
        type=float,
        default=30.0,
        help="seconds until an answer counts as failed (default 30)",
    )
    add("--order", choices=[order.value for order in Order], default=Order.ROUND_ROBIN.value)
    add("--zipf-exponent", type=float, default=1.0)
    add("--seed", type=int, default=1, help="of the Zipf order")
    add("--allow-remote", action="store_true", help="load an address that is not loopback")
    return parser


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        raise SystemExit(130) from None  # 128 + SIGINT, as shells have it
