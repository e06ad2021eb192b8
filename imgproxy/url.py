"""Delivery paths: raw text to its parts and back.

    /<cloud>/<resource>/<type>/[s--<signature>--/][component/]*[v<digits>/]<public id>[.<extension>]

The cloud is absent on a host that belongs to one account.  Where the components end is not marked: a segment is one
when, decoded once, its first parameter begins with a key of the language; the walk stops at the first segment that is
not, at `v<digits>`, and before the last segment, which is always public id.

Raw text is kept for the signature and for the transformation; nothing else ever looks at it again.
"""

import re
from urllib.parse import quote, unquote_to_bytes

import msgspec

from imgproxy.errors import BadPath, NotFound
from imgproxy.grammar.known import KEYS
from imgproxy.grammar.lexer import KEY, decoded
from imgproxy.values import Source

RESOURCES = frozenset({"image", "images", "iu", "video", "videos", "raw", "files"})
"""First segments that are never a cloud name."""

KINDS = frozenset({"upload", "fetch", "private", "authenticated"})
EXTENSIONS = {
    extension: extension
    for extension in "jpg png webp avif gif jxl tiff bmp ico svg heic pdf tif heif jp2".split()
} | {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg", "tif": "tiff", "heif": "heic"}
"""Extensions that mean a format, to the name of the format."""

_SIGNATURE = re.compile(r"s--([A-Za-z0-9_-]{32}|[A-Za-z0-9_-]{8})--")
_VERSION = re.compile(r"v(\d{1,12})")
_MAX_PUBLIC_ID = 1024


class DeliveryPath(msgspec.Struct, frozen=True):
    """What a path says. `transformation` is raw text; `signed` is the raw text a signature covers."""

    cloud: str | None
    kind: str
    transformation: str
    public_id: str
    extension: str | None = None
    version: int | None = None
    signature: str | None = None
    signed: str = ""

    @property
    def source(self) -> Source:
        """The original that is meant."""
        return Source(self.kind, self.public_id, self.extension, self.version)


def read(raw: str) -> DeliveryPath:
    """The parts of a raw request path without its query. Raises BadPath, or NotFound for types not served."""
    segments = [segment for segment in raw.split("/")[1:]]
    cloud = None
    if segments and segments[0] not in RESOURCES:
        cloud = decoded(segments.pop(0))
    kind, rest = _kind(raw, segments)
    signature = _SIGNATURE.fullmatch(rest[0]) if rest else None
    rest = rest[1:] if signature else rest
    rest = [segment for segment in rest if segment] if kind != "fetch" else rest
    if not rest:
        raise BadPath(raw, "/<cloud>/image/upload/<transformation>/<public id>")
    end = _boundary(rest)
    version = _VERSION.fullmatch(rest[end]) if end < len(rest) - 1 else None
    public = "/".join(rest[end + 1 if version else end :])
    public_id, extension = _split_extension(_public_id(public, raw), kind)
    return DeliveryPath(
        cloud=cloud,
        kind=kind,
        transformation="/".join(rest[:end]),
        public_id=public_id,
        extension=extension,
        version=int(version[1]) if version else None,
        signature=signature[1] if signature else None,
        signed="/".join([*rest[:end], public]),
    )


def write(
    cloud: str | None,
    transformation: str,
    public_id: str,
    extension: str | None = None,
    version: int | None = None,
) -> str:
    """The path of an uploaded picture, percent-encoded; `read` gives the same parts back."""
    name = f"{public_id}.{extension}" if extension else public_id
    parts = [quote(cloud)] if cloud else []
    parts += ["image", "upload", transformation, f"v{version}" if version else "", quote(name)]
    return "/" + "/".join(part for part in parts if part)


def is_component(segment: str) -> bool:
    """Whether a raw segment reads as parameters of the language."""
    try:
        first = decoded(segment).split(",")[0]
    except Exception:  # noqa: BLE001 - undecodable bytes are simply no component
        return False
    match = KEY.fullmatch(first)
    return match is not None and (match[1] in KEYS or match[1].startswith("$"))


def _kind(raw: str, segments: list[str]) -> tuple[str, list[str]]:
    """The delivery type and what follows it."""
    if not segments or segments[0] not in RESOURCES:
        raise BadPath(raw, "/<cloud>/image/upload/…, with image where the resource type stands")
    if segments[0] == "iu":
        return "upload", segments[1:]
    if segments[0] != "image":
        raise NotFound(f"{segments[0]}: only resource type image is served")
    if len(segments) < 2 or segments[1] not in KINDS:  # noqa: PLR2004 - resource type and delivery type
        came = segments[1] if len(segments) > 1 else ""
        raise NotFound(f"{came}: delivery types are {', '.join(sorted(KINDS))}")
    return segments[1], segments[2:]


def _boundary(segments: list[str]) -> int:
    """Index of the first segment that is no component: the version or the public id."""
    last = len(segments) - 1
    for index, segment in enumerate(segments):
        if index == last or _VERSION.fullmatch(segment):
            return index
        if not is_component(segment) and not _before_version(segments, index):
            return index
    return last


def _before_version(segments: list[str], index: int) -> bool:
    """Whether an unknown parameter stands before a version, so that it is a mistake and not a folder."""
    looks = KEY.fullmatch(segments[index].split(",")[0]) or "," in segments[index]
    return bool(looks) and any(_VERSION.fullmatch(segment) for segment in segments[index + 1 : -1])


def _public_id(raw_id: str, raw: str) -> str:
    try:
        text = unquote_to_bytes(raw_id).decode()
    except UnicodeDecodeError:
        raise BadPath(raw, "a public id in percent-encoded UTF-8") from None
    if len(text) > _MAX_PUBLIC_ID:
        raise BadPath(f"{text[:40]}…", f"a public id of at most {_MAX_PUBLIC_ID} characters")
    if not text or "\0" in text:
        raise BadPath(raw, "a public id")
    return text


def _split_extension(name: str, kind: str) -> tuple[str, str | None]:
    """A known extension is the format that was asked; any other dot belongs to the id."""
    stem, dot, extension = name.rpartition(".")
    format_ = EXTENSIONS.get(extension.lower())
    if kind == "fetch" or not dot or not stem or stem.endswith("/") or format_ is None:
        return name, None
    return stem, extension.lower()
