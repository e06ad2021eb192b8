"""What can go wrong while measuring.

BenchmarkError
├── RemoteTarget            the load would leave this machine
├── BadTarget               a URL list or an address cannot be asked
├── MalformedResponse       a server's answer is not HTTP/1.1 as we read it
├── ClientLost              a load-generating process died or fell silent
├── ServerLost              a server under test did not become ready, or died
├── UnexpectedAnswer        a server under test answered, but not what is being measured
└── CannotRun               a comparison needs something that this machine lacks

This room must never decide what to do about them: `__main__` reports `CannotRun` as a gap and stops on the rest.
"""


class BenchmarkError(Exception):
    """Any failure of a benchmark program; its text is one sentence for a terminal."""


class RemoteTarget(BenchmarkError):
    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} is not a loopback address; give --allow-remote to load another machine"
        )
        self.host = host


class BadTarget(BenchmarkError):
    def __init__(self, target: str, expected: str) -> None:
        super().__init__(f"cannot ask for {target!r}: expected {expected}")
        self.target, self.expected = target, expected


class MalformedResponse(BenchmarkError):
    def __init__(self, what: str) -> None:
        super().__init__(f"malformed response: {what}")
        self.what = what


class ClientLost(BenchmarkError):
    def __init__(self, index: int, exit_code: int | None) -> None:
        super().__init__(f"load client {index} ended without a report (exit code {exit_code})")
        self.index, self.exit_code = index, exit_code


class ServerLost(BenchmarkError):
    def __init__(self, name: str, why: str, log_tail: str) -> None:
        super().__init__(f"{name} {why}" + (f"; its last words:\n{log_tail}" if log_tail else ""))
        self.name, self.why, self.log_tail = name, why, log_tail


class UnexpectedAnswer(BenchmarkError):
    def __init__(self, target: str, given: str, expected: str) -> None:
        super().__init__(f"{target} answered {given}; expected {expected}")
        self.target, self.given, self.expected = target, given, expected


class CannotRun(BenchmarkError):
    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} cannot run here: {why}")
        self.what, self.why = what, why
