"""What is aimed at: sources (photographs, drawn photographs, graphics), and the delivered pictures cut from each.

A source is held back from the fit, or it is not, with all its cuts: a picture must not be judged by a fit that has seen
another size of it.  Photographs are a folder beside the repository; where it is missing, the drawn ones stand in.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path

import msgspec
import pyvips
from msgspec import Struct

from api.demo import catalogue
from benchmarks import pictures
from benchmarks.aim import drawings
from benchmarks.launch import ROOT
from imgproxy.render.job import RenderJob
from imgproxy.render.pipeline import render

PHOTOS = ROOT.parent / "shared" / "images"
_NAMES = """
kodak/kodim01.png kodak/kodim04.png kodak/kodim08.png kodak/kodim15.png kodak/kodim19.png kodak/kodim22.png
kodak/kodim23.png kodak/kodim24.png
photo/astronaut.png photo/bar-24mp-progressive.jpg photo/city-night.jpg photo/coffee.png photo/denali.webp
photo/fog-forest-lowcontrast.jpg photo/harbour-panorama-nokia.jpg photo/house-1.jpg photo/house-3.jpg photo/house-5.jpg
photo/house-6.jpg photo/interior-dark-chair.jpg photo/interior-kitchen-lowcontrast.jpg photo/interior-library.jpg
photo/interior-yellow-chair.jpg photo/museum-12mp-olympus.jpg photo/portrait-faces-mono.jpg photo/portrait-woman.jpg
photo/shop-night-12mp-progressive.jpg photo/street-6mp-hato.jpg photo/three-faces-family.jpg
photo/two-faces-moving-in.jpg photo/ultrahdr-pixel6pro-12mp.jpg
avif/fox-mono-odd.avif avif/kimono.avif avif/plum-alpha.avif avif/photo-8bit.avif
heic/iphone7-12mp.heic heic/kitchen-iphone13-12mp.heic jxl/bicycles.jxl
colour/display-p3-parrots.jpg colour/cmyk-swop.jpg colour/grey-icc-concert.jpg
orientation/avif-iphone-12mp.avif orientation/landscape_1.jpg orientation/portrait_1.jpg
orientation/portrait-faces-6.jpg metadata/exif-iptc-xmp-gps-canon-r5.jpg metadata/gps-srgb-v4-icc.jpg
metadata/iptc-xmp-landscape.jpg
png/palette-photo.png png/grey-camera.png png/plot.png png/screenshot-dashboard.png png/screenshot-docs-alpha.png
png/alpha-bird.png png/flag-16bit.png
svg/house-text-gradients.svg svg/plum-blossom.svg pdf/four-pages.pdf
""".split()
_GRAPHICS = ("png/plot", "png/screen", "png/flag", "svg/", "pdf/")
_SUFFIXES = {".jpg", ".png", ".webp"}
_DRAWN_SCALE = 0.4

CUTS = (
    "c_limit,w_480",
    "c_limit,w_200",
    "c_limit,w_800",
    "c_crop,g_center,h_384,w_512",
    "c_limit,w_320",
    "c_limit,w_640",
    "c_fill,h_256,w_256",
    "c_limit,w_1000",
    "c_crop,g_north_west,h_300,w_400",
    "c_limit,w_400/e_sharpen",
    "c_limit,w_120",
    "c_limit,w_560",
)


class Sample(Struct, frozen=True):
    """One delivered picture, kept as PNG. `kind`: photo, drawn (made to look like one) or graphic."""

    source: str
    kind: str
    cut: str
    path: str

    @property
    def name(self) -> str:
        return f"{self.source} {self.cut}"

    @property
    def held_back(self) -> bool:
        return held_back(self.source)

    def open(self) -> pyvips.Image:
        """As a render hands it to an encoder: grey ones are kept with one band, and delivered with three."""
        image = pyvips.Image.new_from_file(self.path)
        return (image.colourspace("srgb") if image.bands < 3 else image).copy_memory()


def held_back(source: str) -> bool:
    """A third of the sources, by the digest of their names."""
    return sha256(source.encode()).digest()[0] % 3 == 0


def samples(
    folder: Path,
    cuts: int,
    *,
    held: bool | None = None,
    variants: int = drawings.VARIANTS,
    more: Sequence[Path] = (),
) -> Iterator[Sample]:
    """`cuts` pictures of each source, first one of every source, then the second of every source, and so on.

    `held`: only those that are held back, or only those that are not; `variants`: of each kind of graphic; `more`: folders
    of further pictures.  What is drawn or cut is kept in the folder, and found there by the next run.
    """
    sources = [*_photos(), *_drawn(folder), *_graphics(folder, variants), *_more(more)]
    for turn in range(cuts):
        for index, source in enumerate(sources):
            if held in {None, held_back(source.name)}:
                cut = CUTS[(index + turn * 5) % len(CUTS)]
                yield Sample(source.name, source.kind, cut, str(_delivered(folder, source, cut)))


def listed(folder: Path) -> list[Sample]:
    """What `enter` has written there."""
    path = folder / "samples.jsonl"
    lines = path.read_bytes().splitlines() if path.exists() else []
    found = [msgspec.json.decode(line, type=Sample) for line in lines]
    return list({sample.name: sample for sample in found}.values())


def enter(folder: Path, sample: Sample) -> None:
    with (folder / "samples.jsonl").open("ab") as file:
        file.write(msgspec.json.encode(sample) + b"\n")


class _Source(Struct, frozen=True):
    """`make` draws what is not there."""

    name: str
    kind: str
    path: Path
    make: Callable[[], pyvips.Image] | None = None


def _photos() -> Iterator[_Source]:
    for name in _NAMES if PHOTOS.is_dir() else ():
        yield _Source(name, "graphic" if name.startswith(_GRAPHICS) else "photo", PHOTOS / name)


def _drawn(folder: Path) -> Iterator[_Source]:
    for original in catalogue.CATALOGUE:
        if original.suffix == ".jpg":
            path = folder / "sources" / f"{original.public_id.replace('/', '-')}.png"
            make = partial(catalogue.draw, original, _DRAWN_SCALE)
            yield _Source(original.public_id, "drawn", path, make)
    for seed in range(1, 7):
        path = folder / "sources" / f"grainy-{seed}.png"
        make = partial(pictures.draw, pictures.Size(1500, 1000), seed)
        yield _Source(path.stem, "drawn", path, make)


def _more(folders: Sequence[Path]) -> Iterator[_Source]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in _SUFFIXES:
                yield _Source(f"{folder.name}/{path.stem}", "photo", path)


def _graphics(folder: Path, variants: int) -> Iterator[_Source]:
    for seed in range(variants):
        for kind in drawings.KINDS:
            path = folder / "sources" / f"{kind}-{seed}.png"
            yield _Source(path.stem, "graphic", path, partial(drawings.draw, kind, seed))


def _delivered(folder: Path, source: _Source, cut: str) -> Path:
    name = sha256(f"{source.name} {cut}".encode()).hexdigest()[:16]
    kept = folder / "samples" / f"{name}.png"
    if not kept.exists():
        _drawn_if_missing(source)
        kept.parent.mkdir(parents=True, exist_ok=True)
        report = render(RenderJob(str(source.path), cut, ("png",)))
        kept.write_bytes(report.body)
    return kept


def _drawn_if_missing(source: _Source) -> None:
    if source.make is not None and not source.path.exists():
        source.path.parent.mkdir(parents=True, exist_ok=True)
        source.make().pngsave(str(source.path), compression=1)
