"""Reading HTTP/1.1 answers as fast as Python can: framing and counting, never keeping a body.

The reader is fed bytes and says when an answer is complete; it owns no socket and no clock, so tests feed it by hand.
It must never grow a general client: only GET is asked, so only the framing of RFC 9112 section 6.3 for GET is here.
"""

import re

from msgspec import Struct

from benchmarks.errors import MalformedResponse

_MAX_HEAD_BYTES = 64 * 1024
_MAX_CHUNK_LINE_BYTES = 4096
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) (\d{3})(?: |\r\n|$)")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*(?:\r\n|$)", re.IGNORECASE)
_CHUNKED = re.compile(
    rb"\r\ntransfer-encoding:[ \t]*(?:[^\r\n]*,[ \t]*)?chunked[ \t]*(?:\r\n|$)", re.IGNORECASE
)
_CLOSE = re.compile(rb"\r\nconnection:[ \t]*close[ \t]*(?:\r\n|$)", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;|$)")
_BODILESS = frozenset({204, 304})


class Response(Struct, frozen=True, gc=False):
    """One complete answer: status, length of its body in bytes, and whether the connection may be used again."""

    status: int
    body_bytes: int
    reusable: bool


class ResponseReader:
    """Bytes in, complete answers out; for one connection on which one request at a time is outstanding."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._head = b""
        self._status = 0
        self._reusable = True
        self._body: _Sized | _Chunks | _UntilClose | None = None

    def feed(self, data: bytes) -> Response | None:
        """The answer that `data` completes, or None while bytes are missing; raises `MalformedResponse`."""
        body: bytes | memoryview = data
        if self._body is None:
            rest = self._read_head(data)
            if rest is None:
                return None
            body = rest
        assert self._body is not None
        return self._complete() if self._body.feed(body) else None

    def end(self) -> Response | None:
        """The answer that the closing of the connection completes, if it does."""
        if isinstance(self._body, _UntilClose):
            self._reusable = False
            return self._complete()
        return None

    def _complete(self) -> Response:
        assert self._body is not None
        response = Response(self._status, self._body.total, self._reusable)
        self._reset()
        return response

    def _read_head(self, data: bytes) -> memoryview | None:
        held = self._head + data if self._head else data
        end = held.find(b"\r\n\r\n")
        if end < 0:
            if len(held) > _MAX_HEAD_BYTES:
                raise MalformedResponse("the header section does not end")
            self._head = held
            return None
        self._start(held[:end])
        # A view, because slicing would copy the 20 KB body of every hit only to count it.
        return memoryview(held)[end + 4 :]

    def _start(self, head: bytes) -> None:
        line = _STATUS_LINE.match(head)
        if line is None:
            raise MalformedResponse(f"status line {head[:40]!r}")
        self._status = int(line[2])
        self._reusable = line[1] == b"1" and _CLOSE.search(head) is None
        if self._status in _BODILESS:
            self._body = _Sized(0)
        elif _CHUNKED.search(head):
            self._body = _Chunks()
        elif length := _LENGTH.search(head):
            self._body = _Sized(int(length[1]))
        else:
            self._body = _UntilClose()


class _Sized:
    def __init__(self, length: int) -> None:
        self.total = self._left = length

    def feed(self, data: bytes | memoryview) -> bool:
        self._left -= len(data)
        if self._left < 0:
            raise MalformedResponse(f"{-self._left} bytes more than its content-length")
        return self._left == 0


class _UntilClose:
    def __init__(self) -> None:
        self.total = 0

    def feed(self, data: bytes | memoryview) -> bool:
        self.total += len(data)
        return False


class _Chunks:
    """Counts the payload of a chunked body (RFC 9112 section 7.1)."""

    def __init__(self) -> None:
        self.total = 0
        self._held = b""
        self._skip = 0
        self._in_trailers = False

    def feed(self, data: bytes | memoryview) -> bool:
        self._held += data
        while self._skip_payload():
            line, found, rest = self._held.partition(b"\r\n")
            if not found:
                return self._wait_for_line(line)
            self._held = rest
            if self._read_line(line):
                return True
        return False

    def _skip_payload(self) -> bool:
        taken = min(self._skip, len(self._held))
        self._held = self._held[taken:]
        self._skip -= taken
        return self._skip == 0

    def _wait_for_line(self, line: bytes) -> bool:
        if len(line) > _MAX_CHUNK_LINE_BYTES:
            raise MalformedResponse("a chunk line does not end")
        return False

    def _read_line(self, line: bytes) -> bool:
        if self._in_trailers:
            return line == b""
        if (digits := _CHUNK_SIZE.match(line)) is None:
            raise MalformedResponse(f"chunk size {line[:20]!r}")
        size = int(digits[1], 16)
        self.total += size
        self._in_trailers = size == 0
        # The payload is followed by a line end of its own.
        self._skip = size + 2 if size else 0
        return False
