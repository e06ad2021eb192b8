"""Masters: a page's widths and formats out of one decoding each, beside the same server without masters.

    page      originals of 12 MP in five formats; each in six widths as AVIF and as WebP, in mixed order, from empty caches
    one-off   every original asked for once: what is paid for masters that nobody uses
    likeness  the pixels of both ways before a lossy encoder, which makes more of a difference than they do, by SSIM

Both servers run at once and are loaded in turns; in each round every original has a new name.
"""

import contextlib
import io
import os
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import PIL.Image
import pyvips
from msgspec import Struct

from benchmarks import launch, likeness, pictures, report, rounds, servers
from benchmarks.errors import CannotRun
from benchmarks.launch import Running
from benchmarks.load import LoadPlan
from benchmarks.rounds import Lap, Laps
from benchmarks.servers import DarkroomSetup
from benchmarks.traffic import Order, Traffic

FORMATS = ("jpg", "png", "webp", "avif", "heic")
_WIDTHS = (160, 320, 480, 640, 800, 960)
_ANSWERS = ("avif", "webp")
_QUALITY = 60
_PHOTOS = 2
_CONNECTIONS_PER_PROCESS = 4
_WITH, _WITHOUT = "with masters", "without"


class _Scale(Struct, frozen=True):
    rounds: int
    originals: int
    once: int


_FULL = _Scale(rounds=2, originals=4, once=8)
_QUICK = _Scale(rounds=1, originals=1, once=1)


class Gain(Struct, frozen=True):
    """Of one format of originals, or of all together: time and CPU without masters over those with, medians of rounds.

    `once_ratio`: answers/s with masters over those without, when each original is asked for once; `once_cpu` likewise
    answers per CPU second.
    """

    page_s: float
    page_s_without: float
    times_faster: float
    times_less_cpu: float
    once_ratio: float
    once_cpu: float
    worst_ssim: float


class Figures(Struct, frozen=True):
    processes: int
    originals_per_format: int
    widths: tuple[int, ...]
    gains: dict[str, Gain]


class _Measured(Struct, frozen=True):
    pages: dict[str, Laps]
    once: dict[str, Laps]
    likeness: dict[str, float]


def run(*, quick: bool = False) -> report.Finding:
    scale = _QUICK if quick else _FULL
    processes = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as name, _both(Path(name), processes) as contestants:
        photos = _photos(Path(name) / "photos")
        measured = _Measured(
            {form: _pages(Path(name), contestants, photos[form], scale) for form in FORMATS},
            {form: _once(Path(name), contestants, photos[form], scale) for form in FORMATS},
            {form: _worst(Path(name), contestants, photos[form][0]) for form in FORMATS},
        )
    figures = Figures(processes, scale.originals, _WIDTHS, _gains(measured, scale))
    return report.Finding("masters", (_table(figures, scale),), figures)


@contextlib.contextmanager
def _both(folder: Path, processes: int) -> Iterator[dict[str, Running]]:
    with contextlib.ExitStack() as stack:
        yield {
            name: stack.enter_context(servers.darkroom(_setup(folder, name, budget, processes)))
            for name, budget in ((_WITH, "1GB"), (_WITHOUT, "0"))
        }


def _setup(folder: Path, name: str, budget: str, processes: int) -> DarkroomSetup:
    own = folder / name
    own.mkdir()
    (folder / "originals").mkdir(exist_ok=True)
    settings = {
        "DARKROOM_MASTERS": budget,
        # a machine that does other things as well must not turn waiting into refusals
        "DARKROOM_QUEUE_TIMEOUT_S": "60",
        "DARKROOM_RENDER_TIMEOUT_S": "60",
    }
    return DarkroomSetup(
        folder=own, originals=folder / "originals", renderers=processes, settings=settings
    )


