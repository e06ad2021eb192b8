"""Picture specs as versions: what is applied, what would change, renders ahead, and what is left of the past.

A version is the whole set of specs, by name.  The code says what pages ask for; the newest version says what has been
asked for ahead of them.  Nothing here decides what a page shows: without any version everything is rendered when it is
asked for.

    plan      two sets of specs and a photo -> URLs to render, URLs to remove; pure
    ahead     asks the image service, in this process, for URLs before anybody else does; removes what it holds of them
    work      the jobs: one photo of a version, what versions before it left behind
    report    what `plan` and `status` print
    apply     from a set of specs to an applied version, and back to an earlier one
    orphans   uploaded originals that no row names
    command   `python -m api pictures …`
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import TypeAlias

import msgspec

from api.pictures import PictureSpec, read, written
from imgproxy.settings import SettingsError

Specs: TypeAlias = Mapping[str, PictureSpec]


def text_of(specs: Specs) -> str:
    """One text for equal sets."""
    parts = (
        f"{msgspec.json.encode(name).decode()}:{written(specs[name]).decode()}"
        for name in sorted(specs)
    )
    return f"{{{','.join(parts)}}}"


def specs_of(text: str) -> Specs:
    """The set of a text.  Raises BadSpec."""
    parts = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    return {name: read(bytes(raw)) for name, raw in parts.items()}


def digest_of(specs: Specs) -> str:
    """64 hexadecimal digits."""
    return sha256(text_of(specs).encode()).hexdigest()


def rendered_ahead(specs: Specs, names: str) -> Specs:
    """The same, those of the comma list rendered ahead.  Raises SettingsError for a name that is none of theirs."""
    wanted = {name.strip() for name in names.split(",") if name.strip()}
    if unknown := sorted(wanted - set(specs)):
        raise SettingsError("DARKROOM_AHEAD", unknown[0], f"some of {', '.join(specs)}")
    return {
        name: spec.changed(ahead=True) if name in wanted else spec for name, spec in specs.items()
    }
