"""Density at which a document is drawn."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from imgproxy.step import Output, Phase, Step


class Density(Step, frozen=True, kw_only=True):
    """`dn_300`: pixels per inch at which a page of a PDF is drawn before anything else happens, 150 without it.

    Originals that are pixels already, and SVG, which is drawn at the size asked, are not changed.
    """

    key: ClassVar[str] = "dn"
    phase: ClassVar[Phase] = Phase.DIRECTIVE
    examples: ClassVar[tuple[str, ...]] = ("dn_300", "dn_72")

    dpi: Annotated[int, Meta(ge=1, le=1200)]

    def direct(self, output: Output) -> Output:
        """Sets the density."""
        return msgspec.structs.replace(output, density_dpi=self.dpi)
