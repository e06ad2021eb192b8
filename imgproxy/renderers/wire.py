"""What goes over the pipes: a length and msgpack, both ways; errors travel as class name and data.

Pure. A message is at most MAX_MESSAGE_BYTES, so that a process gone mad cannot fill the memory of the server.
"""

import msgspec

from imgproxy import errors
from imgproxy.errors import ImageError
from imgproxy.render.job import RenderJob, RenderReport

LENGTH_BYTES = 4
MAX_MESSAGE_BYTES = 512 * 1024 * 1024


class Failure(msgspec.Struct, frozen=True, tag=True):
    """An ImageError, ready to travel."""

    kind: str
    data: list[str | int | float | None]


class Success(msgspec.Struct, frozen=True, tag=True):
    """A finished render."""

    report: RenderReport


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The first message of a process: everything is loaded, namely these formats, and these walls stand around it."""

    walls: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()


class Told(msgspec.Struct, frozen=True, tag=True):
    """What became of a master, as `imgproxy.render.master` says it; a new one fills that much of the desk.

    Comes before the Success or Failure of its job.
    """

    what: str
    size_bytes: int = 0


Reply = Success | Failure | Ready | Told

_encoder = msgspec.msgpack.Encoder()
_job_decoder = msgspec.msgpack.Decoder(RenderJob)
_reply_decoder: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def frame(message: RenderJob | Reply) -> bytes:
    """A message with its length in front."""
    body = _encoder.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def read_job(body: bytes) -> RenderJob:
    """The job of a message body."""
    return _job_decoder.decode(body)


def read_reply(body: bytes) -> Reply:
    """The reply of a message body."""
    return _reply_decoder.decode(body)


def failure(error: ImageError) -> Failure:
    """An error as a message; data that msgpack does not know is spelled out."""
    plain = (str, int, float, type(None))
    return Failure(
        type(error).__name__, [x if isinstance(x, plain) else str(x) for x in error.args]
    )


def revived(message: Failure) -> ImageError:
    """The error again, of its own class."""
    kind = getattr(errors, message.kind, ImageError)
    error: ImageError = kind(*message.data)
    return error
