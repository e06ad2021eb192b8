"""`python -m api`: prepare, then serve.  A wrong setting ends the start with one line that names the variable.

python -m api doctor     look whether all is well
python -m api work       prepare, then do jobs and serve nothing
python -m api pictures   picture specs as versions, renders ahead, orphans
"""

import os
import subprocess
import sys

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from api.app import database_settings
from api.doctor import report
from api.pictures import SPECS
from api.settings import ServerSettings, load
from api.versions import rendered_ahead
from api.versions.command import USAGE, run
from api.work import work
from db.errors import BadDatabaseUrl
from imgproxy.assembly import check
from imgproxy.process import hear_signals_apart
from imgproxy.settings import SettingsError

_WRONG_SETTING = 2
_BACKLOG = 4096
_BACKPRESSURE = 2048
"""Open connections per worker; idle ones of browsers count, so the server's default would lock clients out."""

_KILL_TIMEOUT_S = 15


def main() -> int:
    """The exit status: 0 after a clean stop, 2 for a wrong setting or word; else the command's own."""
    words = sys.argv[1:]
    if words not in ([], ["doctor"], ["work"]) and words[:1] != ["pictures"]:
        print(f"usage: python -m api [doctor|work|{USAGE}]", file=sys.stderr)
        return _WRONG_SETTING
    try:
        settings = _settings()
    except (SettingsError, BadDatabaseUrl) as error:
        print(error, file=sys.stderr)
        return _WRONG_SETTING
    match words:
        case ["doctor"]:
            return report(settings, colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ)
        case ["pictures", *rest]:
            return run(rest, settings)
    prepared = subprocess.run([sys.executable, "-m", "api.prepare"], check=False)
    if prepared.returncode:
        return prepared.returncode
    return work(settings) if words else _serve(settings)


def _settings() -> ServerSettings:
    """Those of the environment, looked at as far as can be without starting.  Raises SettingsError, BadDatabaseUrl."""
    settings = load(os.environ)
    check(settings.images)
    database_settings(settings)
    rendered_ahead(SPECS, settings.ahead)
    return settings


def _serve(settings: ServerSettings) -> int:
    print(f"Darkroom serves on http://{settings.host}:{settings.port}", file=sys.stderr)
    server = Granian(
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
    )
    server.on_startup(hear_signals_apart)
    server.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
