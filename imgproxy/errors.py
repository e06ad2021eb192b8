"""What can go wrong with an image request, as a tree of classes that carry data, not prose.

    ImageError
    ├── BadRequest               400  the text asks for something that cannot be meant
    │   ├── BadPath                   the path is not a delivery URL
    │   ├── BadParameter              one parameter: what came, what was expected
    │   ├── UnknownTransformation     nothing is stored under that name
    │   ├── BadCombination            each parameter is fine, together they are not
    │   ├── NotSupported              understood, but not built, not free, or not for images
    │   ├── NotAnImage                the original is no picture that can be decoded
    │   └── LimitExceeded             larger, longer or deeper than the settings allow
    ├── AccessDenied             401  signature, token or delivery type forbids it
    ├── NotFound                 404  no such original
    │   ├── ReferenceNotFound         no such original for a layer
    │   └── NotFetched                a foreign server does not give it out
    ├── OriginFailed             502  the place of the original answered with an error
    ├── OriginTimedOut           504  the place of the original did not answer in time
    ├── RenderTimedOut           504  rendering passed its deadline
    ├── RendererDied             503  the render process ended in mid-render
    └── Overloaded               503  the queue is full; the client may try again

Every class keeps its data in `args`, so an error survives the way from a render process to the server.
`str(error)` is the one sentence the client sees; it never holds a local path or an internal address.
This room must never import another of ours.
"""

from typing import ClassVar

_MOST_SHOWN = 120


def _shown(came: object) -> str:
    """What came, quoted, and cut where it would fill the header it is sent in."""
    text = repr(came)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


class ImageError(Exception):
    """Root of the tree; never raised itself."""

    status: ClassVar[int] = 500
    retry_after_s: ClassVar[int | None] = None


class BadRequest(ImageError):
    """The request itself is wrong; asking again gives the same answer."""

    status = 400


class BadPath(BadRequest):
    """`BadPath(came, expected)`."""

    def __str__(self) -> str:
        came, expected = self.args
        return f"Not a delivery path: {_shown(came)}, expected {expected}"


class BadParameter(BadRequest):
    """`BadParameter(parameter, came, expected, hint=None)`; hint is a near match, spelled as in a URL."""

    def __str__(self) -> str:
        parameter, came, expected, *rest = self.args
        hint = f" (did you mean {rest[0]}?)" if rest and rest[0] else ""
        return f"Invalid {parameter}: {_shown(came)}, expected {expected}{hint}"


class UnknownTransformation(BadRequest):
    """`UnknownTransformation(name, near=None)`."""

    def __str__(self) -> str:
        name, *near = self.args
        hint = f" (did you mean t_{near[0]}?)" if near else ""
        return f"Unknown transformation {name[:_MOST_SHOWN]}{hint}"


class BadCombination(BadRequest):
    """`BadCombination(parameter, rule)`: the rule is a full clause, such as "needs w or h"."""

    def __str__(self) -> str:
        parameter, rule = self.args
        return f"Invalid combination: {parameter} {rule}"


class NotSupported(BadRequest):
    """`NotSupported(parameter, reason)`."""

    def __str__(self) -> str:
        parameter, reason = self.args
        return f"Not supported: {parameter[:_MOST_SHOWN]} {reason}"


class NotAnImage(BadRequest):
    """`NotAnImage(what)`: what the bytes are, or what the decoder said, without paths."""

    def __str__(self) -> str:
        return f"The original cannot be decoded as an image: {self.args[0]}"


class LimitExceeded(BadRequest):
    """`LimitExceeded(what, came, limit)`: numbers with their unit in `what`."""

    def __str__(self) -> str:
        what, came, limit = self.args
        return f"Too large: {what} is {came}, the limit is {limit}"


class AccessDenied(ImageError):
    """`AccessDenied(reason)`."""

    status = 401

    def __str__(self) -> str:
        return f"Access denied: {self.args[0]}"


class NotFound(ImageError):
    """`NotFound(public_id)`."""

    status = 404

    def __str__(self) -> str:
        return f"Resource not found - {self.args[0]}"


class ReferenceNotFound(NotFound):
    """`ReferenceNotFound(public_id)`: what a layer shows is not there."""

    def __str__(self) -> str:
        return f"Unknown or invalid referenced image {self.args[0]}"


class NotFetched(NotFound):
    """`NotFetched(url, what)`: what the foreign server answered, or what is wrong with where it leads."""

    def __str__(self) -> str:
        url, what = self.args
        return f"Error in loading - {url[:_MOST_SHOWN]}: {what}"


class OriginFailed(ImageError):
    """`OriginFailed(what)`."""

    status = 502

    def __str__(self) -> str:
        return f"Error in loading the original: {self.args[0]}"


class OriginTimedOut(ImageError):
    """`OriginTimedOut(limit_s)`."""

    status = 504

    def __str__(self) -> str:
        return f"The original did not arrive within {self.args[0]:g} s"


class RenderTimedOut(ImageError):
    """`RenderTimedOut(limit_s)`."""

    status = 504

    def __str__(self) -> str:
        return f"Rendering took longer than {self.args[0]:g} s"


class RendererDied(ImageError):
    """`RendererDied()`: most often a decoder crashed or memory ran out; the request may be what kills it."""

    status = 503
    retry_after_s = 10

    def __str__(self) -> str:
        return "The render process ended before the picture was done"


class Overloaded(ImageError):
    """`Overloaded(what)`."""

    status = 503
    retry_after_s = 2

    def __str__(self) -> str:
        return f"Too many renders are waiting: {self.args[0]}"
