"""What Piccolo's command line and its migrations ask for: the engine, and which apps there are.

The environment is read when the engine is asked for and none is in use yet, never at import.
"""

import os

from piccolo.conf.apps import AppRegistry

from db.engine import Engine, in_use, open_engine, use
from db.settings import DatabaseSettings

APP_REGISTRY = AppRegistry(apps=["db.piccolo_app"])


def __getattr__(name: str) -> Engine:
    if name != "DB":
        raise AttributeError(name)
    return in_use() or use(open_engine(DatabaseSettings.load(os.environ)))
