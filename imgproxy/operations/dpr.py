"""Device-pixel ratio."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from imgproxy.step import Output, Phase, Step


class DevicePixelRatio(Step, frozen=True, kw_only=True):
    """`dpr_2.0`: multiplies every `w` and `h` of the URL that is written in pixels or as a fraction, wherever it stands.

    Modes that never enlarge stay within the original.
    """

    key: ClassVar[str] = "dpr"
    phase: ClassVar[Phase] = Phase.DIRECTIVE
    examples: ClassVar[tuple[str, ...]] = ("dpr_2.0", "dpr_1.5")

    ratio: Annotated[float, Meta(ge=0.1, le=10)]

    def direct(self, output: Output) -> Output:
        """Sets the ratio."""
        return msgspec.structs.replace(output, dpr=self.ratio)
