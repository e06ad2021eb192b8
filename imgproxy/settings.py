"""What an operator can set about images: plain data with defaults and units, and its reader.

Read once, at start, from a mapping that the caller hands in; nothing here looks at the environment itself.
Each field names its variable and its meaning beside its type, and the table in the README is made from that.
"""

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) *([KMGT]?)B?")
_S = TypeVar("_S", bound=msgspec.Struct)


class SettingsError(Exception):
    """`SettingsError(variable, came, expected)`: the sentence names the variable."""

    def __str__(self) -> str:
        variable, came, expected = self.args
        return f"{variable}={came!r} is not valid: expected {expected}"


def setting(variable: str, meaning: str, shown: str = "", **bounds: Any) -> msgspec.Meta:
    """Metadata of one field: its environment variable, a phrase for the table, bounds for its number.

    `shown` replaces the default in the table where the real one depends on the machine.
    """
    extra = {"variable": variable, "meaning": meaning, "shown": shown}
    return msgspec.Meta(extra=extra, **bounds)


class Limits(msgspec.Struct, frozen=True):
    """Bounds on what one request may cost."""

    max_original_bytes: Annotated[
        int, setting("DARKROOM_MAX_ORIGINAL_BYTES", "largest original file", gt=0)
    ] = 50_000_000
    max_original_pixels: Annotated[
        int, setting("DARKROOM_MAX_ORIGINAL_PIXELS", "largest original, all frames together", gt=0)
    ] = 80_000_000
    max_frames: Annotated[int, setting("DARKROOM_MAX_FRAMES", "frames of an animation", gt=0)] = 250
    max_output_pixels: Annotated[
        int, setting("DARKROOM_MAX_OUTPUT_PIXELS", "largest answer, one frame", gt=0)
    ] = 25_000_000
    max_components: Annotated[
        int, setting("DARKROOM_MAX_COMPONENTS", "components in one URL", gt=0)
    ] = 32
    max_layers: Annotated[int, setting("DARKROOM_MAX_LAYERS", "layers in one URL", gt=0)] = 8
    max_url_bytes: Annotated[int, setting("DARKROOM_MAX_URL_BYTES", "length of a URL", gt=0)] = 8192
    fetch_timeout_s: Annotated[
        float, setting("DARKROOM_FETCH_TIMEOUT_S", "time for an original to arrive", gt=0)
    ] = 10.0
    render_timeout_s: Annotated[
        float,
        setting(
            "DARKROOM_RENDER_TIMEOUT_S", "time for one render; then its process is killed", gt=0
        ),
    ] = 10.0
    queue_timeout_s: Annotated[
        float,
        setting("DARKROOM_QUEUE_TIMEOUT_S", "time a render may wait for a free process", gt=0),
    ] = 5.0
    max_queue: Annotated[
        int, setting("DARKROOM_MAX_QUEUE", "renders that may wait per worker; more get 503", gt=0)
    ] = 256
    max_renderer_bytes: Annotated[
        int, setting("DARKROOM_MAX_RENDERER_BYTES", "address space of one render process", gt=0)
    ] = 4_000_000_000
    renders_per_process: Annotated[
        int,
        setting("DARKROOM_RENDERS_PER_PROCESS", "renders after which a process is replaced", gt=0),
    ] = 2000


_PATIENT_S = 120.0


def patient(limits: Limits) -> Limits:
    """For renders that nobody waits for."""
    return msgspec.structs.replace(limits, render_timeout_s=_PATIENT_S, queue_timeout_s=_PATIENT_S)


