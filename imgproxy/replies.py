"""What is said about an answer: status, header fields, body; for a hit the fields are written once.

What is said about an answer that was there already depends on its bytes, on the version of its original, and on whether that is
due to be looked at again.  While all three are as they were last time, so are the fields, which are kept with the request.
It must never keep a body: how long those live is for the memory tier to say.
"""

from functools import lru_cache

from msgspec import Struct

from imgproxy import headers
from imgproxy.delivery import Answer
from imgproxy.errors import ImageError
from imgproxy.request import RenderRequest
from imgproxy.values import Located

Reply = tuple[int, headers.Fields, bytes]
"""Status, header fields and body."""


class _Said(Struct, frozen=True):
    """The fields of a 304 and of a 200, and what they were written for."""

    etag: str
    located: Located
    how: str
    quoted: bytes
    unchanged: headers.Fields
    whole: headers.Fields


class Asked:
    """A request as it was understood, and what was said about its last hit."""

    __slots__ = ("_said", "instead", "request")

    def __init__(self, request: RenderRequest) -> None:
        self.request = request
        self.instead = Asked(request.instead) if request.instead else None
        """What is answered when the original is missing."""
        self._said: _Said | None = None

    def reply(
        self,
        answer: Answer,
        none_match: bytes,
        modified_since: bytes,
        missing: ImageError | None = None,
    ) -> Reply:
        """A 304 where the client's copy is this answer, else a 200; `missing`: why this is the default image."""
        said = self._said
        if said is None or missing or not _fits(said, answer):
            said = _written(self.request, answer, missing)
            if not (missing or answer.timing):
                self._said = said
        if none_match or modified_since:
            same = none_match == said.quoted
            if same or headers.unchanged(answer.rendered, none_match, modified_since):
                return 304, said.unchanged, b""
        return 200, said.whole, answer.rendered.body


def _fits(said: _Said, answer: Answer) -> bool:
    rendered, located, how, timing = answer
    return (
        said.etag == rendered.etag
        and said.located == located
        and said.how == how
        and timing is None
    )


def _written(request: RenderRequest, answer: Answer, missing: ImageError | None) -> _Said:
    rendered, located, how, _ = answer
    # tuples: what stands between here and the server may write into a list
    unchanged = tuple(map(_shared, headers.of_answer(request, answer, missing)))
    whole = (*unchanged, *map(_shared, headers.of_body(rendered, _filename(request, answer))))
    return _Said(rendered.etag, located, how, dict(unchanged)[b"etag"], unchanged, whole)


@lru_cache(maxsize=1024)
def _shared(field: headers.Field) -> headers.Field:
    """The same object for the same field: among hundreds of answers, what all of them say stays in the processor's cache."""
    return field


def _filename(request: RenderRequest, answer: Answer) -> str | None:
    """The name for `fl_attachment`: the one it gives, or the public id's, with the extension of the answer."""
    name = request.output.attachment
    if name is None:
        return None
    extension = (
        answer.rendered.media_type.rpartition("/")[2].partition("+")[0].replace("jpeg", "jpg")
    )
    stem = (name or request.source.public_id).rpartition("/")[2]
    return f"{stem}.{extension}"
