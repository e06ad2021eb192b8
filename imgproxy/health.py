"""What an image node knows of itself, for load balancers and for people: ready or not, codecs, tiers, queue.

    curl …/health/ready                                `ok` or what is missing, then a line for each part
    curl -H 'Accept: application/json' …/health/ready   the same as JSON

Only what is known without asking anybody is told, so that a probe is cheap and a store in trouble does not take the node
out of service: hits go on without it.
"""

import msgspec

from imgproxy.delivery import Delivery
from imgproxy.metrics import exposition
from imgproxy.metrics.families import RENDERERS, RUNNING, WAITING

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
METRICS = exposition.MEDIA_TYPE


class Tier(msgspec.Struct, frozen=True):
    """`held_bytes` is null where only the store knows; `in_trouble`: it failed when it was last asked."""

    name: str
    held_bytes: int | None
    in_trouble: bool


class Queue(msgspec.Struct, frozen=True):
    """Renders of the whole node now; `limit` is how many may wait in one worker."""

    renderers: int
    running: int
    waiting: int
    limit: int


class Codecs(msgspec.Struct, frozen=True):
    """Formats that the render processes loaded when they started."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]


class Health(msgspec.Struct, frozen=True):
    """`missing`: a sentence for everything without which no request should be sent here."""

    ok: bool
    missing: tuple[str, ...]
    codecs: Codecs
    tiers: tuple[Tier, ...]
    queue: Queue

    @property
    def status(self) -> int:
        return 200 if self.ok else 503


def look(delivery: Delivery, also_missing: tuple[str, ...] = ()) -> Health:
    """The node as it is; `also_missing`: what the caller found out about its own half."""
    renderers = delivery.renderers
    missing = (() if renderers.ready else ("no render process is up",)) + also_missing
    numbers_now = delivery.metrics.total()
    tiers = (Tier("memory", delivery.memory.held_bytes, in_trouble=False), *_slow_tiers(delivery))
    up, running, waiting = (int(numbers_now[row[""]]) for row in (RENDERERS, RUNNING, WAITING))
    queue = Queue(up, running, waiting, renderers.max_queue)
    return Health(not missing, missing, Codecs(*renderers.codecs), tiers, queue)


def written(health: Health, accept: str) -> tuple[str, bytes]:
    """Media type and body: JSON for those who ask for it."""
    if JSON in accept.lower():
        return JSON, msgspec.json.format(msgspec.json.encode(health)) + b"\n"
    return TEXT, "".join(f"{line}\n" for line in _lines(health)).encode()


def numbers(delivery: Delivery) -> bytes:
    """What Prometheus reads at `/metrics`: the counters of all workers of the node."""
    held = {tier.name: tier.held_bytes for tier, _ in delivery.shared.states}
    return exposition.text(delivery.metrics.total(), held)


def _slow_tiers(delivery: Delivery) -> list[Tier]:
    return [
        Tier(tier.name, tier.held_bytes, in_trouble) for tier, in_trouble in delivery.shared.states
    ]


def _lines(health: Health) -> list[str]:
    queue, codecs = health.queue, health.codecs
    tiers = (
        f"{tier.name} {'?' if tier.held_bytes is None else f'{tier.held_bytes / 1e6:.1f} MB'}"
        f"{' (in trouble)' if tier.in_trouble else ''}"
        for tier in health.tiers
    )
    return [
        *(health.missing or ("ok",)),
        f"reads: {', '.join(codecs.reads)}",
        f"writes: {', '.join(codecs.writes)}",
        f"tiers: {', '.join(tiers)}",
        f"renders: {queue.running} running on {queue.renderers} processes, {queue.waiting} waiting",
    ]
