"""How results are written: aligned text for a terminal, Markdown for RESULTS.md, JSON lines for machines.

The only room that formats a number.  It must never measure, and never know what a figure means.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from benchmarks.machine import Machine


class Table(Struct, frozen=True):
    """A finding for people; the first column is text, the others are figures aligned to the right."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


class Finding(Struct, frozen=True):
    """What one program found: tables for people, `figures` (anything msgspec encodes) for machines."""

    program: str
    tables: tuple[Table, ...]
    figures: Any


def as_text(table: Table) -> str:
    widths = [max(map(len, column)) for column in zip(table.columns, *table.rows, strict=True)]
    lines = [_aligned(cells, widths) for cells in (table.columns, *table.rows)]
    rule = "  ".join("-" * width for width in widths)
    return "\n".join(
        [table.title, "", lines[0], rule, *lines[1:], *(f"* {note}" for note in table.notes)]
    )


def as_lines(finding: Finding) -> str:
    """For a terminal: every table, then the figures in one line."""
    tables = (f"{as_text(table)}\n\n" for table in finding.tables)
    return "".join((*tables, as_json_line(finding.program, finding.figures), "\n"))


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = cells
    return "  ".join(
        [first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(others, widths[1:], strict=True))]
    ).rstrip()


def as_markdown(table: Table) -> str:
    alignment = ("---", *("---:" for _ in table.columns[1:]))
    rows = [f"| {' | '.join(cells)} |" for cells in (table.columns, alignment, *table.rows)]
    notes = ["", *(f"* {note}" for note in table.notes)] if table.notes else []
    return "\n".join([f"### {table.title}", "", *rows, *notes])


def as_document(machine: Machine, findings: Sequence[Finding], gaps: Sequence[str]) -> str:
    """RESULTS.md: the machine, every table, and what could not be measured."""
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    head = [
        "# Results",
        "Written by `make bench`; compare figures within one table only.",
        (
            f"* {machine.date}, commit {machine.commit}\n"
            f"* {machine.cores} cores of {machine.cpu}, {size(machine.memory_bytes)} memory, {machine.system}; "
            f"load average before: {machine.load:.2f}\n"
            f"* {versions}"
        ),
    ]
    warning = [f"**{machine.disturbance}**"] if machine.disturbance else []
    tables = [as_markdown(table) for finding in findings for table in finding.tables]
    missing = ["### Not measured\n\n" + "\n".join(f"* {gap}" for gap in gaps)] if gaps else []
    return "\n\n".join([*head, *warning, *tables, *missing]) + "\n"


def as_json_line(program: str, figures: Any, **context: Any) -> str:
    """One line of JSON: the program's name, its context (such as the machine), and its figures."""
    return msgspec.json.encode({"program": program, **context, "figures": figures}).decode()


def count(value: float) -> str:
    return f"{value:,.0f}"


def rate(per_s: float) -> str:
    return f"{per_s:,.0f}" if per_s >= 100 else f"{per_s:,.1f}"


def ms(value_ms: float) -> str:
    return f"{value_ms:,.1f}" if value_ms >= 10 else f"{value_ms:.2f}"


def us(value_us: float) -> str:
    return f"{value_us:,.1f}"


def times(ratio: float) -> str:
    return f"{ratio:.2f}×"


def size(value_bytes: float) -> str:
    """Bytes in the largest unit that keeps at least one whole: B, kB, MB, GB (powers of ten)."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if value_bytes >= unit:
            return f"{value_bytes / unit:,.1f} {name}"
    return f"{value_bytes:,.0f} B"


def tally(counts: dict[Any, int]) -> str:
    return " ".join(f"{name}:{number:,}" for name, number in counts.items()) or "none"
