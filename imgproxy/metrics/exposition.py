"""The numbers as Prometheus reads them: text format 0.0.4, written by the library of that project.

Imported when somebody asks; nothing here counts anything.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from imgproxy.metrics.families import BOUNDS_S, FAMILIES, HISTOGRAM_CELLS, Family

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_BOUNDS = (*(f"{bound:g}" for bound in BOUNDS_S), "+Inf")


class _Numbers(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def text(cells: Sequence[float], tier_bytes: Mapping[str, int | None]) -> bytes:
    """All families with the numbers of `cells`; `tier_bytes`: what the node's shared tiers hold, where it is known."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Numbers([*_families(cells), _held(tier_bytes)]))
    return generate_latest(registry)


def _families(cells: Sequence[float]) -> Iterator[Metric]:
    for family in FAMILIES:
        labels = [family.label] if family.label else []
        made = _KINDS[family.kind](family.name, family.help, labels=labels)
        for value, cell in family.row.items():
            _add(family, made, [value] if labels else [], cells[cell : cell + HISTOGRAM_CELLS])
        yield made


def _add(family: Family, made: Metric, labels: list[str], cells: Sequence[float]) -> None:
    match made:
        case HistogramMetricFamily():
            *buckets, total_s = cells
            counts = accumulate(buckets)
            made.add_metric(labels, list(zip(_BOUNDS, counts, strict=True)), total_s)
        case CounterMetricFamily() | GaugeMetricFamily():
            made.add_metric(labels, cells[0])
        case _:
            raise AssertionError(family.kind)


def _held(tier_bytes: Mapping[str, int | None]) -> Metric:
    held = GaugeMetricFamily(
        "darkroom_cache_held_bytes", "What a tier of this node holds on disk.", labels=["tier"]
    )
    for tier, size in tier_bytes.items():
        if size is not None:
            held.add_metric([tier], size)
    return held


_KINDS = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
    "histogram": HistogramMetricFamily,
}
