"""Delivery paths: raw text to its parts and back.

    /<cloud>/image/<type>/[s--<signature>--/][component/]*[v<digits>/]<public id>[.<extension>]
    /<cloud>/images/…/<public id>/<any suffix>[.<extension>]     as image/upload, with a word for search engines
    /<cloud>/iu/…                                                as image/upload
    /<cloud>/…                                                   as image/upload, when no resource type follows
    /<cloud>/image/fetch/…/https://…                             a foreign URL, as it is, escaped, or with one slash

The cloud is absent on a host that belongs to one account.  Where the components end is not marked.  A segment is one
when, decoded once, its first parameter has a key of the language; the walk stops at the first that is not, at
`v<digits>`, and before the last segment, which is always public id.  In doubt a segment is a component, so that a
mistake gets its sentence (`w_abc/x.jpg`); before a version everything that looks like parameters is one.  The only
folders told apart without a version are those after `c_`, `e_` or `fl_` whose word is no name of the language nor
close to one, alone in their segment, with no component behind them (`e_commerce/x.png`).  `v1/` in front of the id
settles every case, and `write` puts it there.

Raw text is kept for the signature and for the transformation; nothing else ever looks at it again.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

import msgspec

from imgproxy.errors import BadParameter, BadPath, NotFound
from imgproxy.grammar.known import KEYS, recognises
from imgproxy.grammar.lexer import KEY, decoded
from imgproxy.remote import spelled
from imgproxy.signing import sign
from imgproxy.values import MAX_PUBLIC_ID, Source

_SUFFIXED = {
    "images": "upload",
    "private_images": "private",
    "authenticated_images": "authenticated",
}
RESOURCES = frozenset({"image", "iu", "video", "videos", "raw", "files", *_SUFFIXED})
"""First segments that are never a cloud name."""

KINDS = frozenset({"upload", "fetch", "private", "authenticated"})
EXTENSIONS = {
    extension: extension
    for extension in "jpg png webp avif gif jxl tiff bmp ico svg heic pdf jp2".split()
} | {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg", "tif": "tiff", "heif": "heic"}
"""Extensions that mean a format, to the name of the format."""

_FETCH = re.compile(rb"(?:/+[^/]+)?/+image/+fetch/")
_ANALYTICS = re.compile(rb"(?<![^&])_a=[^&]*&?")
"""What SDKs hang on every URL for their own statistics; it is no part of the foreign one."""

_SIGNATURE = re.compile(r"s--([A-Za-z0-9_-]{32}|[A-Za-z0-9_-]{8})--")
_VERSION = re.compile(r"v([0-9]{1,12})")
_REMOTE_START = re.compile(r"/(?=https?(?::|%3a)(?:/|%2f))", re.IGNORECASE)
_LONE = re.compile("[\ud800-\udfff]")
_ONE_SLASH = re.compile(r"^(https?):/+", re.IGNORECASE)
_KEPT_IN_TRANSFORMATION = "%/:,;$!()*'"


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


class _Anatomy(NamedTuple):
    """The front of a path, and what follows it."""

    cloud: str | None
    kind: str
    suffixed: bool
    rest: list[str]


class _Parts(NamedTuple):
    """Raw text of the components, the version, raw text of the public id with its extension."""

    components: list[str]
    version: int | None
    public: str


def read(raw: str) -> DeliveryPath:
    """The parts of a raw request path without its query. Raises BadPath, or NotFound for types not served."""
    if _LONE.search(raw):
        raise BadPath(raw, "UTF-8")
    cloud, kind, suffixed, rest = _anatomy(raw)
    signature = _SIGNATURE.fullmatch(rest[0]) if rest else None
    rest = rest[1:] if signature else rest
    parts = _fetched(raw, rest) if kind == "fetch" else _stored(raw, rest, suffixed=suffixed)
    name = _text(parts.public, raw)
    public_id, extension = (_remote(name, raw), None) if kind == "fetch" else _named(name)
    return DeliveryPath(
        cloud=cloud,
        kind=kind,
        transformation="/".join(parts.components),
        public_id=public_id,
        extension=extension,
        version=parts.version,
        signature=signature[1] if signature else None,
        signed="/".join([*parts.components, parts.public]),
    )


def with_query(raw: bytes, query: bytes) -> bytes:
    """The raw path with the query of the request given back to the foreign URL it was written in; others have none.

    It is escaped once more, as it would be had the whole URL been escaped.
    """
    if not _FETCH.match(raw):
        return raw
    query = _ANALYTICS.sub(b"", query).rstrip(b"&")
    if not query:
        return raw
    joint = b"%26" if b"%3F" in raw.upper() else b"%3F"
    return raw + joint + query.replace(b"%", b"%25")


def write(
    cloud: str | None,
    transformation: str,
    public_id: str,
    extension: str | None = None,
    version: int | None = None,
) -> str:
    """The path of an uploaded picture, percent-encoded; `read` gives the same parts back.

    Where a folder would read as a component or a version, `v1` stands in front of it.
    """
    name = f"{public_id}.{extension}" if extension else public_id
    if version is None and any(map(_looks, public_id.split("/")[:-1])):
        version = 1
    parts = [quote(cloud, safe="")] if cloud else []
    parts += ["image", "upload", quote(transformation, safe=_KEPT_IN_TRANSFORMATION)]
    parts += [f"v{version}" if version is not None else "", quote(name)]
    return "/" + "/".join(part for part in parts if part)


def signed(path: str, secret: str, *, long: bool = False) -> str:
    """The same path with its signature behind the delivery type, as official SDKs write it; one that has one stays.

    Raises BadPath, or NotFound for types not served.
    """
    parts = read(path)
    if parts.signature is not None:
        return path
    _, _, _, rest = _anatomy(path)
    before = len([segment for segment in path.split("/") if segment]) - len(rest)
    front = re.match(rf"(?:/+[^/]+){{{before}}}/+", path)
    assert front is not None  # a path that can be read has a name behind its type
    signature = sign(parts.signed, secret, long=long)
    return f"{front[0]}s--{signature}--/{path[front.end() :]}"


def is_component(segment: str) -> bool:
    """Whether a raw segment reads as parameters of the language."""
    key, _ = _first(segment)
    return key in KEYS or key.startswith("$")


def _anatomy(raw: str) -> _Anatomy:
    """Account and delivery type; doubled and trailing slashes are harmless."""
    segments = [segment for segment in raw.split("/") if segment]
    cloud = decoded(segments.pop(0)) if _has_cloud(segments) else None
    if not segments or segments == ["image"]:
        raise BadPath(raw, "/<cloud>/image/upload/<transformation>/<public id>")
    first = segments[0]
    if first in _SUFFIXED:
        return _Anatomy(cloud, _SUFFIXED[first], True, segments[1:])
    if first == "iu":
        return _Anatomy(cloud, "upload", False, segments[1:])
    if first not in RESOURCES:
        return _Anatomy(cloud, "upload", False, segments)
    if first != "image":
        raise NotFound(f"{first}: only resource type image is served")
    if segments[1] not in KINDS:
        raise NotFound(f"{segments[1]}: delivery types are {', '.join(sorted(KINDS))}")
    return _Anatomy(cloud, segments[1], False, segments[2:])


def _has_cloud(segments: list[str]) -> bool:
    """A resource type decides; without one, only what cannot be a name is not the account."""
    if not segments or segments[0] in RESOURCES:
        return False
    if len(segments) > 1 and segments[1] in RESOURCES:
        return True
    return not (_SIGNATURE.fullmatch(segments[0]) or is_component(segments[0]))


def _stored(raw: str, rest: list[str], *, suffixed: bool) -> _Parts:
    """The parts after the type, where the public id is the name of an asset."""
    ending = ""
    if suffixed and rest:
        _, dot, extension = rest[-1].rpartition(".")
        ending = f".{extension}" if dot and extension.lower() in EXTENSIONS else ""
        rest = rest[:-1]
    if not rest:
        raise BadPath(raw, "a public id, and a suffix where the path begins with images")
    end = _boundary(rest)
    version = _VERSION.fullmatch(rest[end]) if end < len(rest) - 1 else None
    public = "/".join(rest[end + 1 if version else end :])
    return _Parts(rest[:end], int(version[1]) if version else None, public + ending)


def _fetched(raw: str, rest: list[str]) -> _Parts:
    """The parts after the type, where the public id is a URL: its beginning shows where the components end."""
    start = _REMOTE_START.search(raw)
    if start is None:
        raise BadPath(raw, "an absolute http or https URL after image/fetch")
    remote = raw[start.end() :]
    components = rest[: len(rest) - sum(1 for part in remote.split("/") if part)]
    version = _VERSION.fullmatch(components[-1]) if components else None
    components = components[:-1] if version else components
    public = _ONE_SLASH.sub(r"\1://", remote)
    return _Parts(components, int(version[1]) if version else None, public)


def _boundary(segments: list[str]) -> int:
    """Index of the first segment that is no component: the version or the public id."""
    inner = segments[:-1]
    last_version = _last(bool(_VERSION.fullmatch(segment)) for segment in inner)
    last_component = _last(map(is_component, inner))
    for index, segment in enumerate(inner):
        if _VERSION.fullmatch(segment):
            return index
        if index < last_version:
            component = _looks(segment)
        else:
            component = is_component(segment) and (index < last_component or _meant(segment))
        if not component:
            return index
    return len(inner)


def _last(found: Iterable[bool]) -> int:
    return max((index for index, hit in enumerate(found) if hit), default=-1)


def _meant(segment: str) -> bool:
    """Whether a component can be meant as one, and not as a folder with such a name."""
    return "," in decoded(segment) or recognises(*_first(segment))


def _looks(segment: str) -> bool:
    """Whether it is a version, or has the shape of parameters, known or not."""
    return bool(_VERSION.fullmatch(segment) or "," in segment or _first(segment)[0])


def _first(segment: str) -> tuple[str, str]:
    """Key and value of the first parameter; empty where there is none."""
    try:
        match = KEY.fullmatch(decoded(segment).partition(",")[0])
    except BadParameter:
        return (
            "",
            "",
        )  # undecodable bytes are no component; whether they are an id is found out later
    return (match[1], match[2]) if match else ("", "")


def _text(raw_id: str, raw: str) -> str:
    try:
        text = unquote_to_bytes(raw_id).decode()
    except UnicodeError:
        raise BadPath(raw, "a public id in percent-encoded UTF-8") from None
    if not text or "\0" in text:
        raise BadPath(raw, "a public id")
    return text


def _named(name: str) -> tuple[str, str | None]:
    """A known extension is the format that was asked; any other dot belongs to the id."""
    if len(name) > MAX_PUBLIC_ID:
        raise BadPath(name, f"a public id of at most {MAX_PUBLIC_ID} characters")
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem or stem.endswith("/") or extension.lower() not in EXTENSIONS:
        return name, None
    return stem, extension.lower()


def _remote(text: str, raw: str) -> str:
    try:
        return spelled(text)
    except ValueError as error:
        raise BadPath(raw, f"{error} after image/fetch") from None