def _photos(folder: Path) -> dict[str, list[Path]]:
    """The same drawings in every format."""
    folder.mkdir()
    found: dict[str, list[Path]] = {form: [] for form in FORMATS}
    for seed in range(1, _PHOTOS + 1):
        image = pictures.draw(pictures.TWELVE_MEGAPIXELS, seed).copy_memory()
        for form, body in _written(image):
            path = folder / f"photo-{seed}.{form}"
            path.write_bytes(body)
            found[form].append(path)
    return found


def _written(image: pyvips.Image) -> Iterator[tuple[str, bytes]]:
    yield "jpg", image.jpegsave_buffer(Q=90)
    yield "png", image.pngsave_buffer(compression=3, filter="all")
    yield "webp", image.webpsave_buffer(Q=85, effort=2)
    picture = PIL.Image.frombytes("RGB", (image.width, image.height), image.write_to_memory())
    file = io.BytesIO()
    picture.save(file, "AVIF", quality=85, speed=9)
    yield "avif", file.getvalue()
    yield "heic", _heic(picture)


def _heic(picture: PIL.Image.Image) -> bytes:
    try:
        import pillow_heif
    except ImportError:
        raise CannotRun("masters", "pillow-heif is not installed") from None
    file = io.BytesIO()
    heif = pillow_heif.from_pillow(picture)
    heif.save(file, quality=50, enc_params={"preset": "ultrafast"})
    return file.getvalue()


def _target(name: str, width: int, form: str) -> str:
    return f"/demo/image/upload/c_fill,w_{width},h_{width * 3 // 4}/f_{form}/q_{_QUALITY}/{name}"


def _pages(
    folder: Path, contestants: dict[str, Running], photos: Sequence[Path], scale: _Scale
) -> Laps:
    def of_round(number: int) -> list[str]:
        names = _named(folder, photos, f"page{number}", scale.originals)
        targets = [_target(n, width, form) for n in names for width in _WIDTHS for form in _ANSWERS]
        random.Random(number).shuffle(targets)
        return targets

    return _turns(contestants, of_round, scale.rounds)


def _once(
    folder: Path, contestants: dict[str, Running], photos: Sequence[Path], scale: _Scale
) -> Laps:
    def of_round(number: int) -> list[str]:
        names = _named(folder, photos, f"once{number}", scale.once)
        # widths and formats change together, so that every round does the same work
        return [
            _target(n, _WIDTHS[at % len(_WIDTHS)], _ANSWERS[at % len(_ANSWERS)])
            for at, n in enumerate(names)
        ]

    return _turns(contestants, of_round, scale.rounds)


def _named(folder: Path, photos: Sequence[Path], word: str, number: int) -> list[str]:
    """New names for the photos in turn."""
    names = [f"{word}-{photos[0].suffix[1:]}-{at}{photos[0].suffix}" for at in range(number)]
    for at, name in enumerate(names):
        place = folder / "originals" / name
        if not place.exists():
            os.link(photos[at % len(photos)], place)
    return names


def _turns(
    contestants: dict[str, Running], of_round: Callable[[int], Sequence[str]], number: int
) -> Laps:
    def lap_of(server: Running, name: str) -> Callable[[int], Lap]:
        return lambda lap: _lap(server, of_round(lap), f"masters: {name}")

    return rounds.take_turns(
        {name: lap_of(server, name) for name, server in contestants.items()}, number
    )


def _lap(server: Running, targets: Sequence[str], label: str) -> Lap:
    plan = LoadPlan(
        base_url=server.base_url,
        targets=tuple(targets),
        traffic=Traffic(Order.ONCE),
        concurrency=min(len(targets), _CONNECTIONS_PER_PROCESS * (os.cpu_count() or 1)),
        duration_s=120,
        timeout_s=60,
    )
    return rounds.load_lap(server, plan, 200, label)


