"""Noise: the grain of film, clouds, leaves, grass and plaster. Everything is seeded, so a picture is the same on every machine.

All results are one-band float images around 0 (about -1..1) unless said otherwise. Sizes are pixels of the image, cells are pixels too.
"""

from functools import lru_cache
from math import log

import pyvips

from api.demo.canvas import Frame


@lru_cache(maxsize=8)
def _gauss(seed: int) -> pyvips.Image:
    return pyvips.Image.gaussnoise(1024, 1024, sigma=0.4, mean=0, seed=seed).copy_memory()


def speckle(width: int, height: int, *, seed: int, blur: float = 0) -> pyvips.Image:
    """Fine noise from one repeated tile; the repeat is far too large to be seen in noise this fine."""
    tile = _gauss(seed)
    if blur > 0.3:
        # Blurring a wrapped copy keeps the tile seamless; the gain keeps its contrast.
        tile = (
            tile.replicate(3, 3).crop(1024 - 64, 1024 - 64, 1152, 1152).gaussblur(blur)
            * (1 + 2.5 * blur)
        ).crop(64, 64, 1024, 1024)
    return (
        tile.copy_memory()
        .replicate(1 + width // 1024, 1 + height // 1024)
        .crop(0, 0, width, height)
    )


def billow(width: int, height: int, *, cell: float, octaves: int, seed: int) -> pyvips.Image:
    """Fractal Perlin noise: each octave half the size and half the strength of the one before."""
    total: pyvips.Image | None = None
    for octave in range(octaves):
        size = max(2, round(cell / 2**octave))
        layer = pyvips.Image.perlin(width, height, cell_size=size, seed=seed + octave) / 2**octave
        total = layer if total is None else total + layer
    assert total is not None, "octaves must be at least 1"
    return total


def leaves(frame: Frame, cell: float) -> pyvips.Image:
    """Rounded flakes of about `cell` units: 1 at the middle of a flake, falling to 0 between flakes. As large as the frame."""
    width, height = frame.size
    # Sizes in steps of a quarter, so that a whole set of photos shares a handful of tiles.
    tile = _flakes(max(2, round(1.25 ** round(log(max(2.0, cell * frame.scale), 1.25)))))
    return (
        tile.replicate(1 + width // tile.width, 1 + height // tile.height)
        .crop(0, 0, width, height)
        .cast("float")
        / 255
    )


@lru_cache(maxsize=40)
def _flakes(size: int) -> pyvips.Image:
    """The seam of the tile cuts flakes in half, which nobody can find among flakes."""
    side = min(1024, max(256, size * 48))
    return (
        (255 - pyvips.Image.worley(side, side, cell_size=size, seed=11) * (235 / size))
        .cast("uchar")
        .copy_memory()
    )


def on_ground(
    frame: Frame,
    *,
    horizon: float,
    reach: float,
    focal: float,
    cell_m: float,
    seed: int,
    stretch: float = 1,
) -> pyvips.Image:
    """Noise lying on level ground below `horizon` (fraction of the height), in cells of `cell_m` metres.

    `focal` is the lens in units; `reach` is focal times the eye's height in metres, so that depth = reach / units below the horizon.
    Above the horizon and far away it fades to 0. `stretch` above 1 draws the cells out sideways, as ripples are.
    """
    width, height = frame.size
    grid = pyvips.Image.xyz(width, height)
    below = (grid[1] - horizon * height) / frame.scale
    below = (below < 2).ifthenelse(2, below)
    depth = below**-1 * reach
    step = 4 / cell_m
    u = (grid[0] / frame.scale - frame.width / 2) * depth * (step / focal / stretch) + 60000
    # One tile for all; the seed only says where on it the ground begins (a tile costs a third of a second).
    index = ((u + seed * 311) % 2040).bandjoin((depth * step + seed * 137) % 2040)
    noise = _ground_tile().mapim(index, interpolate=pyvips.Interpolate.new("bilinear"))
    # A cell narrower than a pixel or so would only flicker: depth shrinks cells with the square of the distance.
    fine = below * below * (cell_m / reach * 2.5)
    return noise * (fine > 1).ifthenelse(1, fine)


@lru_cache(maxsize=1)
def _ground_tile() -> pyvips.Image:
    rough = pyvips.Image.gaussnoise(2048, 2048, sigma=0.5, mean=0, seed=7).gaussblur(1.2) * 2.5
    return (rough + billow(2048, 2048, cell=64, octaves=3, seed=7) * 0.5).copy_memory()
