"""The whole meaning of an image request as one value, and the key it is cached under."""

import msgspec

from imgproxy.negotiation import Variant
from imgproxy.purging import tags_of
from imgproxy.step import Output
from imgproxy.tree import Transformation
from imgproxy.url import EXTENSIONS
from imgproxy.values import CacheKey, Located, Source, digest


class RenderRequest(msgspec.Struct, frozen=True):
    """Source, transformation and variant; equal when the answer is the same."""

    source: Source
    transformation: Transformation
    variant: Variant
    canonical: str
    output: Output
    needs: tuple[Source, ...]
    request_digest: str
    source_digest: str
    tags: str
    """What a CDN may purge the answer by, separated by spaces."""

    def key(self, located: Located, layers: tuple[Located, ...] = (), purged: int = 0) -> CacheKey:
        """Identity of the derivative: source, versions of all originals in it, and meaning; never raw text.

        `purged`: the stamp of the newest purge of any of the originals (`purging`).
        """
        versions = (located.version, *(layer.version for layer in layers))
        if purged:
            versions += (str(purged),)
        return CacheKey(self.source_digest, digest(*versions, self.request_digest))


def build(source: Source, transformation: Transformation, variant: Variant) -> RenderRequest:
    """Works out once what every later step needs."""
    canonical = transformation.canonical()
    asked = source.extension or ""
    meaning = digest(canonical, ",".join(variant.formats), EXTENSIONS.get(asked, asked))
    identity = digest(source.kind, source.public_id)
    return RenderRequest(
        source=source,
        transformation=transformation,
        variant=variant,
        canonical=canonical,
        output=transformation.output(),
        needs=transformation.needs(),
        request_digest=meaning,
        source_digest=identity,
        tags=" ".join(tags_of(source, transformation.needs())),
    )
