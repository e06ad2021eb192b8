"""Originals for measuring: drawn here, so that a benchmark needs no download and is the same everywhere.

A drawing is light falling off, clouds of noise at four scales, hard edges, and the grain of a sensor, because libvips and the
encoders are far faster on flat colour than on a photograph.  It must stay deterministic: same seed, same picture.
"""

import os
from pathlib import Path

import pyvips
from msgspec import Struct

# Cell size in px and amplitude in levels: falling with scale about as in photographs (1/f).
_OCTAVES = ((512, 60.0), (128, 30.0), (32, 16.0), (8, 8.0))
_EDGE_CELL_PX = 400
_GRAIN_SIGMA = 4.0
# A camera's usual quality; 12 MP become 2 to 3 MB.
_JPEG_QUALITY = 90


class Size(Struct, frozen=True):
    width: int
    height: int

    @property
    def megapixels(self) -> float:
        return self.width * self.height / 1e6


TWELVE_MEGAPIXELS = Size(4000, 3000)
TWENTY_FOUR_MEGAPIXELS = Size(6000, 4000)


def draw(size: Size, seed: int) -> pyvips.Image:
    """An sRGB picture, 8 bit, three bands."""
    place = pyvips.Image.xyz(size.width, size.height)
    across, down = place[0] / size.width, place[1] / size.height
    light = down.bandjoin([1 - down * 0.6, across]) * 120 + 60
    grain = pyvips.Image.gaussnoise(size.width, size.height, mean=0, sigma=_GRAIN_SIGMA, seed=seed)
    levels = light + _clouds(size, seed) + _edges(size, seed) + grain
    return levels.cast("uchar").copy(interpretation="srgb")


def _clouds(size: Size, seed: int) -> pyvips.Image:
    layers = [
        pyvips.Image.perlin(size.width, size.height, cell_size=cell_px, seed=seed) * amplitude
        for cell_px, amplitude in _OCTAVES
    ]
    return pyvips.Image.sum(layers)


def _edges(size: Size, seed: int) -> pyvips.Image:
    distance = pyvips.Image.worley(size.width, size.height, cell_size=_EDGE_CELL_PX, seed=seed)
    return (distance > _EDGE_CELL_PX / 3).ifthenelse(-35, 0)


def write_jpegs(folder: Path, size: Size, number: int) -> list[Path]:
    """Files `photo-1.jpg` and so on, each with its own seed."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"photo-{seed}.jpg" for seed in range(1, number + 1)]
    for seed, path in enumerate(paths, start=1):
        draw(size, seed).jpegsave(str(path), Q=_JPEG_QUALITY)
    return paths


def link_copies(paths: list[Path], folder: Path, number: int) -> list[Path]:
    """`number` files under names of their own that share the bytes of `paths` in turn, at no cost in disk space."""
    folder.mkdir(parents=True, exist_ok=True)
    copies = [folder / f"copy-{index}{paths[index % len(paths)].suffix}" for index in range(number)]
    for index, copy in enumerate(copies):
        os.link(paths[index % len(paths)], copy)
    return copies
