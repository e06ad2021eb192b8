"""Time between the frames of an animation."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from imgproxy.step import Output, Phase, Step


class Delay(Step, frozen=True, kw_only=True):
    """`dl_200`: every frame of an animation stands for that many milliseconds, 10 to 65535; stills are not changed."""

    key: ClassVar[str] = "dl"
    phase: ClassVar[Phase] = Phase.DIRECTIVE
    examples: ClassVar[tuple[str, ...]] = ("dl_200",)

    delay_ms: Annotated[int, Meta(ge=10, le=65535)]

    def direct(self, output: Output) -> Output:
        """Sets the time for all frames."""
        return msgspec.structs.replace(output, delay_ms=self.delay_ms)
