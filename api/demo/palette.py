"""Colours as `#rrggbb` text, and the little arithmetic that painting needs on them. Pure; knows no picture."""

from random import Random

Rgb = tuple[float, float, float]


def rgb(colour: str) -> Rgb:
    """Three channels, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def text(channels: Rgb) -> str:
    """`#rrggbb`, each channel clamped to 0..255."""
    return "#" + "".join(f"{min(255, max(0, round(c))):02x}" for c in channels)


def mix(first: str, second: str, share: float) -> str:
    """`first` at share 0, `second` at share 1, a straight line between."""
    a, b = rgb(first), rgb(second)
    return text(
        (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)
    )


def times(colour: str, light: Rgb | float) -> str:
    """The colour of a surface under `light`, a factor per channel where 1 is full white light."""
    r, g, b = rgb(colour)
    lr, lg, lb = light if isinstance(light, tuple) else (light, light, light)
    return text((r * lr, g * lg, b * lb))


def dim(light: Rgb, share: float) -> Rgb:
    """The same light, `share` times as strong."""
    return light[0] * share, light[1] * share, light[2] * share


def vary(rng: Random, colour: str, amount: float) -> str:
    """The colour a little lighter or darker and a little warmer or cooler: bricks and boards are never all alike."""
    level, warmth = 1 + rng.uniform(-amount, amount), rng.uniform(-amount, amount) * 0.3
    return times(colour, (level + warmth, level, level - warmth))
