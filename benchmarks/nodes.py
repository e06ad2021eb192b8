"""Nodes of Darkroom over the same originals, with a Redis between them or without, and what they have counted.

The Redis is one of our own that keeps nothing; this room must never use one that runs already.
"""

import contextlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from benchmarks import servers
from benchmarks.errors import CannotRun, ServerLost
from benchmarks.launch import Running, fetch_ok
from benchmarks.servers import DarkroomSetup
from tests import services

_SAMPLE = re.compile(r"(?m)^(\w+?)(?:_total)?\{\w+=\"([^\"]*)\"\} ([0-9.e+]+)$")

_PATIENCE = {"DARKROOM_QUEUE_TIMEOUT_S": "60", "DARKROOM_RENDER_TIMEOUT_S": "30"}
"""What is measured is how long it takes, not when it is refused."""


class Cluster(Struct, frozen=True, kw_only=True):
    """`folder` gets what the nodes write; `{data}` in `cache` is the data folder of each; no `redis_url`: they share nothing."""

    folder: Path
    originals: Path
    nodes: int = 2
    workers: int = 2
    redis_url: str = ""
    cache: str = ""


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """The URL of an empty one; raises `CannotRun` where none is installed."""
    program = services.find_redis()
    if program is None:
        raise CannotRun("Redis", "it is not installed")
    with services.redis_server(program) as url:
        yield url


@contextlib.contextmanager
def running(cluster: Cluster) -> Iterator[tuple[Running, ...]]:
    """All nodes, ready, with one render process per worker."""
    with contextlib.ExitStack() as stack:
        yield tuple(stack.enter_context(_node(cluster, number)) for number in range(cluster.nodes))


@contextlib.contextmanager
def _node(cluster: Cluster, number: int) -> Iterator[Running]:
    folder = cluster.folder / f"node-{number}"
    folder.mkdir(parents=True)
    settings = {
        "DARKROOM_CACHE": cluster.cache.format(data=folder / "data"),
        "REDIS_URL": cluster.redis_url,
        **_PATIENCE,
    }
    setup = DarkroomSetup(
        folder=folder, originals=cluster.originals, workers=cluster.workers, settings=settings
    )
    with servers.darkroom(setup) as server:
        yield server


@contextlib.contextmanager
def mourned() -> Iterator[None]:
    """A node that was killed on purpose is no reason to stop; one that never came up is."""
    try:
        yield
    except ServerLost as lost:
        if not lost.why.startswith("died"):
            raise


def counted(nodes: Sequence[Running], family: str) -> Counter[str]:
    """The values of a metric by its label, all nodes together."""
    found: Counter[str] = Counter()
    for node in nodes:
        text = fetch_ok(node, "/metrics").body.decode()
        for name, label, value in _SAMPLE.findall(text):
            if name == family:
                found[label] += int(float(value))
    return found
