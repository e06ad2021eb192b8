"""Every benchmark, one after another: `make bench`, or `python -m benchmarks --help`.

Prints a table as each program ends; a full run rewrites RESULTS.md and results.jsonl beside this file.  One program's
gap does not stop the others; anything else that goes wrong does, because half a comparison is none.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks import (
    coldstart,
    evictions,
    flights,
    hits,
    hostile,
    levels,
    listings,
    machine,
    masters,
    memory,
    misses,
    overload,
    page,
    peers,
    purging,
    refining,
    report,
    shrink,
    tiers,
)
from benchmarks.aim import check
from benchmarks.errors import BenchmarkError, CannotRun
from benchmarks.launch import end_cleanly

_HERE = Path(__file__).resolve().parent
_PROGRAMS: dict[str, Callable[..., report.Finding]] = {
    "hits": hits.run,
    "misses": misses.run,
    "masters": masters.run,
    "shrink": shrink.run,
    "memory": memory.run,
    "aim": check.run,
    "refining": refining.run,
    "levels": levels.run,
    "flights": flights.run,
    "overload": overload.run,
    "hostile": hostile.run,
    "tiers": tiers.run,
    "evictions": evictions.run,
    "purging": purging.run,
    "listings": listings.run,
    "page": page.run,
    "coldstart": coldstart.run,
    "peers": peers.run,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 when every program ran, 1 when one could not run here, 2 when one failed."""
    options = _parser().parse_args(arguments)
    where = machine.describe()
    if where.disturbance:
        sys.stderr.write(f"{where.disturbance}\n")
    gaps: list[str] = []
    took_s: dict[str, float] = {}
    try:
        findings = list(_run(options.only or list(_PROGRAMS), gaps, took_s, quick=options.quick))
    except BenchmarkError as error:
        sys.stderr.write(f"\n{error}\n")
        return 2
    finally:
        _tell(took_s)
    if options.output is not None or not (options.quick or options.only):
        _write(options.output or _HERE, report.as_document(where, findings, gaps), findings, where)
    return 1 if gaps else 0


def _run(
    names: Sequence[str], gaps: list[str], took_s: dict[str, float], *, quick: bool
) -> Iterator[report.Finding]:
    for name in names:
        started_s = time.monotonic()
        try:
            finding = _PROGRAMS[name](quick=quick)
        except CannotRun as gap:
            gaps.append(f"{name}: {gap}")
            print(f"{gaps[-1]}\n")
            continue
        finally:
            took_s[name] = time.monotonic() - started_s
        print(report.as_lines(finding), flush=True)
        yield finding


def _tell(took_s: dict[str, float]) -> None:
    """The time of each program, and of all."""
    each = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in took_s.items())
    sys.stderr.write(f"{each}\nmeasured in {sum(took_s.values()):.0f} s\n")


def _write(
    folder: Path, document: str, findings: Sequence[report.Finding], where: machine.Machine
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "RESULTS.md").write_text(document, encoding="utf-8")
    lines = [
        report.as_json_line(each.program, each.figures, machine=where) + "\n" for each in findings
    ]
    (folder / "results.jsonl").write_text("".join(lines), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(_PROGRAMS), help="may be repeated")
    parser.add_argument(
        "--quick", action="store_true", help="short laps that only show that it works"
    )
    parser.add_argument("--output", type=Path, help="folder for RESULTS.md and results.jsonl")
    return parser


if __name__ == "__main__":
    end_cleanly()
    try:
        raise SystemExit(main())
    except KeyboardInterrupt:
        raise SystemExit(130) from None  # 128 + SIGINT, as shells have it