def _worst(folder: Path, contestants: dict[str, Running], photo: Path) -> float:
    """The least likeness of any width."""
    [name] = _named(folder, [photo], "alike", 1)
    with_, without = contestants[_WITH], contestants[_WITHOUT]
    # the first two leave the master behind, from which the others are made
    for width in _WIDTHS[:2]:
        launch.fetch_ok(with_, _target(name, width, "jpg"))
    targets = [_target(name, width, "png") for width in _WIDTHS]
    return min(likeness.ssim(_shown(with_, target), _shown(without, target)) for target in targets)


def _shown(server: Running, target: str) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(launch.fetch_ok(server, target).body, "")


def _gains(measured: _Measured, scale: _Scale) -> dict[str, Gain]:
    count = scale.originals * len(_WIDTHS) * len(_ANSWERS)
    gains = {
        form: Gain(
            page_s=_seconds(measured.pages[form][_WITH], count),
            page_s_without=_seconds(measured.pages[form][_WITHOUT], count),
            times_faster=_times(measured.pages[form], lambda lap: 1 / lap.per_s),
            times_less_cpu=_times(measured.pages[form], lambda lap: lap.cpu_us),
            once_ratio=_times(measured.once[form], lambda lap: 1 / lap.per_s),
            once_cpu=_times(measured.once[form], lambda lap: lap.cpu_us),
            worst_ssim=measured.likeness[form],
        )
        for form in FORMATS
    }
    return gains | {"all": _together(gains, measured)}


def _seconds(laps: Sequence[Lap], count: int) -> float:
    return rounds.typical(laps, lambda lap: count / lap.per_s)


def _times(laps: Laps, figure: Callable[[Lap], float]) -> float:
    return rounds.ratio(laps[_WITHOUT], laps[_WITH], figure)


def _together(gains: dict[str, Gain], measured: _Measured) -> Gain:
    def total(name: str, figure: Callable[[Lap], float], laps: dict[str, Laps]) -> float:
        return sum(rounds.typical(laps[form][name], figure) for form in FORMATS)

    def times(figure: Callable[[Lap], float], laps: dict[str, Laps]) -> float:
        return total(_WITHOUT, figure, laps) / total(_WITH, figure, laps)

    return Gain(
        page_s=sum(gain.page_s for gain in gains.values()),
        page_s_without=sum(gain.page_s_without for gain in gains.values()),
        times_faster=times(lambda lap: 1 / lap.per_s, measured.pages),
        times_less_cpu=times(lambda lap: lap.cpu_us, measured.pages),
        once_ratio=times(lambda lap: 1 / lap.per_s, measured.once),
        once_cpu=times(lambda lap: lap.cpu_us, measured.once),
        worst_ssim=min(gain.worst_ssim for gain in gains.values()),
    )


def _table(figures: Figures, scale: _Scale) -> report.Table:
    columns = (
        "originals",
        "page, s",
        "without, s",
        "faster",
        "less CPU",
        "one-off answers/s of without",
        "one-off per CPU s",
        "worst SSIM",
    )
    rows = tuple(
        (
            name,
            f"{gain.page_s:.2f}",
            f"{gain.page_s_without:.2f}",
            report.times(gain.times_faster),
            report.times(gain.times_less_cpu),
            report.times(gain.once_ratio),
            report.times(gain.once_cpu),
            f"{gain.worst_ssim:.4f}",
        )
        for name, gain in figures.gains.items()
    )
    notes = (
        (
            f"page: {scale.originals} originals of {pictures.TWELVE_MEGAPIXELS.megapixels:g} MP per format, each "
            f"{min(_WIDTHS)} to {max(_WIDTHS)} px wide in {len(_WIDTHS)} widths as AVIF and WebP at quality "
            f"{_QUALITY}, mixed order, empty caches; {figures.processes} render processes"
        ),
        f"one-off: {scale.once} originals per format, each asked for once",
        "SSIM: the picture made from a master against the one made from the original, both as PNG",
    )
    return report.Table("Masters: a page of many sizes", columns, rows, notes)
