"""`api.asgi:create`: what a server process calls to get its application; the environment is read here, not at import."""

import logging
import os

from api.app import Service, create_app
from api.settings import load
from imgproxy.process import spare_the_collector, stand_apart, write_faults_plainly


def create() -> Service:
    """The whole service for the settings in the environment. Raises SettingsError."""
    stand_apart()
    write_faults_plainly()
    logging.getLogger("piccolo").setLevel(
        logging.WARNING
    )  # it greets with its version in every worker
    service = create_app(load(os.environ))
    spare_the_collector()
    return service
