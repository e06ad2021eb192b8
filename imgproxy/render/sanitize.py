"""An SVG without anything that runs: scripts, event handlers, `javascript:` links, foreign markup.

Works on text that `svg` has checked; what cannot be read there is refused there.
"""

import re
from xml.etree import ElementTree as ET

from imgproxy.errors import LimitExceeded
from imgproxy.render.svg import checked

MAX_DEPTH = 256
"""More than any drawing program nests."""

_RUNNING = frozenset(
    {"script", "foreignobject", "iframe", "embed", "object", "handler", "listener"}
)
"""In small letters: a page that takes the drawing into its markup does not tell them apart."""

_FOREIGN = ("{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/1998/Math/MathML}")
_CODE = re.compile(r"(?:javascript|vbscript):|data:(?!image/)")
_NAMESPACES = {"": "http://www.w3.org/2000/svg", "xlink": "http://www.w3.org/1999/xlink"}


def sanitized(data: bytes) -> bytes:
    """The plain text of the SVG in `data`, cleaned. Raises NotAnImage, LimitExceeded."""
    for prefix, uri in _NAMESPACES.items():
        ET.register_namespace(prefix, uri)
    root = ET.fromstring(checked(data))  # noqa: S314 - entities and DTDs are refused before
    _check_depth(root)
    _clean(root)
    return ET.tostring(root, encoding="unicode").encode()


def _check_depth(root: ET.Element) -> None:
    """Writing goes down by one call per element inside another."""
    depth, level = 0, [root]
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise LimitExceeded(
                "the SVG in elements within each other", f"over {MAX_DEPTH}", MAX_DEPTH
            )
        level = [child for element in level for child in element]


def _clean(element: ET.Element) -> None:
    for name in [name for name, value in element.attrib.items() if _runs(_local(name), value)]:
        del element.attrib[name]
    for child in list(element):
        if _is_active(child):
            element.remove(child)
        else:
            _clean(child)


def _is_active(element: ET.Element) -> bool:
    """Whether it runs something, is markup of another kind, or would put a link or a handler in later."""
    if _local(element.tag).lower() in _RUNNING or element.tag.startswith(_FOREIGN):
        return True
    changed = element.get("attributeName", "").strip().lower().rpartition(":")[2]
    return changed == "href" or changed.startswith("on")


def _runs(name: str, value: str) -> bool:
    bare = "".join(value.split()).lower()
    return name.lower().startswith("on") or bool(_CODE.search(bare))


def _local(name: str) -> str:
    return name.rpartition("}")[2]
