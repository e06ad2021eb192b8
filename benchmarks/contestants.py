"""Who takes part beside Darkroom, and whether each gives what it is asked for.

Thumbor is started here where it can be installed; other peers run already and are named.  A format that one of them does
not write is left out for all, since rates over different work compare nothing.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyvips
from msgspec import Struct

from benchmarks import processes, servers
from benchmarks.errors import BadTarget, CannotRun, UnexpectedAnswer
from benchmarks.launch import Running, fetch
from benchmarks.peer_urls import STYLES, Peer, Wish
from benchmarks.servers import DarkroomSetup
from benchmarks.thumbor import thumbor
from benchmarks.traffic import read_address

OURS = "Darkroom"

_LOADERS = {"jpg": "jpegload", "webp": "webpload", "avif": "heifload"}
_TRIED_WIDTH_PX, _TRIED_HEIGHT_PX, _TRIED_QUALITY = 480, 360, 75

# nobody else refuses who waits long, and on a busy machine everybody waits long
_PATIENCE = {"DARKROOM_QUEUE_TIMEOUT_S": "60", "DARKROOM_RENDER_TIMEOUT_S": "60"}


class Contestant(Struct, frozen=True):
    """`server.pid` is 0 where it is not known: then neither are its CPU and memory."""

    style: str
    server: Running


class Memory(Struct, frozen=True):
    """The most that each process of a server ever held, added up and of the largest; pages that they share count for each."""

    processes: int
    sum_bytes: int
    largest_bytes: int


Contestants = Mapping[str, Contestant]


class Field(Struct, frozen=True):
    """Everybody that takes part, by name, ours first; `gaps` says who does not, and why."""

    contestants: dict[str, Contestant]
    gaps: tuple[str, ...]


@contextlib.contextmanager
def entered(
    folder: Path, originals: Path, processes_each: int, peers: Sequence[Peer]
) -> Iterator[Field]:
    """Darkroom, thumbor and the peers that are named, over `originals`; `folder` gets what ours write.

    Raises `BadTarget` for a process id that nobody has.
    """
    setup = DarkroomSetup(
        folder=folder, originals=originals, renderers=processes_each, settings=_PATIENCE
    )
    with contextlib.ExitStack() as stack:
        found = {OURS: Contestant("darkroom", stack.enter_context(servers.darkroom(setup)))}
        gaps: tuple[str, ...] = ()
        try:
            theirs = stack.enter_context(thumbor(folder, originals, processes_each))
            found["thumbor"] = Contestant("thumbor", theirs)
        except CannotRun as gap:
            gaps = (str(gap),)
        yield Field(
            found | {f"{each.style} at {each.base_url}": named(each) for each in peers}, gaps
        )


def named(peer: Peer) -> Contestant:
    if peer.pid and not processes.members(peer.pid):
        raise BadTarget(str(peer.pid), f"the id of the process that is {peer.style}")
    port = read_address(peer.base_url, allow_remote=False).port
    return Contestant(peer.style, Running(peer.style, peer.base_url, port, peer.pid))


def given(contestant: Contestant, wish: Wish) -> bytes:
    """The answer to a wish; raises `UnexpectedAnswer` unless it has the format and the size that were asked for."""
    path = STYLES[contestant.style](wish)
    answer = fetch(contestant.server, path, timeout_s=60.0)
    found = _described(answer.body) if answer.status == 200 else str(answer.status)
    expected = f"{wish.width}×{wish.height} by {_LOADERS[wish.format]}"
    if found != expected:
        raise UnexpectedAnswer(f"{contestant.server.name} {path}", found, expected)
    return answer.body


def common_formats(
    contestants: Contestants, name: str, formats: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those of `formats` that everybody writes, tried on the original `name`, and why the others are left out."""
    lacking: dict[str, str] = {}
    for who, contestant in contestants.items():
        for format_ in formats:
            wish = Wish(name, _TRIED_WIDTH_PX, _TRIED_HEIGHT_PX, format_, _TRIED_QUALITY)
            try:
                given(contestant, wish)
            except UnexpectedAnswer as answer:
                lacking[format_] = f"{format_} is left out for all: {who} gave {answer.given}"
    return tuple(each for each in formats if each not in lacking), tuple(lacking.values())


def memory_of(contestants: Contestants) -> dict[str, Memory]:
    """Of those whose processes are known."""
    return {
        who: _high_water(each.server.pid) for who, each in contestants.items() if each.server.pid
    }


def _high_water(pid: int) -> Memory:
    held = [processes.high_water_bytes(each.pid) for each in processes.members(pid)]
    return Memory(len(held), sum(held), max(held, default=0))


def _described(body: bytes) -> str:
    try:
        image = pyvips.Image.new_from_buffer(body, "")
    except pyvips.Error:
        return f"{len(body)} bytes that are no picture"
    loader = str(image.get("vips-loader")).removesuffix("_buffer")
    return f"{image.width}×{image.height} by {loader}"
