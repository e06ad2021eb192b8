"""What a raw path, an Accept header and client hints ask for: read, judged, and remembered for the next who asks the same.

Accounts, signatures, kinds and foreign hosts are judged here, where it costs nothing.
It must never look for an original, nor wait.
"""

from msgspec import structs

from imgproxy.asset import is_sidecar
from imgproxy.errors import AccessDenied, BadPath, LimitExceeded, NotFound, NotSupported
from imgproxy.grammar import parse
from imgproxy.grammar.named import Named, is_by_name
from imgproxy.hints import settled
from imgproxy.negotiation import choose
from imgproxy.recent import Recent
from imgproxy.remote import AllowedHosts, split
from imgproxy.replies import Asked
from imgproxy.request import RenderRequest, build
from imgproxy.settings import ImageSettings
from imgproxy.signing import verify
from imgproxy.url import DeliveryPath, read
from imgproxy.values import Source

Hints = tuple[tuple[bytes, bytes], ...]

_SHORT_BYTES = 800
"""Of URL and Accept together. What a longer one means takes up to 50 kB, so that few of those are remembered."""

_MAX_SHORT, _MAX_LONG = 4096, 128

_Said = tuple[bytes, bytes] | tuple[bytes, bytes, tuple[tuple[bytes, bytes], ...]]
"""A raw path with its query, an Accept header and, where they count, client hints."""


class Reading:
    """Reads for one account; `named` are the texts that names stand for."""

    def __init__(self, settings: ImageSettings, named: Named) -> None:
        self._settings = settings
        self._named = named
        self._hosts = AllowedHosts.parse(settings.fetch_allow)
        self._short: Recent[_Said, Asked] = Recent(_MAX_SHORT)
        self._long: Recent[_Said, Asked] = Recent(_MAX_LONG)

    @property
    def named(self) -> Named:
        """The texts that names stand for."""
        return self._named

    @named.setter
    def named(self, named: Named) -> None:
        self._named = named
        for held in (self._short, self._long):
            held.clear()  # what was read with the old ones is read again

    def request(self, raw_path: bytes, accept: bytes) -> RenderRequest:
        """What such a URL means. Raises BadRequest, AccessDenied, NotFound."""
        return self._read((raw_path, accept)).request

    def known(self, said: tuple[bytes, bytes], hints: Hints) -> Asked | None:
        """What is asked for, if that was read before."""
        table = self._table(said)
        asked = table.get(said)
        if hints and asked and asked.request.variant.is_hinted:
            return table.get((*said, hints))
        return asked

    def asked(self, said: tuple[bytes, bytes], hints: Hints) -> Asked:
        """The same, read where need be. Raises BadRequest, AccessDenied, NotFound."""
        asked = self._read(said)
        return self._read((*said, hints)) if hints and asked.request.variant.is_hinted else asked

    def _read(self, said: _Said) -> Asked:
        table = self._table(said)
        asked = table.get(said)
        if asked is None:
            asked = self._prepare(*said)
            table.keep(said, asked)
        return asked

    def _table(self, said: _Said) -> Recent[_Said, Asked]:
        return self._short if len(said[0]) + len(said[1]) <= _SHORT_BYTES else self._long

    def _prepare(
        self, raw_path: bytes, accept: bytes, hints: tuple[tuple[bytes, bytes], ...] = ()
    ) -> Asked:
        """What a raw path, an Accept header and client hints ask for. Raises BadRequest, AccessDenied, NotFound."""
        limits = self._settings.limits
        if len(raw_path) > limits.max_url_bytes:
            raise LimitExceeded("the URL in bytes", len(raw_path), limits.max_url_bytes)
        try:
            path = read(raw_path.decode("utf-8"))
        except UnicodeDecodeError:
            raise BadPath(raw_path.decode("latin-1"), "UTF-8") from None
        transformation = parse(
            path.transformation,
            limits.max_components,
            limits.max_layers,
            self._named,
            ignoring=self._settings.unsupported == "ignore",
        )
        transformation, vary, wanted = settled(transformation, hints)
        output = transformation.output()
        default = (output.default,) if output.default else ()
        self._admit(path, (path.source, *default, *transformation.needs()))
        variant = choose(output.format, accept.decode("latin-1"))
        variant = structs.replace(variant, vary=(*variant.vary, *vary), hints=wanted)
        return Asked(build(path.source, transformation, variant))

    def _admit(self, path: DeliveryPath, sources: tuple[Source, ...]) -> None:
        """Refuses other accounts, wrong signatures, kinds and hosts that are not to be had."""
        if path.cloud not in {None, self._settings.cloud}:
            raise NotFound(f"cloud {path.cloud}")
        signed = path.signature is not None and verify(
            path.signature, path.signed, self._settings.api_secret
        )
        if path.signature is not None and not signed:
            raise AccessDenied(f"the signature s--{path.signature}-- does not fit this URL")
        if self._settings.strict and not signed and not is_by_name(path.transformation):
            raise AccessDenied("only signed URLs, named transformations and originals are given")
        for source in sources:
            if is_sidecar(source):
                raise NotFound(source.public_id)
            if source.kind == "fetch":
                self._admit_host(source.public_id)
        if {source.kind for source in sources} & {"private", "authenticated"} and not signed:
            raise AccessDenied("private and authenticated pictures need a signed URL")

    def _admit_host(self, url: str) -> None:
        """Refuses a foreign URL here, where it costs nothing; who loads it judges again, at every redirect."""
        if not self._hosts.patterns:
            raise NotSupported("image/fetch", "is off: DARKROOM_FETCH_ALLOW names no hosts")
        try:
            remote = split(url)
        except ValueError as error:
            raise BadPath(url, str(error)) from None
        if not self._hosts.admits(remote):
            raise AccessDenied(f"DARKROOM_FETCH_ALLOW does not name {remote.host}:{remote.port}")
