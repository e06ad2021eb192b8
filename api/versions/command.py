"""`python -m api pictures plan|apply|rollback|status|collect [--remove]`.

`apply` and `rollback` do the work in this process beside whoever else does jobs, and may be ended at any time: the next
`apply` goes on where they were.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

from api.app import Service, create_app, database_settings
from api.jobs import OPEN, kind_of
from api.originals import Originals
from api.pictures import SPECS, Base
from api.settings import ServerSettings
from api.versions import Specs, orphans, rendered_ahead, report, specs_of
from api.versions.ahead import Ahead
from api.versions.apply import NothingBefore, order_all, rolled_back, wanted_version
from api.versions.bar import Bar
from api.versions.work import RenderAhead, clean_order
from db import versions
from db.engine import current, running
from db.migrate import migrate

USAGE: Final = "pictures plan|apply|rollback|status|collect [--remove]"
_LOOK_S: Final = 0.5
_NEWEST: Final = 1000

Command: TypeAlias = Callable[["Portal"], Awaitable[int]]


class Portal(msgspec.Struct, frozen=True):
    """What the commands work on."""

    service: Service
    settings: ServerSettings
    specs: Specs
    base: Base


def run(words: list[str], settings: ServerSettings) -> int:
    """The exit status: 0, 1 when something is left to do or failed, 2 for words that mean nothing."""
    command = _COMMANDS.get(" ".join(words))
    if command is None:
        sys.stderr.write(f"usage: python -m api {USAGE}\n")
        return 2
    logging.getLogger("piccolo").setLevel(logging.WARNING)  # it greets with its version
    return asyncio.run(_run(command, settings))


async def _run(command: Command, settings: ServerSettings) -> int:
    async with running(database_settings(settings)):
        await migrate(current())
    works = command in (_apply, _rollback)
    alone = msgspec.structs.replace(settings, workers=1)
    jobs = alone.renderer_count if works else 0
    service = create_app(msgspec.structs.replace(alone, jobs=jobs))
    specs = rendered_ahead(SPECS, settings.ahead)
    portal = Portal(service, settings, specs, service.state.image_base)
    async with service.running():
        return await command(portal)


async def _plan(portal: Portal) -> int:
    newest = await versions.newest()
    before = specs_of(newest["specs"]) if newest else {}
    counts = await report.counted(before, portal.specs, portal.base)
    each = await report.cost(Ahead(portal.service.images), portal.specs, portal.base)
    _say(*report.plan_lines(newest, portal.specs, counts, each))
    return 0


async def _apply(portal: Portal) -> int:
    return await _until_applied(portal, await wanted_version(portal.specs))


async def _rollback(portal: Portal) -> int:
    try:
        version = await rolled_back()
    except NothingBefore:
        _say("there is no earlier version to return to")
        return 1
    row = await versions.one(version)
    _say(f"version {version} returns to {row and row['returns_to']}")
    return await _until_applied(portal, version)


async def _status(_: Portal) -> int:
    rows = await versions.everything()
    sums = await versions.sums(rows[0]["id"]) if rows else None
    failed = await versions.failures(rows[0]["id"], 100) if rows else []
    _say(*report.status_lines(rows, sums, failed))
    return 0


async def _collect(portal: Portal, *, remove: bool = False) -> int:
    place = portal.settings.images.originals_place
    if place.startswith("s3://"):
        _say("originals are kept in S3, where nothing is uploaded to by listings")
        return 0
    found = await orphans.found(Originals(Path(place)))
    for file in found:
        _say(f"{file.name}  {report.bytes_of(file.bytes)}")
    total = report.bytes_of(sum(file.bytes for file in found))
    if remove and found:
        await orphans.remove(portal.service.state.uploads, found)
    end = "removed, with what was made from them" if remove else "--remove removes them"
    _say(f"{len(found)} originals without a row, {total}" + (f"; {end}" if found else ""))
    return 0


async def _remove(portal: Portal) -> int:
    return await _collect(portal, remove=True)


_COMMANDS: Final[Mapping[str, Command]] = {
    "plan": _plan,
    "apply": _apply,
    "rollback": _rollback,
    "status": _status,
    "collect": _collect,
    "collect --remove": _remove,
}


async def _until_applied(portal: Portal, version: int) -> int:
    work: Any = portal.service.state.versions
    bar = Bar(sys.stderr, live=sys.stderr.isatty())
    ordered = await order_all(work, version)
    while not ordered or await _is_tried(work.desk):
        sums = await versions.sums(version)
        bar.show(f"version {version}", sums.tried, sums.photos)
        await asyncio.sleep(_LOOK_S)
        if not ordered:
            ordered = await order_all(work, version)
    await _until_clean(work.desk, version, bar)
    bar.end()
    sums, failed = await versions.sums(version), await versions.failures(version, 100)
    _say(*report.status_lines([row] if (row := await versions.one(version)) else [], sums, failed))
    return 1 if failed or (sums.tried < sums.photos and _is_ahead(row)) else 0


async def _is_tried(desk: Any) -> bool:
    """Whether some photo still waits for its render, or has it now."""
    newest = await desk.listing(_NEWEST)
    return any(job.kind == kind_of(RenderAhead) and job.state in OPEN for job in newest)


async def _until_clean(desk: Any, version: int, bar: Bar) -> None:
    job_id = clean_order(version).id
    while (job := await desk.status(job_id)) and job.state in OPEN:
        bar.show("cleaning", job.done, job.total)
        await asyncio.sleep(_LOOK_S)


def _is_ahead(row: dict[str, Any] | None) -> bool:
    return row is not None and any(spec.ahead for spec in specs_of(row["specs"]).values())


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
