"""What all flags share: the key, and that they say something about the answer, not about pixels.

The underscore keeps this file out of the registry.
"""

from typing import ClassVar

from imgproxy.step import Phase, Step


class Flag(Step, frozen=True, kw_only=True):
    """One `fl_` directive."""

    key: ClassVar[str] = "fl"
    phase: ClassVar[Phase] = Phase.DIRECTIVE
