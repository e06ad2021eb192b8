"""The demo's photographs, drawn by the project itself: houses and rooms with light, texture and grain.

`draw_all` fills a folder once; `CATALOGUE` says what will be there without drawing anything.
"""

from api.demo.catalogue import CATALOGUE, Original
from api.demo.progress import print_progress
from api.demo.studio import DemoError, DrawingFailed, draw_all
from api.seed import DemoPhoto

__all__ = [
    "CATALOGUE",
    "DemoError",
    "DemoPhoto",
    "DrawingFailed",
    "Original",
    "draw_all",
    "print_progress",
]
