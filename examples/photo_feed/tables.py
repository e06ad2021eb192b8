"""The tables of the feed.  Shapes only."""

from piccolo.columns import ForeignKey, Serial, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from db.tables import Pictured


class Photo(Pictured, Table):
    """An original, with the columns that photos of listings have."""

    id: Serial


class Profile(Table):
    """Somebody who posts; `handle` is what they are called in URLs."""

    id: Serial
    handle = Varchar(length=40, unique=True)
    name = Varchar(length=80)
    about = Varchar(length=300)
    portrait = ForeignKey(Photo, on_delete=OnDelete.restrict, null=False)


class Follow(Table):
    """`follower` sees what `followed` posts."""

    follower = ForeignKey(Profile, null=False, index=True)
    followed = ForeignKey(Profile, null=False, index=True)


class Post(Table):
    """A photo with a text, shown in `ratio`."""

    id: Serial
    author = ForeignKey(Profile, null=False, index=True)
    photo = ForeignKey(Photo, on_delete=OnDelete.restrict, null=False)
    ratio = Varchar(length=5, default="4:5")
    text = Varchar(length=500)


class Like(Table, tablename="post_like"):
    profile = ForeignKey(Profile, null=False)
    post = ForeignKey(Post, null=False, index=True)


class Comment(Table, tablename="post_comment"):
    id: Serial
    profile = ForeignKey(Profile, null=False)
    post = ForeignKey(Post, null=False, index=True)
    text = Varchar(length=300)


TABLES: tuple[type[Table], ...] = (Photo, Profile, Follow, Post, Like, Comment)
