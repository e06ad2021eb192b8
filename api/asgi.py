"""`api.asgi:create`: what a server process calls to get its application; the environment is read here, not at import."""

import logging
import os

from api.app import Service, create_app
from api.settings import load
from imgproxy.process import stand_apart


def create() -> Service:
    """The whole service for the settings in the environment. Raises SettingsError."""
    stand_apart()
    logging.getLogger("piccolo").setLevel(
        logging.WARNING
    )  # it greets with its version in every worker
    return create_app(load(os.environ))
