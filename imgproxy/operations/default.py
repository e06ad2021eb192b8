"""What is shown when the original is missing."""

from typing import ClassVar

import msgspec

from imgproxy.operations.overlay import Reference
from imgproxy.step import Output, Phase, Step
from imgproxy.values import Source


class Default(Step, frozen=True, kw_only=True):
    """`d_<public id>[.ext]`: the picture that is delivered, transformed alike, when the one of the URL does not exist.

    Slashes of the id are written as colons.  The answer is a 200 for a short while, and `X-Cld-Error` says what is
    missing.  When the default is missing too, the answer is the 404 of the first.
    """

    key: ClassVar[str] = "d"
    phase: ClassVar[Phase] = Phase.DIRECTIVE
    keeps_bytes: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = (
        "d_placeholder.png",
        "c_fill,h_90,w_120/d_common:fallback.webp",
    )

    reference: Reference

    def direct(self, output: Output) -> Output:
        """Names the picture."""
        reference = self.reference
        source = Source(reference.kind, reference.public_id, reference.extension)
        return msgspec.structs.replace(output, default=source)
