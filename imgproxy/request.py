"""The whole meaning of an image request as one value, and the key it is cached under."""

from functools import lru_cache

import msgspec
from msgspec import structs

from imgproxy import asset
from imgproxy.negotiation import Variant
from imgproxy.operations.default import Default
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
    """Originals of layers, and the asset data where the transformation asks for it (`asset`)."""

    request_digest: str
    source_digest: str
    tags: str
    """What a CDN may purge the answer by, separated by spaces."""
    instead: "RenderRequest | None" = None
    """What is answered when the original is missing."""

    def key(self, located: Located, layers: tuple[Located, ...] = (), purged: int = 0) -> CacheKey:
        """Identity of the derivative: source, versions of all originals in it, and meaning; never raw text.

        `purged`: the stamp of the newest purge of any of the originals (`purging`).
        """
        versions: tuple[str, ...] = (located.version,)
        if layers:
            versions += tuple(layer.version for layer in layers)
        if purged:
            versions += (str(purged),)
        return _key(self.source_digest, self.request_digest, versions, purged)


@lru_cache(maxsize=8192)
def _key(
    source_digest: str, request_digest: str, versions: tuple[str, ...], purged: int
) -> CacheKey:
    return CacheKey(source_digest, digest(*versions, request_digest), purged)


def build(source: Source, transformation: Transformation, variant: Variant) -> RenderRequest:
    """Works out once what every later step needs."""
    output = transformation.output()
    kept = tuple(step for step in transformation.directives if not isinstance(step, Default))
    transformation = structs.replace(transformation, directives=kept)
    canonical = transformation.canonical()
    asked = source.extension or ""
    meaning = digest(canonical, ",".join(variant.formats), EXTENSIONS.get(asked, asked))
    identity = digest(source.kind, source.public_id)
    return RenderRequest(
        source=source,
        transformation=transformation,
        variant=variant,
        canonical=canonical,
        output=output,
        needs=_needs(source, transformation),
        request_digest=meaning,
        source_digest=identity,
        tags=" ".join(tags_of(source, transformation.needs())),
        instead=_instead(output.default, source, transformation, variant),
    )


def _needs(source: Source, transformation: Transformation) -> tuple[Source, ...]:
    layers = transformation.needs()
    data = asset.beside(source) if transformation.asks_asset() else None
    return (*layers, data) if data else layers


def _instead(
    default: Source | None, source: Source, transformation: Transformation, variant: Variant
) -> RenderRequest | None:
    """The same with the default image; its extension says the format, else the URL's does.

    It is purged with the missing picture too, which may have come by then.
    """
    if default is None:
        return None
    extension = default.extension or source.extension
    request = build(structs.replace(default, extension=extension), transformation, variant)
    tags = dict.fromkeys((*request.tags.split(), *tags_of(source, ())))
    return structs.replace(request, tags=" ".join(tags))
