"""The barest raw-ASGI app: always the same bytes, nothing read but the path.  The limit of what Python can serve.

`/304` answers 304 without a body.  It must stay without any feature, or it would no longer be the limit.
"""

import argparse
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Any, Send], Awaitable[None]]


def app_sending(body: bytes, content_type: str) -> App:
    length = str(len(body)).encode()
    full: Message = {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", content_type.encode()), (b"content-length", length)],
    }
    full_body: Message = {"type": "http.response.body", "body": body}
    unchanged: Message = {"type": "http.response.start", "status": 304, "headers": []}
    no_body: Message = {"type": "http.response.body", "body": b""}

    async def app(scope: Message, _receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["raw_path"] == b"/304":
            await send(unchanged)
            await send(no_body)
            return
        await send(full)
        await send(full_body)

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--file", type=Path, required=True, help="the bytes to send")
    options = parser.parse_args()
    app = app_sending(options.file.read_bytes(), "image/jpeg")
    # Workers are forked, so they inherit the app; the target is a name that is never looked up.
    Server(
        "barest",
        port=options.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=options.workers,
        backlog=4096,
        backpressure=2048,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve(target_loader=lambda _target: app)


if __name__ == "__main__":
    main()
