"""An invented crowd with the demo's photographs: the same on every machine."""

from collections.abc import Sequence
from random import Random

from piccolo.table import create_db_tables

from api.demo import DemoPhoto
from db.engine import Engine
from db.rows import ImageRow
from examples.photo_feed.tables import TABLES, Comment, Follow, Like, Photo, Post, Profile

_CROWD = {
    "ada": ("Ada Thorne", "Rooms with one good window."),
    "bruno": ("Bruno Keel", "Timber, brick, long walks."),
    "carla": ("Carla Voss", "I photograph houses before people move in."),
    "dmitri": ("Dmitri Hale", "Concrete and light."),
    "esme": ("Esme Rowan", "Gardens, terraces, a dog."),
    "farid": ("Farid Lind", "Small flats, big plans."),
}
_TEXTS = ("First light.", "The good side.", "Could stay here.", "Found on the way.", "After rain.")
_SAID = ("That window!", "Where is this?", "So calm.", "Would move in today.", "Lovely tones.")


async def settle(engine: Engine, photos: Sequence[DemoPhoto]) -> None:
    """Makes the tables, and once the crowd."""
    for table in TABLES:
        table._meta.db = engine  # noqa: SLF001  Piccolo's own documented place for it
    await create_db_tables(*TABLES, if_not_exists=True)
    if not await Profile.exists():
        async with engine.transaction():
            await _move_in(photos)


async def _move_in(photos: Sequence[DemoPhoto]) -> None:
    chance = Random(7)  # noqa: S311  the same crowd everywhere, not a secret
    known = set(DemoPhoto.__struct_fields__) & set(ImageRow.__struct_fields__)
    rows = [Photo(**{name: getattr(photo, name) for name in known}) for photo in photos]
    await Photo.insert(*rows)
    crowd = [
        Profile(handle=handle, name=name, about=about, portrait=photo.id)
        for (handle, (name, about)), photo in zip(_CROWD.items(), rows, strict=False)
    ]
    await Profile.insert(*crowd)
    shown = zip(rows, crowd * len(rows), ("4:5", "4:5", "1:1") * len(rows), strict=False)
    posts = [
        Post(author=author.id, photo=photo.id, ratio=ratio, text=chance.choice(_TEXTS))
        for photo, author, ratio in shown
    ]
    await Post.insert(*posts)
    pairs = [(a.id, b.id) for a in crowd for b in crowd if a is not b and chance.random() < 0.7]
    await Follow.insert(*(Follow(follower=a, followed=b) for a, b in pairs))
    fans = [(post.id, who.id) for post in posts for who in crowd if chance.random() < 0.4]
    await Like.insert(*(Like(post=post, profile=who) for post, who in fans))
    said = [Comment(post=post, profile=who, text=chance.choice(_SAID)) for post, who in fans[::2]]
    await Comment.insert(*said)