class ImageSettings(msgspec.Struct, frozen=True):
    """Everything an image-only node needs to know."""

    cloud: Annotated[
        str, setting("DARKROOM_CLOUD", "account name, the first part of a URL", min_length=1)
    ] = "demo"
    api_key: Annotated[str, setting("DARKROOM_API_KEY", "key of the account", min_length=1)] = (
        "demo-key"
    )
    api_secret: Annotated[
        str,
        setting(
            "DARKROOM_API_SECRET",
            "secret of the account; the default only works on loopback",
            min_length=1,
        ),
    ] = "demo-secret"  # noqa: S105 - public on purpose; refused off loopback
    data: Annotated[
        str,
        setting("DARKROOM_DATA", "folder for everything the embedded default writes", min_length=1),
    ] = "./var"
    originals: Annotated[
        str,
        setting(
            "DARKROOM_ORIGINALS", "folder, or `s3://bucket/prefix`", shown="`<data>/originals`"
        ),
    ] = ""
    cache: Annotated[
        str,
        setting(
            "DARKROOM_CACHE",
            "tiers in order: `memory:SIZE`, `disk:PATH?max=SIZE`, `redis:`, `s3://bucket/prefix`",
            shown="`memory:128MB,disk:<data>/cache?max=5GB`",
        ),
    ] = ""
    masters: Annotated[
        str,
        setting(
            "DARKROOM_MASTERS",
            "room for working copies of originals, in `<data>/masters`; `0`: none are made",
            min_length=1,
        ),
    ] = "1GB"
    refine: Annotated[
        bool,
        setting(
            "DARKROOM_REFINE",
            "`1`: popular pictures are made again, better, while nobody waits (`docs/refining.md`)",
        ),
    ] = True
    renderers: Annotated[
        int,
        setting(
            "DARKROOM_RENDERERS",
            "render processes per worker",
            shown="cores / workers, at least 1",
            ge=0,
        ),
    ] = 0
    redis_url: Annotated[
        str, setting("REDIS_URL", "shared Redis; unset means a single node", shown="unset")
    ] = ""
    strict: Annotated[
        bool, setting("DARKROOM_STRICT", "`1`: only signed, named or eager transformations")
    ] = False
    transformations: Annotated[
        str,
        setting(
            "DARKROOM_TRANSFORMATIONS",
            "file of named transformations for `t_<name>`: `name = text` lines, or flat TOML",
            shown="unset",
        ),
    ] = ""
    unsupported: Annotated[
        Literal["refuse", "ignore"],
        setting(
            "DARKROOM_UNSUPPORTED",
            "what happens to parameters for video, add-ons and generative services: `refuse` or `ignore`",
        ),
    ] = "refuse"
    fetch_allow: Annotated[
        str,
        setting(
            "DARKROOM_FETCH_ALLOW", "host patterns that `image/fetch` may load", shown="empty: off"
        ),
    ] = ""
    purge_webhook: Annotated[
        str,
        setting(
            "DARKROOM_PURGE_WEBHOOK",
            "method and URL that purge `{tag}` at a CDN (`docs/purge.md`)",
            shown="empty: none",
        ),
    ] = ""
    purge_headers: Annotated[
        str, setting("DARKROOM_PURGE_HEADERS", "its headers, as a JSON object", shown="`{}`")
    ] = ""
    purge_body: Annotated[
        str, setting("DARKROOM_PURGE_BODY", "its body, `{tag}` filled in", shown="empty")
    ] = ""
    limits: Limits = Limits()

    @property
    def originals_place(self) -> str:
        """`originals`, or its default inside `data`."""
        return self.originals or str(Path(self.data) / "originals")

    @property
    def cache_tiers(self) -> str:
        """`cache`, or its default inside `data`."""
        return self.cache or f"memory:128MB,disk:{Path(self.data) / 'cache'}?max=5GB"


def read(kind: type[_S], environ: Mapping[str, str]) -> _S:
    """A settings Struct from the variables its fields name; an empty variable counts as unset.

    Raises SettingsError naming the variable, what it was and what was expected.
    """
    values: dict[str, Any] = {}
    for field, annotation in _annotated(kind):
        if isinstance(annotation, type):
            values[field] = read(annotation, environ)
            continue
        variable = _extra(annotation)["variable"]
        if came := environ.get(variable, "").strip():
            values[field] = _convert(variable, came, annotation)
    return kind(**values)


def table(kind: type[msgspec.Struct]) -> Iterator[tuple[str, str, str]]:
    """Rows `(variable, default, meaning)` in the order of declaration, for the README."""
    for field, annotation in _annotated(kind):
        if isinstance(annotation, type):
            yield from table(annotation)
            continue
        extra = _extra(annotation)
        default = getattr(kind(), field)
        shown = extra["shown"] or (
            f"`{int(default)}`" if isinstance(default, bool) else f"`{default}`"
        )
        yield extra["variable"], shown, extra["meaning"]


def size_bytes(variable: str, came: str) -> int:
    """`128MB`, `5GB`, `4096`: decimal units. Raises SettingsError."""
    match = _SIZE.fullmatch(came.strip().upper())
    if match is None:
        raise SettingsError(variable, came, "a size such as 128MB or 5GB")
    return int(float(match[1]) * 1000 ** " KMGT".index(match[2] or " "))


def _annotated(kind: type[msgspec.Struct]) -> Iterator[tuple[str, Any]]:
    for field in msgspec.structs.fields(kind):
        yield field.name, field.type


def _extra(annotation: Any) -> dict[str, str]:
    meta = next(m for m in annotation.__metadata__ if isinstance(m, msgspec.Meta))
    extra: dict[str, str] = meta.extra or {}
    return extra


def _convert(variable: str, came: str, annotation: Any) -> Any:
    try:
        value = msgspec.convert(came, annotation, strict=False)
    except msgspec.ValidationError as error:
        expected = str(error).removeprefix("Expected ").removeprefix("`")
        raise SettingsError(
            variable, came, expected.replace("`", "").replace(", got str", "")
        ) from None
    if isinstance(value, float) and not math.isfinite(value):
        raise SettingsError(variable, came, "a finite number")
    return value
