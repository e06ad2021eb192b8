"""The barest Litestar application: one handler that returns the same bytes for the path it knows.

The measure for our own warm answers, which go through less of the framework and look at more.
"""

import argparse
from pathlib import Path

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server
from litestar import Litestar, Response, get


def app_sending(body: bytes) -> Litestar:
    @get("/api/properties", media_type="application/json")
    async def listings() -> Response[bytes]:
        return Response(body, media_type="application/json")

    return Litestar([listings], openapi_config=None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--file", type=Path, required=True, help="the bytes to send")
    options = parser.parse_args()
    app = app_sending(options.file.read_bytes())
    # The worker is forked, so it inherits the app; the target is a name that is never looked up.
    Server(
        "bare",
        port=options.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=1,
        backlog=4096,
        backpressure=2048,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve(target_loader=lambda _target: app)


if __name__ == "__main__":
    main()
