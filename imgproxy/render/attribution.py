"""Who made a picture: the fields of an original's metadata that may go out again, and their way onto the answer.

Nothing else of the metadata is ever carried: EXIF tells where a house stands and whose camera took the picture.
"""

from typing import Any

import pyvips

from imgproxy.render.decode import LOADERS, loaded
from imgproxy.render.place import without_place

Fields = dict[str, Any]

_AUTHOR = ("exif-ifd0-Copyright", "exif-ifd0-Artist")
_DOCUMENT = ("iptc-data", "xmp-data")
_SAVED = ("exif-", "iptc-", "xmp-", "png-comment")


def read(path: str, kind: str, kept: str) -> Fields:
    """The fields of the file at `path`, of format `kind`, that `kept` (`attribution` or `iptc`) names.

    Empty for formats whose metadata libvips does not read.
    """
    if kind not in LOADERS:
        return {}
    image = loaded(kind, path)
    names = (*_AUTHOR, *_DOCUMENT) if kept == "iptc" else _AUTHOR
    found = {name: image.get(name) for name in names if image.get_typeof(name)}
    return {
        name: without_place(value) if name in _DOCUMENT else value for name, value in found.items()
    }


def carry(frames: list[pyvips.Image], fields: Fields) -> list[pyvips.Image]:
    """The frames with these fields alone; the first speaks for all."""
    first = frames[0].copy()
    for name in first.get_fields():
        if name.startswith(_SAVED):
            first.remove(name)
    for name, value in fields.items():
        kind = pyvips.GValue.blob_type if name in _DOCUMENT else pyvips.GValue.gstr_type
        first.set_type(kind, name, value)
    return [first, *frames[1:]]
