"""The names of everything that is counted, and which cells of a worker's row each has.

    cells[REQUESTS["hit"]] += 1     a counter's cell by the value of its label
    STAGES["render"]                where a histogram begins: its buckets, each alone and not added up, then its sum

Pure tables; whoever adds a line here changes the layout, and `sharing` begins the rows anew.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets of every histogram; one more bucket holds what is above."""

HISTOGRAM_CELLS = len(BOUNDS_S) + 2

Kind = Literal["counter", "gauge", "histogram"]
Row = Mapping[str, int]
"""Value of the label to its (first) cell."""


class Family(msgspec.Struct, frozen=True):
    """Metrics of one name; `label` is empty where there is a single one, under the value ''."""

    name: str
    kind: Kind
    help: str
    label: str
    row: Row


class _Layout:
    """Gives out cells one after the other."""

    def __init__(self) -> None:
        self.families: list[Family] = []
        self.cells = 0

    def add(self, kind: Kind, name: str, text: str, label: str = "", values: str = "") -> Row:
        width = HISTOGRAM_CELLS if kind == "histogram" else 1
        row = {}
        for value in values.split() or [""]:
            row[value] = self.cells
            self.cells += width
        self.families.append(Family(name, kind, text, label, row))
        return row


_layout = _Layout()
_add: Callable[..., Row] = _layout.add

REQUESTS = _add(
    "counter",
    "darkroom_requests",
    "Image requests by what became of them.",
    "outcome",
    "hit miss joined stale 4xx 5xx abandoned",
)
NOT_MODIFIED = _add(
    "counter", "darkroom_not_modified", "Answers that were a 304; also counted as requests."
)
SENT_BYTES = _add("counter", "darkroom_sent_bytes", "Bytes of pictures sent, headers not counted.")
STAGES = _add(
    "histogram",
    "darkroom_stage_seconds",
    "Where the time of a miss went.",
    "stage",
    "queue fetch render encode",
)
RUNNING = _add("gauge", "darkroom_renders_running", "Renders at work now.")
WAITING = _add("gauge", "darkroom_renders_waiting", "Renders without a process yet.")
RENDERERS = _add("gauge", "darkroom_renderers", "Render processes that are up.")
RENDERS = _add(
    "counter",
    "darkroom_renders",
    "Renders by how they ended; killed: nobody waited for it any more; crowded: too many of one original wait.",
    "result",
    "done refused timeout died killed overloaded crowded",
)
LOOKUPS = {
    result: _add(
        "counter",
        f"darkroom_cache_{result}",
        f"Looks into a cache tier: {result}.",
        "tier",
        "memory disk redis s3",
    )
    for result in ("hits", "misses")
}
HELD_BYTES = _add(
    "gauge", "darkroom_memory_held_bytes", "What the memory tiers of all workers hold."
)
NEGATIVE = _add(
    "counter", "darkroom_negative_answers", "Failures that were remembered and told again."
)
LOOKS = _add(
    "counter",
    "darkroom_origin_looks",
    "Questions to S3 and foreign servers whether an original is there, by what they found.",
    "result",
    "new same absent failed",
)
MASTERS = _add(
    "counter",
    "darkroom_masters",
    "Working copies of originals by what became of them; used: renders that needed no decoder.",
    "result",
    "made used evicted purged damaged",
)
MASTERS_HELD_BYTES = _add(
    "gauge", "darkroom_masters_held_bytes", "What the folder of working copies holds."
)
PURGES = _add("counter", "darkroom_purges", "Purges asked of this node.", "kind", "id prefix tag")
WEBHOOKS = _add(
    "counter",
    "darkroom_purge_webhooks",
    "Calls to the CDN by how they ended.",
    "result",
    "done failed",
)

REFINEMENTS = _add(
    "counter",
    "darkroom_refinements",
    "Popular answers encoded again while nobody waited; done: in fewer bytes; raised: to what their level means; "
    "kept: too little gained; adopted: another worker's was taken; void: purged or changed meanwhile; "
    "abandoned: a request had to wait.",
    "result",
    "done raised kept adopted void abandoned failed",
)
REFINED_BYTES_SAVED = _add(
    "counter",
    "darkroom_refined_saved_bytes",
    "Bytes by which refined answers are smaller; those that became larger are not counted.",
    "format",
    "jpg png webp avif jxl",
)
REFINING_S = _add(
    "counter", "darkroom_refining_seconds", "Time that processes of low priority spent on it."
)

FAMILIES = tuple(_layout.families)
CELLS = _layout.cells
