"""The place of variables, arithmetic and conditions; until they are read here they are refused by name.

A value is an expression when it has a `$` or one of the words of arithmetic between underscores.
"""

import re

from imgproxy.errors import NotSupported

_OPERANDS = r"(?:iw|ih|iar|tar|cp|fc|pc|px|py|idn|ils|initial_width|initial_height|width|height)"
_EXPRESSION = re.compile(rf"\$|^{_OPERANDS}(?:_|$)|_(?:add|sub|mul|div|mod|pow)_")
_VALUE_KEYS = frozenset("w h ar x y z r a o q dpr".split())


def refuse(key: str, value: str) -> None:
    """Raises NotSupported for a value that would have to be computed."""
    if key == "if" or key.startswith("$"):
        raise NotSupported(f"{key}_{value}", "is not available yet: conditions and variables")
    if key in _VALUE_KEYS and _EXPRESSION.search(value):
        raise NotSupported(f"{key}_{value}", "is not available yet: expressions")
