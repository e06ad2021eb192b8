"""The check alone: `python -m benchmarks.aim`; `--folder` keeps the samples for the next run."""

import argparse
import tempfile
from pathlib import Path

from benchmarks import report
from benchmarks.aim import check


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.aim", description=__doc__)
    parser.add_argument("--folder", type=Path, help="default: a temporary one")
    parser.add_argument("--samples", type=int, help="no more than these")
    parser.add_argument(
        "--cuts", type=int, default=1, help="of each source; `make bench` takes one"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = check.check(options.folder or Path(name), options.samples, options.cuts)
    for table in found.tables:
        print(f"{report.as_text(table)}\n")
    print(report.as_json_line(found.program, found.figures))


if __name__ == "__main__":
    main()
