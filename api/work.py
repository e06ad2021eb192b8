"""`python -m api work`: does jobs and serves nothing, until SIGTERM or Ctrl-C; what runs then is given back.

For nodes whose server processes do none (`DARKROOM_JOBS=0`), or to have more hands for a while.
"""

import asyncio
import logging
import signal
import sys

import msgspec

from api.app import create_app
from api.settings import ServerSettings


def work(settings: ServerSettings) -> int:
    """The exit status."""
    logging.getLogger("piccolo").setLevel(logging.WARNING)  # it greets with its version
    asyncio.run(_work(settings))
    return 0


async def _work(settings: ServerSettings) -> None:
    at_once = settings.jobs or settings.renderer_count
    service = create_app(msgspec.structs.replace(settings, jobs=at_once))
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with service.running():
        sys.stderr.write(f"Darkroom does jobs, {at_once} at once\n")
        await ended.wait()
