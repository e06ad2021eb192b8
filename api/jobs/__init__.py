"""Work that may wait: what a job is, and the two sides of a queue.

A **job** is a kind, a frozen value that says what to do, and terms: how often it is tried and how long one attempt may
take.  Whoever orders one sees a `Queue`; whoever does the work a `WorkQueue`, of which `runner.Runner` is the one user.

    table   rows in our own database: ordered inside the transaction of the change that makes the work necessary
    redis   SAQ's queue in Redis, for several nodes
    desk    what the service has of all this: orders go into the table, work comes from either; a relay carries it over
    runner  claims, keeps the lease alive, stops at the deadline, tries again

One job is done by one worker at a time, and by another one if that worker dies; so it may be done twice in part, and
its work must be such that this does no harm.  Of one id at most one job waits or runs.

This room must never know what the work is.
"""

from enum import Enum
from hashlib import blake2b
from secrets import token_hex
from typing import Final, Literal, Protocol, TypeAlias

import msgspec

State: TypeAlias = Literal["waiting", "running", "done", "failed", "cancelled"]
OPEN: Final[frozenset[State]] = frozenset({"waiting", "running"})

MAX_WAITING: Final = 20_000
KEEP_S: Final = 7 * 24 * 3600.0
"""How long the story of a finished job can be read."""

_MAX_ERROR_CHARS = 500


class JobsError(Exception):
    """Trouble with the queue itself.  `status` is a hint for an HTTP edge."""

    status = 500


class QueueFull(JobsError):
    """`QueueFull(limit)`: so many wait already."""

    status = 503

    def __str__(self) -> str:
        return f"{self.args[0]} jobs are waiting already"


class QueueUnavailable(JobsError):
    """What keeps the jobs does not answer."""

    status = 503


class GiveUp(Exception):
    """Raised by work that will never succeed, with a sentence; it is not tried again."""


class Postpone(Exception):
    """`Postpone(delay_s, why)`, raised by work that cannot be done now through no fault of its own; no attempt is counted."""

    @property
    def delay_s(self) -> float:
        return float(self.args[0])

    def __str__(self) -> str:
        return str(self.args[1])


class Order(msgspec.Struct, frozen=True):
    """What is to be done; `payload` is the value as JSON, which its kind tells how to read."""

    id: str
    kind: str
    payload: str
    delay_s: float = 0.0
    max_attempts: int = 5
    deadline_s: float = 300.0


class JobStatus(msgspec.Struct, frozen=True):
    """Where a job stands.  Times are Unix seconds; `done` of `total` is what the work says of itself, 0 of 0 is nothing."""

    id: str
    kind: str
    state: State
    attempts: int
    max_attempts: int
    done: int
    total: int
    error: str
    created_at: float
    started_at: float | None = None
    finished_at: float | None = None


class Claim(msgspec.Struct, frozen=True):
    """A job that is the caller's alone until its lease ends; `token` names this claim and no other."""

    order: Order
    token: str
    attempt: int


class Standing(Enum):
    """What a renewal finds."""

    KEPT = "kept"
    CANCELLED = "cancelled"
    LOST = "lost"


class Over(msgspec.Struct, frozen=True):
    """The job has ended so."""

    state: Literal["done", "failed", "cancelled"]
    error: str = ""


class Again(msgspec.Struct, frozen=True):
    """The job waits again; `uncounted`: as if this attempt had not been."""

    error: str
    delay_s: float
    uncounted: bool = False


Outcome: TypeAlias = Over | Again


class Progress(msgspec.Struct):
    """Written by the work, read by whoever renews its lease."""

    done: int = 0
    total: int = 0


class Queue(Protocol):
    """For those who order; one contract suite in the tests runs against every implementation."""

    async def enqueue(self, order: Order) -> str:
        """Its id.  One that waits or runs already stays as it is.  Raises QueueFull, QueueUnavailable."""
        ...

    async def cancel(self, job_id: str) -> bool:
        """Whether there was one to cancel.  A running one ends within seconds."""
        ...

    async def status(self, job_id: str) -> JobStatus | None:
        """Where it stands; None when it is not known, or not any more."""
        ...

    async def listing(self, limit: int) -> tuple[JobStatus, ...]:
        """The newest first."""
        ...

    async def open_count(self) -> int:
        """How many wait or run."""
        ...


class WorkQueue(Queue, Protocol):
    """For the runner besides."""

    async def claim(
        self, kinds: tuple[str, ...], lease_s: float, only: str | None = None
    ) -> Claim | None:
        """The job that has been due longest, or that of the id `only` whether due or not; at once, or None."""
        ...

    async def renew(self, claim: Claim, lease_s: float, progress: Progress) -> Standing:
        """The lease lasts `lease_s` from now, unless it is lost."""
        ...

    async def settle(self, claim: Claim, outcome: Outcome, progress: Progress) -> bool:
        """False when the lease was lost before; then nothing has changed."""
        ...

    async def sweep(self) -> None:
        """What lost its worker may be claimed again, or has failed; what ended long ago is forgotten."""
        ...


def order(
    work: msgspec.Struct,
    key: str | None = None,
    delay_s: float = 0.0,
    max_attempts: int = 5,
    deadline_s: float = 300.0,
) -> Order:
    """The order for a value whose class has a tag, which is the kind.  Orders of one kind and key have one id."""
    kind = kind_of(type(work))
    job_id = token_hex(16) if key is None else _digest(kind, key)
    payload = msgspec.json.encode(work).decode()
    return Order(job_id, kind, payload, delay_s, max_attempts, deadline_s)


def kind_of(work: type[msgspec.Struct]) -> str:
    """The tag of the class."""
    tag = work.__struct_config__.tag
    assert isinstance(tag, str)  # whoever declares a kind gives it a name
    return tag


def sentence(error: BaseException) -> str:
    """What a failed job keeps of the reason."""
    words = str(error) or "no reason given"
    return f"{type(error).__name__}: {words}"[:_MAX_ERROR_CHARS]


def _digest(kind: str, key: str) -> str:
    return blake2b(f"{kind}\0{key}".encode(), digest_size=16).hexdigest()
