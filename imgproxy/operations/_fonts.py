"""The fonts that come with the service, made known to the process that draws.

The underscore keeps this file out of the registry. The wheel of libvips has no font, and a machine may have none
either. Source Sans Pro speaks Latin, Greek and Cyrillic; Rubik stands in for Hebrew and Arabic.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pyvips

FAMILIES = ("Source Sans Pro", "Rubik")
"""Asked in this order for letters that the wanted font does not have."""

_FILES = {
    "font_source_sans_pro": (
        "SourceSansPro-Regular.ttf",
        "SourceSansPro-It.ttf",
        "SourceSansPro-Bold.ttf",
        "SourceSansPro-BoldIt.ttf",
        "SourceSansPro-Light.ttf",
        "SourceSansPro-LightIt.ttf",
        "SourceSansPro-ExtraLight.ttf",
        "SourceSansPro-ExtraLightIt.ttf",
    ),
    "fontpkg_rubik": ("Rubik[wght].ttf", "Rubik-Italic[wght].ttf"),
}


@cache
def load() -> None:
    """Makes the packaged fonts known to text and to SVG, for the rest of the process. Raises FileNotFoundError."""
    for package, names in _FILES.items():
        for name in names:
            # drawing with a file is how libvips takes it in; all of them, so that no weight depends on what came before
            pyvips.Image.text("a", fontfile=str(_folder(package) / name), dpi=72)


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"the fonts of {package} are not installed")
    return Path(spec.submodule_search_locations[0]) / "files"
