"""How often an animation plays."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from imgproxy.step import Output, Phase, Step


class Loop(Step, frozen=True, kw_only=True):
    """`e_loop[:times]`: an animation plays that often, 1 to 65535; without a number, or 0, for ever.

    Stills are not changed.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("loop",)
    phase: ClassVar[Phase] = Phase.DIRECTIVE
    examples: ClassVar[tuple[str, ...]] = ("e_loop", "e_loop:3")

    times: Annotated[int, Meta(ge=0, le=65535)] = 0

    def direct(self, output: Output) -> Output:
        """Sets the number for the encoder."""
        return msgspec.structs.replace(output, loop=self.times)
