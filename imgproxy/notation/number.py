"""Numbers: canonical spelling, and reading with a range."""

import math
import re

_DECIMAL = re.compile(r"[+-]?([0-9]{1,9}(\.[0-9]{0,12})?|\.[0-9]{1,12})")


def spell(value: float) -> str:
    """The shortest plain decimal that reads back as the same number: `2`, `0.5`, `-30`."""
    text = f"{value:.12f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def is_decimal(text: str) -> bool:
    """Whether it is a plain decimal in ASCII digits: at most nine before the point and twelve behind it."""
    return _DECIMAL.fullmatch(text) is not None


def read_integer(text: str, low: float | None, high: float | None) -> int:
    """A whole number within the bounds; `80.0` is taken for 80. Raises ValueError."""
    number = read_decimal(text, low, high, "a whole number")
    if number != int(number):
        raise ValueError(_expected("a whole number", low, high))
    return int(number)


def read_decimal(text: str, low: float | None, high: float | None, what: str = "a number") -> float:
    """A plain decimal within the bounds, no exponent, no infinity. Raises ValueError."""
    if not is_decimal(text):
        raise ValueError(_expected(what, low, high))
    number = float(text)
    if (low is not None and number < low) or (high is not None and number > high):
        raise ValueError(_expected(what, low, high))
    return number


def round_half_up(value: float) -> int:
    """To the nearest whole number, halves away from zero upwards; a hair of float error does not tip it."""
    return math.floor(value + 0.5 + 1e-9)


def _expected(what: str, low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"{what} from {spell(low)} to {spell(high)}"
    if low is not None:
        return f"{what} of at least {spell(low)}"
    return f"{what} of at most {spell(high)}" if high is not None else what
