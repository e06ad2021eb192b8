"""Named transformations from a file: read once, at start, every text understood before the first request.

    # comments and empty lines are skipped
    hero = c_fill,g_auto,w_1600,h_900/f_auto/q_auto
    "card 2x" = "t_card/dpr_2.0"

A flat TOML file is read as well.  A text may use names that stand anywhere in the file.
"""

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

from imgproxy.errors import BadParameter, ImageError
from imgproxy.grammar import parse
from imgproxy.grammar.named import Named
from imgproxy.settings import Limits, SettingsError

VARIABLE = "DARKROOM_TRANSFORMATIONS"

_LINE = re.compile(r"""("[^"]*"|'[^']*'|[^"'=]+?)\s*=\s*(.+)""")
_NAME = re.compile(r"[^\s,./:%$][^,./:%$]*")


class BadTransformations(SettingsError):
    """`BadTransformations(path, line, reason)`: where in which file, and what is wrong there."""

    def __str__(self) -> str:
        path, line, reason = self.args
        return f"{VARIABLE}={path!r}, line {line}: {reason}"


class _Entry(NamedTuple):
    line: int
    text: str


def load(path: str, limits: Limits) -> Named:
    """The names in the file; none where no file is set. Raises SettingsError, BadTransformations."""
    if not path:
        return Named()
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(VARIABLE, path, "a file of text that can be read") from None
    entries = _entries(path, lines)
    named = Named({name: entry.text for name, entry in entries.items()})
    for name, entry in entries.items():
        if error := fault(entry.text, limits, named):
            raise BadTransformations(path, entry.line, f"{name}: {error}")
    return named


def fault(text: str, limits: Limits, named: Named) -> ImageError | None:
    """What is wrong with a text; variables that it leaves to the URL are taken for 1."""
    given: list[str] = []
    while True:
        try:
            parse(",".join(given) + "/" + text, limits.max_components, limits.max_layers, named)
        except BadParameter as error:
            parameter, came, *_ = error.args
            variable = f"{came}_1"
            if parameter != "expression" or came[0] != "$" or variable in given:
                return error
            given.append(variable)
        except ImageError as error:
            return error
        else:
            return None


def is_name(name: str) -> bool:
    """Whether a URL can hold it behind `t_`."""
    return _NAME.fullmatch(name) is not None


def _entries(path: str, lines: list[str]) -> dict[str, _Entry]:
    entries: dict[str, _Entry] = {}
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith(("#", "[")):
            continue
        match = _LINE.fullmatch(line)
        name = match[1].strip("\"' ") if match else ""
        if match is None or not is_name(name):
            raise BadTransformations(path, number, "expected <name> = <transformation>")
        if name in entries:
            before = entries[name].line
            raise BadTransformations(path, number, f"{name} stands in line {before} already")
        entries[name] = _Entry(number, _plain(path, number, match[2]))
    return entries


def _plain(path: str, number: int, text: str) -> str:
    """The text without TOML's quotes."""
    if text[0] not in "\"'":
        return text
    try:
        value = tomllib.loads(f"text = {text}")["text"]
    except tomllib.TOMLDecodeError:
        raise BadTransformations(path, number, "the quotes do not fit") from None
    return str(value)
