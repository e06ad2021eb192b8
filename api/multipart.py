"""A multipart body to files in one folder, as it arrives: never more than a chunk of it in memory.

The files have temporary names and are gone when the block ends, unless somebody has moved them away.  Every limit
is held while streaming, so a body that is too large is refused at the byte where it becomes so.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Final

import msgspec
from litestar.exceptions import HTTPException
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from api.errors import wrong

_CHUNK_TIMEOUT_S: Final = 30.0
_MAX_TEXT_BYTES: Final = 4096
_MAX_PARTS: Final = 100


class TooLarge(HTTPException):
    status_code = 413


class TooSlow(HTTPException):
    status_code = 408


class Received(msgspec.Struct, frozen=True):
    """A file of the form: where it is for now, what the client calls it."""

    path: Path
    filename: str
    size_bytes: int


class Form(msgspec.Struct):
    """What the body held, in its order; `texts` are those of the fields that are no files."""

    files: list[Received]
    texts: list[str]


class Fields(msgspec.Struct, frozen=True):
    """The two fields that a form may have, each any number of times, and how much."""

    files: str
    texts: str
    max_files: int
    max_file_bytes: int


@asynccontextmanager
async def received(
    content_type: str, body: AsyncIterator[bytes], folder: Path, fields: Fields
) -> AsyncIterator[Form]:
    """The form, its files inside `folder` for the length of the block.

    Raises ValidationException for anything that is no such form, TooLarge, TooSlow.
    """
    reader = _Reader(folder, fields)
    try:
        await _feed(reader, content_type, body)
        yield Form(reader.files, reader.texts)
    finally:
        await asyncio.to_thread(reader.clear)


async def _feed(reader: "_Reader", content_type: str, body: AsyncIterator[bytes]) -> None:
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data" or "boundary" not in options:
        raise wrong("content-type", "expected multipart/form-data with a boundary")
    try:
        with PushMultipartParser(options["boundary"], max_segment_count=_MAX_PARTS) as parser:
            while not parser.closed:
                for event in parser.parse(await _next(body)):
                    await asyncio.to_thread(reader.take, event)
    except MultipartError as error:
        raise wrong("body", f"not a whole multipart form: {error}") from error


async def _next(body: AsyncIterator[bytes]) -> bytes:
    """The next chunk; empty at the end, which tells the parser that there is no more."""
    try:
        async with asyncio.timeout(_CHUNK_TIMEOUT_S):
            while not (chunk := await anext(body, None)):
                if chunk is None:
                    return b""
            return chunk
    except TimeoutError:
        raise TooSlow(f"Nothing arrived for {_CHUNK_TIMEOUT_S:g} s.") from None


class _Reader:
    """Writes files and keeps texts, part by part; synchronous, called in a thread."""

    def __init__(self, folder: Path, fields: Fields) -> None:
        self.files: list[Received] = []
        self.texts: list[str] = []
        self._folder, self._fields = folder, fields
        self._made: list[Path] = []
        self._part: MultipartSegment | None = None
        self._file: BinaryIO | None = None
        self._text = b""

    def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._begin(event)
        elif event is None:
            self._end()
        else:
            self._more(event)

    def clear(self) -> None:
        """Removes every file that is still where it was written."""
        if self._file is not None:
            self._file.close()
        for path in self._made:
            path.unlink(missing_ok=True)

    def _begin(self, part: MultipartSegment) -> None:
        self._part, self._text = part, b""
        if part.name not in (self._fields.files, self._fields.texts):
            expected = f"expected the fields {self._fields.files} and {self._fields.texts} only"
            raise wrong(part.name or "", expected)
        if part.name == self._fields.texts:
            return
        if len(self.files) >= self._fields.max_files:
            raise wrong(self._fields.files, f"expected at most {self._fields.max_files} files")
        path = self._folder / token_hex(16)
        self._made.append(path)
        self._file = path.open("xb")

    def _more(self, data: bytes | bytearray) -> None:
        assert self._part is not None  # a part begins before its bytes
        name, limit = self._part.name, self._fields.max_file_bytes
        if self._file is None:
            self._text += data
            if len(self._text) > _MAX_TEXT_BYTES:
                raise wrong(self._fields.texts, f"expected at most {_MAX_TEXT_BYTES} bytes")
            return
        self._file.write(data)
        if self._file.tell() > limit:
            shown = self._part.filename or name
            raise TooLarge(f"{shown!r} has more than {limit} bytes.")

    def _end(self) -> None:
        assert self._part is not None
        if self._file is None:
            self.texts.append(_text(self._text, self._fields.texts))
            return
        size = self._file.tell()
        self._file.close()
        self._file = None
        self.files.append(Received(self._made[-1], self._part.filename or "", size))


def _text(data: bytes, field: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise wrong(field, "expected UTF-8 text") from None
