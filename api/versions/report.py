"""What `plan` and `status` print: plain lines, numbers with units."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from api.pictures import Base
from api.versions import Specs, specs_of
from api.versions.ahead import Ahead
from api.versions.plan import Counts, ahead_urls, changes, count
from api.versions.work import every_photo
from db import versions
from db.versions import Sums

_SAMPLES: Final = 6
_MAX_FAILURES: Final = 10
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")


async def counted(before: Specs, now: Specs, base: Base) -> Counts:
    """Over all photos."""
    counts = Counts()
    async for photo in every_photo():
        count(counts, before, now, base, [photo])
    return counts


async def cost(ahead: Ahead, now: Specs, base: Base) -> tuple[float, float, str]:
    """CPU seconds and bytes of one URL, and how that is known: from what was rendered before, else from a few tried now."""
    for row in await versions.everything():
        sums = await versions.sums(row["id"])
        if sums.rendered:
            return sums.cpu_s / sums.rendered, sums.bytes / sums.rendered, "as measured before"
    return await _sampled(ahead, now, base)


async def _sampled(ahead: Ahead, now: Specs, base: Base) -> tuple[float, float, str]:
    """Of a URL of each of the first photos, small ones and large ones by turns."""
    times, sizes = [], []
    for place, photo in enumerate(await versions.photos(0, _SAMPLES)):
        urls = ahead_urls(now, base, photo)
        if not urls:
            continue
        served = await ahead.ask(urls[place * len(urls) // _SAMPLES])
        sizes.append(served.bytes)
        times += [] if served.cpu_s is None else [served.cpu_s]
    cpu_s = sum(times) / len(times) if times else 0.0
    return cpu_s, sum(sizes) / max(len(sizes), 1), f"by {len(times)} tried just now"


def plan_lines(
    newest: dict[str, Any] | None, now: Specs, counts: Counts, each: tuple[float, float, str]
) -> Iterator[str]:
    """A plan."""
    before = specs_of(newest["specs"]) if newest else {}
    yield f"version {newest['id']} is {newest['state']}" if newest else "no version is applied"
    for change in changes(before, now):
        ahead = change.name in now and now[change.name].ahead
        fields = f": {', '.join(change.fields)}" if change.fields else ""
        yield f"  {change.name:<12} {change.how}{fields}{' (ahead)' if ahead else ''}"
    cpu_s, size, how = each
    yield (
        f"to render: {counts.render:,} URLs of {counts.photos:,} photos,"
        f" about {cpu_s * counts.render:,.0f} s of rendering and {bytes_of(size * counts.render)}"
        f" ({cpu_s * 1000:.0f} ms and {bytes_of(size)} each, {how})"
    )
    yield f"to remove: {counts.remove:,} URLs"


def status_lines(
    rows: Sequence[dict[str, Any]], sums: Sums | None, failed: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """All versions, the newest first; progress and failures of that one."""
    for row in rows:
        made = datetime.fromtimestamp(row["created_at"], UTC).isoformat(" ", "minutes")[:16]
        back = f", returns to {row['returns_to']}" if row["returns_to"] else ""
        specs = specs_of(row["specs"])
        names = ", ".join(
            f"{name}{' (ahead)' if spec.ahead else ''}" for name, spec in specs.items()
        )
        yield f"version {row['id']:<4} {row['state']:<10} {made}  {row['digest'][:12]}  {names}{back}"
    if not rows:
        yield "no version yet; `python -m api pictures apply` makes the first"
    if sums is not None:
        yield (
            f"rendered ahead: {sums.tried - sums.failed:,} of {sums.photos:,} photos,"
            f" {sums.rendered:,} URLs in {sums.cpu_s:,.1f} s of rendering; {sums.failed:,} failed"
        )
    for public_id, error in islice(failed, _MAX_FAILURES):
        yield f"  {public_id}: {error}"


def bytes_of(count: float) -> str:
    """`3.4 MB`: decimal units, two digits that count."""
    for unit in _UNITS:
        if count < 1000 or unit == _UNITS[-1]:
            return f"{count:.0f} {unit}" if count >= 10 or unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError
