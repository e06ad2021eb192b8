"""The barest raw-ASGI app: bytes that were there before, found by the path alone.  The limit of what Python can serve.

A file of the folder is sent for `/<its name>`, any other path is answered with a 304 without a body.  As many bodies are sent
as the other side sends, since one that stays in the processor's cache costs less than many that do not.  It must stay without any
feature, or it would no longer be the limit.
"""

import argparse
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from granian.constants import Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Any, Send], Awaitable[None]]


def app_sending(bodies: Mapping[str, bytes], content_type: str) -> App:
    whole = {f"/{name}".encode(): _whole(body, content_type) for name, body in bodies.items()}
    unchanged: tuple[Message, Message] = (
        {"type": "http.response.start", "status": 304, "headers": []},
        {"type": "http.response.body", "body": b""},
    )

    async def app(scope: Message, _receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            return
        start, body = whole.get(scope["raw_path"], unchanged)
        await send(start)
        await send(body)

    return app


def _whole(body: bytes, content_type: str) -> tuple[Message, Message]:
    fields = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    start = {"type": "http.response.start", "status": 200, "headers": fields}
    return start, {"type": "http.response.body", "body": body}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--folder", type=Path, required=True, help="the files to send")
    options = parser.parse_args()
    bodies = {file.name: file.read_bytes() for file in options.folder.iterdir()}
    app = app_sending(bodies, "image/jpeg")
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
