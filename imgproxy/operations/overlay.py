"""Overlay and underlay: another picture as a layer."""

from typing import TYPE_CHECKING, ClassVar, Self

import msgspec

from imgproxy.step import LayerSource, Scene
from imgproxy.values import MAX_PUBLIC_ID, Source

if TYPE_CHECKING:
    import pyvips

_KINDS = ("private", "authenticated", "upload")
_WORDS = frozenset({*_KINDS, "text", "fetch", "subtitles", "video", "audio", "lut"})


class Reference(msgspec.Struct, frozen=True):
    """Another original: delivery type, public id with slashes, extension if one was written."""

    kind: str
    public_id: str
    extension: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """`folder:logo.png`, `authenticated:folder:logo`; colons stand for slashes."""
        kind, _, rest = text.partition(":")
        if kind not in _KINDS or not rest:
            kind, rest = "upload", text
        name = rest.strip(":").replace(":", "/")
        stem, dot, extension = name.rpartition(".")
        if not name or len(name) > MAX_PUBLIC_ID:
            raise ValueError(f"a public id of at most {MAX_PUBLIC_ID} characters, with : for /")
        if dot and stem and extension.isalnum() and len(extension) <= 4:
            return cls(kind, stem, extension.lower())
        return cls(kind, name)

    def __str__(self) -> str:
        name = f"{self.public_id}.{self.extension}" if self.extension else self.public_id
        # a folder that is called like a kind of layer would be read as one
        plain = self.kind == "upload" and name.partition("/")[0] not in _WORDS
        kind = "" if plain else f"{self.kind}:"
        return f"{kind}{name.replace('/', ':')}".replace("%", "%25")


class PictureLayer(LayerSource, frozen=True, kw_only=True):
    """`l_<public id>` lays a picture over, `u_<public id>` under; slashes of the id are written as colons.

    What follows transforms the layer, until `fl_layer_apply` with `g`, `x`, `y` lays it; in the old style all of it
    stands in one component.
    """

    examples: ClassVar[tuple[str, ...]] = (
        "l_sample/c_scale,w_60/fl_layer_apply,g_south_east,x_5,y_5",
        "g_north_west,l_sample,o_60,w_50",
        "u_sample/e_grayscale/fl_layer_apply",
    )

    reference: Reference

    @property
    def original(self) -> Source | None:
        """The picture to be fetched."""
        return Source(self.reference.kind, self.reference.public_id, self.reference.extension)

    def draw(self, scene: Scene) -> "pyvips.Image":
        """The picture as it was opened for this render."""
        original = self.original
        assert original is not None  # a picture layer always has one
        return scene.picture(original)
