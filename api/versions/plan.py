"""What a change of specs means for photos: URLs to render and URLs to remove.  Pure."""

from collections.abc import Iterable

import msgspec

from api.pictures import Base, FocusedPhoto, urls
from api.versions import Specs


class Change(msgspec.Struct, frozen=True):
    """One spec: `new`, `gone`, `changed` in these fields, or `same`."""

    name: str
    how: str
    fields: tuple[str, ...] = ()


class Counts(msgspec.Struct):
    """Over photos."""

    photos: int = 0
    render: int = 0
    remove: int = 0


def ahead_urls(specs: Specs, base: Base, photo: FocusedPhoto) -> tuple[str, ...]:
    """What is rendered ahead of a photo, each URL once."""
    found = (url for spec in specs.values() if spec.ahead for url in urls(spec, base, photo))
    return tuple(dict.fromkeys(found))


def stale_urls(
    before: Iterable[Specs], now: Specs, base: Base, photo: FocusedPhoto
) -> tuple[str, ...]:
    """What earlier versions asked for, ahead or not, and this one never does."""
    wanted = {url for spec in now.values() for url in urls(spec, base, photo)}
    old = (url for specs in before for spec in specs.values() for url in urls(spec, base, photo))
    return tuple(url for url in dict.fromkeys(old) if url not in wanted)


def count(
    counts: Counts, before: Specs, now: Specs, base: Base, photos: Iterable[FocusedPhoto]
) -> None:
    """Adds what these photos need."""
    for photo in photos:
        had = set(ahead_urls(before, base, photo))
        counts.photos += 1
        counts.render += sum(url not in had for url in ahead_urls(now, base, photo))
        counts.remove += len(stale_urls([before], now, base, photo))


def changes(before: Specs, now: Specs) -> tuple[Change, ...]:
    """Spec by spec, by name."""
    return tuple(_change(name, before, now) for name in sorted({*before, *now}))


def _change(name: str, before: Specs, now: Specs) -> Change:
    if name not in before:
        return Change(name, "new")
    if name not in now:
        return Change(name, "gone")
    old, new = before[name], now[name]
    fields = (
        field for field in new.__struct_fields__ if getattr(old, field) != getattr(new, field)
    )
    found = tuple(fields)
    return Change(name, "changed" if found else "same", found)
