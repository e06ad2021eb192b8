"""`python -m api`: prepare, then serve.  A wrong setting ends the start with one line that names the variable.

python -m api doctor     look whether all is well
python -m api work       prepare, then do jobs and serve nothing
"""

import os
import subprocess
import sys

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from api.app import database_settings
from api.doctor import report
from api.settings import ServerSettings, load
from api.work import work
from db.errors import BadDatabaseUrl
from imgproxy.assembly import check
from imgproxy.settings import SettingsError

_WRONG_SETTING = 2
_BACKLOG = 4096
_BACKPRESSURE = 2048
"""Open connections per worker; idle ones of browsers count, so the server's default would lock clients out."""

_KILL_TIMEOUT_S = 15


def main() -> int:
    """The exit status: 0 after a clean stop, 2 for a wrong setting; the doctor's own."""
    words = sys.argv[1:]
    if words not in ([], ["doctor"], ["work"]):
        print("usage: python -m api [doctor|work]", file=sys.stderr)
        return _WRONG_SETTING
    try:
        settings = load(os.environ)
        check(settings.images)
        database_settings(settings)
    except (SettingsError, BadDatabaseUrl) as error:
        print(error, file=sys.stderr)
        return _WRONG_SETTING
    if words == ["doctor"]:
        return report(settings, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
    prepared = subprocess.run([sys.executable, "-m", "api.prepare"], check=False)
    if prepared.returncode:
        return prepared.returncode
    if words == ["work"]:
        return work(settings)
    print(f"Darkroom serves on http://{settings.host}:{settings.port}", file=sys.stderr)
    _serve(settings)
    return 0


def _serve(settings: ServerSettings) -> None:
    Granian(
        "api.asgi:create",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=settings.worker_count,
        backlog=_BACKLOG,
        backpressure=_BACKPRESSURE,
        workers_kill_timeout=_KILL_TIMEOUT_S,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        websockets=False,
    ).serve()


if __name__ == "__main__":
    sys.exit(main())
