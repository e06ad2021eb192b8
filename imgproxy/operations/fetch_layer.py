"""A picture of a foreign server as a layer."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, ClassVar, Self

import msgspec

from imgproxy.remote import split
from imgproxy.step import LayerSource, Scene
from imgproxy.values import Source

if TYPE_CHECKING:
    import pyvips

_EXPECTED = "the URL-safe base64 of an http or https URL"
_PADDING = re.compile(r"(?:=|%3D)*\Z", re.IGNORECASE)


class Address(msgspec.Struct, frozen=True):
    """A foreign URL in its one spelling, written as base64 so that its slashes and commas end nothing."""

    url: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The URL in base64 of either alphabet; padding may be absent, or escaped once more than the rest."""
        code = _PADDING.sub("", text).replace("+", "-").replace("/", "_")
        if not re.fullmatch(r"[A-Za-z0-9_-]+", code):
            raise ValueError(_EXPECTED)
        try:
            url = urlsafe_b64decode(code + "=" * (-len(code) % 4)).decode()
        except ValueError:
            raise ValueError(_EXPECTED) from None
        return cls(split(url).url)

    def __str__(self) -> str:
        return urlsafe_b64encode(self.url.encode()).decode().rstrip("=")


class FetchedLayer(LayerSource, frozen=True, kw_only=True):
    """`l_fetch:<base64 of a URL>` lays a picture of a foreign server over, `u_fetch:…` under.

    The alphabet is the URL-safe one (`-` and `_`); padding may be left out. The host has to be one that may be fetched.
    """

    names: ClassVar[tuple[str, ...]] = ("fetch",)
    examples: ClassVar[tuple[str, ...]] = (
        "l_fetch:aHR0cHM6Ly9leGFtcGxlLmNvbS9sb2dvLnBuZw/c_scale,w_60/fl_layer_apply,g_south_east,x_5,y_5",
    )

    address: Address

    @property
    def original(self) -> Source | None:
        """The picture to be fetched."""
        return Source("fetch", self.address.url)

    def draw(self, scene: Scene) -> "pyvips.Image":
        """The picture as it was opened for this render."""
        return scene.picture(Source("fetch", self.address.url))
