"""What became of a server that was meant harm: collected while it goes on, and shown.

It must never judge an answer.
"""

from collections import Counter, defaultdict

from msgspec import Struct, field

from benchmarks import report
from benchmarks.hostile_talk import QUEUE_TIMEOUT_S, RENDER_TIMEOUT_S
from benchmarks.overload import PHASE_COLUMNS, Phase

CONNECTIONS = 6
HONEST_PER_S = 50.0


class Findings(Struct):
    """While it is being found; `honest`: an honest client's hits, calm and beside the attack."""

    requests: int = 0
    seconds: float = 0
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    slowest_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    faults: list[str] = field(default_factory=list)
    excused: Counter[str] = field(default_factory=Counter)
    renderers: set[int] = field(default_factory=set)
    honest: dict[str, Phase] = field(default_factory=dict)
    weights: list[tuple[int, int]] = field(default_factory=list)
    """Bytes of the server and of its largest renderer: before, after each quarter, and at rest."""


def attack_table(findings: Findings) -> report.Table:
    """By family of requests; what broke a promise is in its notes."""
    rows = tuple(
        (
            family,
            report.count(statuses.total()),
            report.tally(dict(sorted(statuses.items()))),
            f"{findings.slowest_s[family]:.1f}",
        )
        for family, statuses in sorted(findings.statuses.items())
    )
    notes = (
        f"{findings.requests:,} requests in {findings.seconds:.0f} s over {CONNECTIONS} connections; status 0 is a closed connection",
        f"deadline {RENDER_TIMEOUT_S:g} s in a renderer after at most {QUEUE_TIMEOUT_S:g} s in the queue",
        f"excused 5xx: {report.tally(dict(findings.excused))}",
        *(
            f"{who}: {', '.join(map(report.size, sizes))} before, after each quarter, at rest"
            for who, sizes in zip(
                ("server", "largest renderer"), zip(*findings.weights, strict=True), strict=True
            )
        ),
        f"renderers seen: {len(findings.renderers)}, two at a time",
        f"broken promises: {len(findings.faults)}",
        *(fault[:200] for fault in findings.faults[:3]),
    )
    columns = ("family", "requests", "statuses", "slowest s")
    return report.Table("Hostile input", columns, rows, notes)


def honest_table(findings: Findings) -> report.Table:
    """What the attack cost somebody else."""
    rows = tuple((name, *phase.cells()) for name, phase in findings.honest.items())
    notes = (
        f"hits at {HONEST_PER_S:g}/s on the same worker, latencies from when each was due; the attacker shares its cores",
    )
    return report.Table("Hostile input: an honest client meanwhile", PHASE_COLUMNS, rows, notes)
