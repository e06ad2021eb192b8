"""Killed (SIGKILL) in the middle of a render that a crowd waits for: a render process, a worker, a whole node.

Who works is told by the CPU time that it uses.  It must never kill what was not started by this program.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from msgspec import Struct

from benchmarks import processes
from benchmarks.crowd import Told, ask_at_once, slowest_s
from benchmarks.errors import UnexpectedAnswer
from benchmarks.launch import Running
from benchmarks.nodes import counted
from benchmarks.processes import Member

_CHILD = "renderers.child"
_WORK_S = 0.15
_STARTING_S = 10.0
"""More CPU time than a render process uses before it has work."""
_DEADLINE_S = 60.0
_POLL_S = 0.01
_SETTLED_S = 0.3


class Killing(Struct, frozen=True):
    """One of them.  `undisturbed_s` is a like picture's; `replaced_after_s`: from the kill until the render began that
    gave the answer; `cut`: connections that the dead one had; `renders` are finished ones, where somebody lives to tell.
    """

    undisturbed_s: float
    killed_after_s: float
    replaced_after_s: float
    answered_s: float
    answered: int
    cut: int
    renders: int


def _kill_all(node: Running, _renderer: Member) -> None:
    """The first first, or it would start others; workers are in groups of their own."""
    for each in processes.members(node.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(each.pid, signal.SIGKILL)


_SIGNALS: Mapping[str, Callable[[Running, Member], None]] = {
    "render process": lambda _, renderer: os.kill(renderer.pid, signal.SIGKILL),
    "worker": lambda _, renderer: os.kill(renderer.parent, signal.SIGKILL),
    "node": _kill_all,
}
VICTIMS = tuple(_SIGNALS)


def kill(victim: str, nodes: Sequence[Running], crowd: int, calm_path: str, path: str) -> Killing:
    """Of `VICTIMS`; `crowd` connections over all nodes wait for `path`, whose cost is that of `calm_path`."""
    undisturbed_s = slowest_s(ask_at_once(spread(nodes, calm_path, crowd)))
    before = {node.pid: _renders([node]) for node in nodes}
    idle = _at_rest(nodes)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask_at_once, spread(nodes, path, crowd))
        node, renderer = _at_work(nodes, idle)
        killed_s = time.monotonic()  # before: afterwards others have the turn
        _SIGNALS[victim](node, renderer)
        told = waiting.result(_DEADLINE_S * 3)
    alive = [each for each in nodes if victim != "node" or each is not node]
    renders = _renders(alive) - sum(before[each.pid] for each in alive)
    return _killing(told, killed_s, undisturbed_s, renders)


def spread(nodes: Sequence[Running], path: str, crowd: int) -> list[tuple[Running, str]]:
    """The wishes of a crowd of which each node gets an equal part."""
    return [(nodes[number % len(nodes)], path) for number in range(crowd)]


def _renderers(node: Running) -> list[Member]:
    return [each for each in processes.members(node.pid) if _CHILD in each.command]


def _killing(told: Sequence[Told], killed_s: float, undisturbed_s: float, renders: int) -> Killing:
    if {each.status for each in told} - {0, 200}:
        raise UnexpectedAnswer("a crowd", str({each.status for each in told}), "200 or a cut")
    made = [each for each in told if each.made_ms is not None]
    if not made or min(each.answered_s for each in made) < killed_s:
        raise UnexpectedAnswer("a crowd", "from the one who was killed", "an answer made after")
    begun_s = min(each.answered_s - (each.made_ms or 0) / 1000 for each in made)
    return Killing(
        undisturbed_s=undisturbed_s,
        killed_after_s=killed_s - min(each.asked_s for each in told),
        replaced_after_s=max(0.0, begun_s - killed_s),
        answered_s=slowest_s(told),
        answered=sum(each.status == 200 for each in told),
        cut=sum(each.status == 0 for each in told),
        renders=renders,
    )


def _renders(nodes: Sequence[Running]) -> int:
    return counted(nodes, "darkroom_renders")["done"]


def _at_rest(nodes: Sequence[Running]) -> Mapping[int, float]:
    """CPU time of each render process once all have done what follows an answer."""
    seen: list[dict[int, float]] = [{}]

    def look() -> bool:
        seen.append({one.pid: one.cpu_s for node in nodes for one in _renderers(node)})
        return seen[-1] == seen[-2]

    _until(look, "idle render processes", _SETTLED_S)
    return seen[-1]


def _at_work(nodes: Sequence[Running], idle: Mapping[int, float]) -> tuple[Running, Member]:
    """Who has used CPU time since `idle` was taken; a process that is new may be starting still."""
    found: list[tuple[Running, Member]] = []

    def look() -> bool:
        found.extend(
            (node, each)
            for node in nodes
            for each in _renderers(node)
            if each.cpu_s - idle.get(each.pid, each.cpu_s + _STARTING_S) >= _WORK_S
        )
        return bool(found)

    _until(look, "a render process at work")
    return found[0]


def _until(true: Callable[[], bool], expected: str, every_s: float = _POLL_S) -> None:
    deadline_s = time.monotonic() + _DEADLINE_S
    while not true():
        if time.monotonic() > deadline_s:
            raise UnexpectedAnswer("a node", f"nothing like it in {_DEADLINE_S:.0f} s", expected)
        time.sleep(every_s)
