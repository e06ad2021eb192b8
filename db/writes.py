"""Every change to the listings, as named functions: one transaction each, all of it or nothing.

A listing's row is locked first, so that two writers of one listing take turns; SQLite's transactions do so anyhow.
Files are not known here: what a change left without a row is given back for others to remove.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from db.engine import current, fetch, transaction
from db.errors import NoSuchAgent, TooManyPhotos, WrongOrder
from db.queries import any_listing
from db.rows import ListingRow
from db.tables import Agent, Location, Property, PropertyImage

Check = Callable[[ListingRow], None]
"""Looks at the listing before it changes; what it raises undoes the change."""

Then = Callable[[tuple[str, ...]], Awaitable[None]]
"""Gets public ids inside the transaction of the change that concerns them; what it raises undoes the change."""

ThenImages = Callable[[Sequence[int]], Awaitable[None]]
"""The same for ids of images."""


class NewPhoto(msgspec.Struct, frozen=True):
    """What is kept of a photo whose file is in its place.  Pixels are those of the original, upright."""

    public_id: str
    width: int
    height: int
    color: str
    placeholder: str
    thumbhash: str = ""
    alt_text: str = ""


async def create(values: Mapping[str, Any], location: Mapping[str, Any]) -> ListingRow:
    """The new listing.  Raises NoSuchAgent, DatabaseUnavailable."""
    async with transaction():
        await _demand_agent(values)
        place = await _insert(Location(**location))
        made = await _insert(Property(location=place, **values))
        return await _whole(made)


async def update(
    listing_id: int,
    values: Mapping[str, Any],
    location: Mapping[str, Any] | None = None,
    check: Check | None = None,
) -> ListingRow | None:
    """The listing as it is now, or None when there is none.  Raises NoSuchAgent, and whatever `check` does."""
    async with _locked(listing_id, check) as before:
        if before is None:
            return None
        await _demand_agent(values)
        changes = dict(values)
        if location is not None:
            changes["location"] = await _insert(Location(**location))
        if changes:
            await Property.update(changes).where(Property.id == listing_id)  # type: ignore[arg-type]
        if location is not None:
            await _forget_location(before.location_id)
        return await _whole(listing_id)


async def delete(listing_id: int, then: Then, check: Check | None = None) -> bool:
    """Whether there was such a listing; `then` gets the public ids of photos that no listing shows any more."""
    async with _locked(listing_id, check) as before:
        if before is None:
            return False
        await Property.delete().where(Property.id == listing_id)
        await _forget_location(before.location_id)
        await then(await unused([image.public_id for image in before.images]))
        return True


async def add_photos(
    listing_id: int, photos: Sequence[NewPhoto], limit: int, then: ThenImages | None = None
) -> ListingRow | None:
    """The listing with the photos behind those it had; None when there is none.  Raises TooManyPhotos."""
    async with _locked(listing_id) as before:
        if before is None:
            return None
        if len(before.images) + len(photos) > limit:
            raise TooManyPhotos(limit)
        first = max((image.display_order for image in before.images), default=-1) + 1
        rows = [
            PropertyImage(property=listing_id, display_order=place, **msgspec.structs.asdict(photo))
            for place, photo in enumerate(photos, first)
        ]
        await PropertyImage.insert(*rows)
        whole = await _whole(listing_id)
        if then is not None:
            await then([image.id for image in whole.images[-len(photos) :]])
        return whole


async def order_photos(listing_id: int, order: Sequence[int]) -> ListingRow | None:
    """The listing with its photos in the order of their ids.  Raises WrongOrder."""
    async with _locked(listing_id) as before:
        if before is None:
            return None
        expected = sorted(image.id for image in before.images)
        if sorted(order) != expected:
            raise WrongOrder(expected)
        # below zero first: the unique index is asked row by row, and no two may ever share a place
        for place, image_id in enumerate(order):
            await _place(image_id, -1 - place)
        sql = "UPDATE property_image SET display_order = -1 - display_order WHERE property = {}"
        await fetch(sql, listing_id)
        return await _whole(listing_id)


async def describe_photo(
    listing_id: int, image_id: int, values: Mapping[str, Any]
) -> ListingRow | None:
    """The listing with the photo's new values, by column; None when there is no such photo of it."""
    async with _locked(listing_id) as before:
        if before is None or all(image.id != image_id for image in before.images):
            return None
        if values:
            changes: dict[Any, Any] = dict(values)
            await PropertyImage.update(changes).where(PropertyImage.id == image_id)
        return await _whole(listing_id)


async def delete_photo(listing_id: int, image_id: int, then: Then) -> bool:
    """As `delete`, for one photo of a listing."""
    async with _locked(listing_id) as before:
        images = () if before is None else before.images
        gone = [image.public_id for image in images if image.id == image_id]
        if not gone:
            return False
        await fetch("DELETE FROM property_image WHERE id = {}", image_id)
        await then(await unused(gone))
        return True


async def unused(public_ids: Sequence[str]) -> tuple[str, ...]:
    """Those that no photo of any listing names."""
    if not public_ids:
        return ()
    names = list(dict.fromkeys(public_ids))
    rows = await PropertyImage.select(PropertyImage.public_id).where(
        PropertyImage.public_id.is_in(names)
    )
    used = {row["public_id"] for row in rows}
    return tuple(name for name in names if name not in used)


@asynccontextmanager
async def _locked(listing_id: int, check: Check | None = None) -> AsyncIterator[ListingRow | None]:
    """A transaction in which nobody else changes this listing."""
    async with transaction():
        if current().engine_type == "postgres" and 0 < listing_id < 2**31:
            await fetch("SELECT id FROM property WHERE id = {} FOR UPDATE", listing_id)
        before = await any_listing(listing_id)
        if before is not None and check is not None:
            check(before)
        yield before


async def _whole(listing_id: int) -> ListingRow:
    row = await any_listing(listing_id)
    assert row is not None  # made or locked in this transaction
    return row


async def _insert(row: Any) -> int:
    table = type(row)
    made = await table.insert(row).returning(table.id)
    number: int = made[0]["id"]
    return number


async def _demand_agent(values: Mapping[str, Any]) -> None:
    agent = values.get("agent")
    if agent is not None and not await Agent.exists().where(Agent.id == agent):
        raise NoSuchAgent(agent)


async def _forget_location(location_id: int) -> None:
    """Locations are a listing's own, but raw SQL may have let two share one."""
    if not await Property.exists().where(Property.location == location_id):
        await Location.delete().where(Location.id == location_id)


async def _place(image_id: int, place: int) -> None:
    await fetch("UPDATE property_image SET display_order = {} WHERE id = {}", place, image_id)
