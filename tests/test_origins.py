"""What every origin promises, and what a folder must never give away."""

import asyncio
import os
import secrets
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from imgproxy.clients import s3_client
from imgproxy.errors import LimitExceeded, NotFound, OriginFailed, OriginTimedOut
from imgproxy.origins import Origin
from imgproxy.origins.by_kind import ByKind
from imgproxy.origins.first_of import FirstOf
from imgproxy.origins.folder import Folder
from imgproxy.origins.memory import InMemory
from imgproxy.origins.names import asked, casings
from imgproxy.origins.remembered import Remembered
from imgproxy.origins.s3 import S3Origin
from imgproxy.values import Located, Source

MAX_BYTES = 1000

FILES = {
    "villa.jpg": b"villa jpg",
    "houses/sea view.png": b"sea view",
    "houses/Garden.JPG": b"garden",
    "my.photo.v2.gif": b"dots",
    "bare": b"bare",
    "both.png": b"both png",
    "both.gif": b"both gif",
    "caf\u00e9.jpg": b"composed",
    "e\u0301tage/ame\u0301.png": b"decomposed",
    "großes Haus/Küche.webp": b"kitchen",
    "house.jpg/inside.png": b"a folder with a file's name",
    "big.jpg": b"x" * (MAX_BYTES + 1),
}

FOUND = [
    # asked id, asked extension, what is found
    ("villa", "jpg", "villa.jpg"),
    ("villa", "webp", "villa.jpg"),
    ("villa", None, "villa.jpg"),
    ("villa.jpg", None, "villa.jpg"),
    ("villa.jpg", "avif", "villa.jpg"),
    ("houses/sea view", "avif", "houses/sea view.png"),
    ("houses/Garden", "jpg", "houses/Garden.JPG"),
    ("houses/Garden", "png", "houses/Garden.JPG"),
    ("my.photo.v2", None, "my.photo.v2.gif"),
    ("my.photo.v2", "png", "my.photo.v2.gif"),
    ("my.photo", "v2", "my.photo.v2.gif"),
    ("bare", None, "bare"),
    ("bare", "png", "bare"),
    ("both", "gif", "both.gif"),
    ("both", "webp", "both.png"),
    ("cafe\u0301", "jpg", "caf\u00e9.jpg"),
    ("\u00e9tage/am\u00e9", "webp", "e\u0301tage/ame\u0301.png"),
    ("e\u0301tage/am\u00e9", None, "e\u0301tage/ame\u0301.png"),
    ("großes Haus/Küche", None, "großes Haus/Küche.webp"),
    ("house.jpg/inside", "png", "house.jpg/inside.png"),
]

REFUSED = [
    "",
    "/",
    ".",
    "..",
    "../secret",
    "../secret.txt",
    "houses/../../secret",
    "houses/../villa",
    "./villa",
    "houses/./sea view",
    "/etc/passwd",
    "//etc/passwd",
    "houses//sea view",
    "houses/",
    "..\\secret",
    "houses\\sea view",
    "villa\0",
    "villa.jpg\0.png",
    "villa\n",
    "\ud800villa",
    ".hidden",
    ".hidden.jpg",
    ".git/config",
    "houses/.hidden",
    "v" * 300,
    "v/" * 600 + "v",
    "~root/.profile",
    "https://example.org/x",
]


def upload(public_id: str, extension: str | None = None) -> Source:
    return Source("upload", public_id, extension)


def written(root: Path) -> Path:
    for name, data in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


@pytest.fixture
def folder(tmp_path) -> Path:
    return written(tmp_path / "originals")


@pytest_asyncio.fixture(params=["folder", "memory", "first_of", "by_kind", "s3"], scope="module")
async def origin(request, tmp_path_factory):
    """One of each kind for all tests that only look; a client of S3 takes long to make."""
    made = await ORIGINS[request.param](request, tmp_path_factory.mktemp(request.param))
    await made.start()
    yield made
    await made.close()


async def a_folder(request, tmp_path) -> Origin:
    return Folder(written(tmp_path / "originals"), MAX_BYTES)


async def a_dict(request, tmp_path) -> Origin:
    return InMemory(FILES, MAX_BYTES)


async def two_in_order(request, tmp_path) -> Origin:
    return FirstOf(InMemory({}), Folder(tmp_path / "absent"), InMemory(FILES, MAX_BYTES))


async def one_beside(request, tmp_path) -> Origin:
    return ByKind({"fetch": InMemory({"absent": b""})}, InMemory(FILES, MAX_BYTES))


async def a_bucket(request, tmp_path) -> Origin:
    endpoint = request.getfixturevalue("s3_endpoint")
    async with s3_client(endpoint, 2, 10) as client:
        name = await new_bucket(client)
        for key, data in FILES.items():
            await client.put_object(Bucket=name, Key=f"some/prefix/{key}", Body=data)
        await client.put_object(Bucket=name, Key="secret.txt", Body=b"outside of the prefix")
    spool = tmp_path / "spool"
    return Remembered(S3Origin(name, "some/prefix/", spool, MAX_BYTES, endpoint_url=endpoint))


async def new_bucket(client) -> str:
    name = f"b{secrets.token_hex(8)}"
    await client.create_bucket(Bucket=name)
    return name


ORIGINS: dict[str, Callable] = {
    "folder": a_folder,
    "memory": a_dict,
    "first_of": two_in_order,
    "by_kind": one_beside,
    "s3": a_bucket,
}


async def contents(origin: Origin, located: Located) -> bytes:
    async with origin.open(located) as original:
        data = Path(original.path).read_bytes()
        assert len(data) == original.size_bytes
        return data


class TestEveryOrigin:
    @pytest.mark.parametrize(("public_id", "extension", "name"), FOUND)
    async def test_finds_an_original_by_any_extension(self, origin, public_id, extension, name):
        source = upload(public_id, extension)
        located = await origin.locate(source)
        assert await contents(origin, located) == FILES[name]
        assert located.source == source
        assert located.size_bytes == len(FILES[name])
        assert located.fresh

    @pytest.mark.parametrize("public_id", [*REFUSED, "absent", "houses", "villa.jpg.exe", "VILLA"])
    @pytest.mark.parametrize("extension", [None, "jpg"])
    async def test_has_nothing_else(self, origin, public_id, extension):
        with pytest.raises(NotFound) as error:
            await origin.locate(upload(public_id, extension))
        assert error.value.args == (public_id,)

    async def test_knows_the_same_without_waiting_once_it_has_looked(self, origin):
        located = await origin.locate(upload("villa", "webp"))
        assert origin.peek(upload("villa", "webp")) == located

    async def test_knows_it_again_after_it_was_told_to_forget(self, origin):
        located = await origin.locate(upload("villa", "webp"))
        origin.forget(upload("villa", "webp"))
        assert await origin.locate(upload("villa", "webp")) == located

    async def test_gives_no_more_bytes_than_allowed(self, origin):
        located = await origin.locate(upload("big", "jpg"))
        with pytest.raises(LimitExceeded, match=r"1001.*1000"):
            await contents(origin, located)

    async def test_leaves_nothing_behind_for_others_to_see(self, origin):
        """A local file may be a copy for the block only; two blocks at once do not disturb each other."""
        located = await origin.locate(upload("villa", "jpg"))
        async with origin.open(located) as first:
            assert await contents(origin, located) == b"villa jpg"
            assert Path(first.path).read_bytes() == b"villa jpg"


class TestFolder:
    def test_a_changed_file_is_another_version_at_once(self, folder):
        origin = Folder(folder)
        before = origin.peek(upload("villa", "webp"))
        (folder / "villa.jpg").write_bytes(b"other")
        changed = origin.peek(upload("villa", "webp"))
        assert changed.version != before.version

    def test_a_file_replaced_by_one_of_same_size_and_time_is_another_version(self, folder):
        origin, path = Folder(folder), folder / "villa.jpg"
        before, status = origin.peek(upload("villa", "jpg")), path.stat()
        (folder / "new").write_bytes(b"villa gpj")
        os.utime(folder / "new", ns=(status.st_atime_ns, status.st_mtime_ns))
        (folder / "new").replace(path)
        assert origin.peek(upload("villa", "jpg")).version != before.version

    def test_a_root_that_is_made_later_is_empty_until_then(self, tmp_path):
        origin = Folder(tmp_path / "later")
        with pytest.raises(NotFound):
            origin.peek(upload("villa", "jpg"))
        written(tmp_path / "later")
        assert origin.peek(upload("villa", "jpg")).size_bytes == 9

    @pytest.mark.parametrize("settled", [False, True], ids=["young folder", "settled folder"])
    @pytest.mark.parametrize("better", ["villa.webp", "villa", "villa.WEBP"])
    def test_a_better_match_that_comes_later_wins_over_a_remembered_one(
        self, folder, settled, better
    ):
        origin = Folder(folder)
        if settled:
            os.utime(folder, (1_000_000_000, 1_000_000_000))
        for _ in range(2):
            assert origin.peek(upload("villa", "webp")).size_bytes == len(FILES["villa.jpg"])
        tick = folder.stat().st_mtime_ns
        (folder / better).write_bytes(b"better")
        if not settled:  # the clock of the folder has not moved on yet
            os.utime(folder, ns=(tick, tick))
        assert origin.peek(upload("villa", "webp")).size_bytes == len(b"better")

    def test_a_remembered_file_that_goes_away_gives_way_to_the_next(self, folder):
        origin = Folder(folder)
        os.utime(folder, (1_000_000_000, 1_000_000_000))
        assert origin.peek(upload("both", "webp")).place.endswith("both.png")
        (folder / "both.png").unlink()
        assert origin.peek(upload("both", "webp")).place.endswith("both.gif")
        (folder / "both.gif").unlink()
        with pytest.raises(NotFound):
            origin.peek(upload("both", "webp"))

    @pytest.mark.parametrize("public_id", REFUSED)
    def test_nothing_outside_is_reached(self, folder, public_id):
        (folder.parent / "secret").write_bytes(b"secret")
        (folder.parent / "secret.jpg").write_bytes(b"secret")
        for extension in (None, "jpg", "txt", "/../../secret", "../secret"):
            with pytest.raises(NotFound):
                Folder(folder).peek(upload(public_id, extension))

    @pytest.mark.parametrize("link", ["out.jpg", "houses/out.jpg"])
    def test_a_link_that_leads_outside_is_not_followed(self, folder, link):
        (folder.parent / "secret.jpg").write_bytes(b"secret")
        (folder / link).symlink_to(folder.parent / "secret.jpg")
        with pytest.raises(NotFound):
            Folder(folder).peek(upload(link.removesuffix(".jpg"), "jpg"))

    def test_a_linked_folder_that_leads_outside_is_not_followed(self, folder):
        outside = folder.parent / "originals-of-others"
        outside.mkdir()
        (outside / "secret.jpg").write_bytes(b"secret")
        (folder / "others").symlink_to(outside)
        for extension in ("jpg", "png"):
            with pytest.raises(NotFound):
                Folder(folder).peek(upload("others/secret", extension))

    def test_a_link_within_is_followed_and_a_loop_is_not(self, folder):
        (folder / "same.jpg").symlink_to("villa.jpg")
        (folder / "loop.jpg").symlink_to("loop.jpg")
        assert Folder(folder).peek(upload("same", "jpg")).size_bytes == 9
        with pytest.raises(NotFound):
            Folder(folder).peek(upload("loop", "jpg"))

    async def test_a_file_swapped_for_a_link_outside_is_not_opened(self, folder):
        origin = Folder(folder)
        located = origin.peek(upload("villa", "jpg"))
        (folder.parent / "secret.jpg").write_bytes(b"secret")
        (folder / "villa.jpg").unlink()
        (folder / "villa.jpg").symlink_to(folder.parent / "secret.jpg")
        with pytest.raises(NotFound):
            origin.peek(upload("villa", "jpg"))
        with pytest.raises(NotFound):
            await contents(origin, located)

    def test_only_regular_files_are_originals(self, folder):
        os.mkfifo(folder / "pipe.jpg")
        (folder / "device.jpg").symlink_to("/dev/null")
        for public_id in ("pipe", "device", "houses"):
            with pytest.raises(NotFound):
                Folder(folder).peek(upload(public_id, "jpg"))

    async def test_a_file_that_went_away_is_not_found(self, folder):
        origin = Folder(folder)
        located = origin.peek(upload("villa", "jpg"))
        (folder / "villa.jpg").unlink()
        with pytest.raises(NotFound, match="villa"):
            await contents(origin, located)

    async def test_no_error_shows_where_the_folder_is(self, folder, monkeypatch):
        def refuse(path):
            raise PermissionError(13, "Permission denied", path)

        origin = Folder(folder)
        monkeypatch.setattr("imgproxy.origins.folder.os.stat", refuse)
        with pytest.raises(OriginFailed) as error:
            origin.peek(upload("villa", "jpg"))
        assert str(folder) not in str(error.value)

    def test_what_is_remembered_is_bounded(self, folder, monkeypatch):
        monkeypatch.setattr("imgproxy.origins.folder._MAX_REMEMBERED", 3)
        origin = Folder(folder)
        os.utime(folder, (1_000_000_000, 1_000_000_000))
        for name in ("villa", "both", "my.photo.v2", "big", "bare", "villa"):
            origin.peek(upload(name, "avif"))
        assert len(origin._choices) == 3

    def test_what_a_url_claims_of_the_version_changes_nothing_but_the_source(self, folder):
        origin = Folder(folder)
        plain = origin.peek(upload("villa", "jpg"))
        claimed = Source("upload", "villa", "jpg", version=7)
        assert origin.peek(claimed) == msgspec.structs.replace(plain, source=claimed)

    def test_the_whole_file_system_can_be_the_root(self, folder):
        origin = Folder(Path("/"))
        assert origin.peek(upload(str(folder / "villa")[1:], "webp")).size_bytes == 9


class TestFirstOf:
    async def test_the_first_that_has_it_gives_it(self):
        origin = FirstOf(InMemory({"a.jpg": b"1"}), InMemory({"a.jpg": b"2", "b.jpg": b"22"}))
        for public_id, data in [("a", b"1"), ("b", b"22")]:
            located = origin.peek(upload(public_id, "jpg"))
            assert located
            assert await contents(origin, located) == data

    async def test_an_origin_in_trouble_is_not_passed_over(self):
        class Broken(InMemory):
            def peek(self, source: Source) -> Located:
                raise OriginFailed("trouble")

        origin = FirstOf(Broken({}), InMemory({"a.jpg": b"old"}))
        with pytest.raises(OriginFailed):
            await origin.locate(upload("a", "jpg"))


class TestByKind:
    async def test_the_delivery_type_decides_who_is_asked(self):
        origin = ByKind({"fetch": InMemory({"a": b"1"})}, InMemory({"a": b"22"}))
        for kind, data in [("fetch", b"1"), ("upload", b"22"), ("private", b"22")]:
            located = await origin.locate(Source(kind, "a"))
            assert origin.peek(Source(kind, "a")) == located
            assert await contents(origin, located) == data

    async def test_when_one_does_not_open_none_stays_open(self):
        told = []

        class Told(InMemory):
            async def start(self) -> None:
                told.append("start")

            async def close(self) -> None:
                told.append("close")

        class Broken(InMemory):
            async def start(self) -> None:
                raise OriginFailed("trouble")

        with pytest.raises(OriginFailed):
            await ByKind({"fetch": Told({})}, Broken({})).start()
        assert told == ["start", "close"]


class Clock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
async def store(s3_endpoint):
    """A client and an empty bucket."""
    async with s3_client(s3_endpoint, 2, 10) as client:
        yield client, await new_bucket(client), s3_endpoint


@asynccontextmanager
async def bucket_origin(store, folder: Path, **options):
    _, bucket, endpoint = store
    ours = {name: options.pop(name) for name in ("fresh_s", "clock") if name in options}
    store = S3Origin(bucket, "", folder / "spool", **{"endpoint_url": endpoint, **options})
    origin = Remembered(store, chance=lambda: 0.0, **ours)
    await origin.start()
    try:
        yield origin
    finally:
        await origin.close()


class TestS3Origin:
    async def test_what_was_seen_is_fresh_for_a_while_and_then_to_be_looked_at(
        self, store, tmp_path
    ):
        clock, (client, bucket, _) = Clock(), store
        await client.put_object(Bucket=bucket, Key="a.jpg", Body=b"1")
        async with bucket_origin(store, tmp_path, fresh_s=60, clock=clock) as origin:
            assert origin.peek(upload("a", "webp")) is None
            first = await origin.locate(upload("a", "webp"))
            await client.put_object(Bucket=bucket, Key="a.jpg", Body=b"22")
            clock.now_s = 59.0
            assert origin.peek(upload("a", "webp")) == first
            clock.now_s = 61.0
            stale = origin.peek(upload("a", "webp"))
            assert stale == msgspec.structs.replace(first, fresh=False)
            second = await origin.locate(upload("a", "webp"))
            assert second.version != first.version
            assert origin.peek(upload("a", "webp")) == second

    async def test_what_went_away_is_forgotten(self, store, tmp_path):
        client, bucket, _ = store
        await client.put_object(Bucket=bucket, Key="a.jpg", Body=b"1")
        async with bucket_origin(store, tmp_path) as origin:
            located = await origin.locate(upload("a", "jpg"))
            await client.delete_object(Bucket=bucket, Key="a.jpg")
            with pytest.raises(NotFound):
                await contents(origin, located)
            with pytest.raises(NotFound):
                await origin.locate(upload("a", "jpg"))
            with pytest.raises(NotFound):
                origin.peek(upload("a", "jpg"))

    async def test_an_object_that_changed_before_it_was_opened_is_looked_at_again(
        self, store, tmp_path
    ):
        client, bucket, _ = store
        await client.put_object(Bucket=bucket, Key="a.jpg", Body=b"1")
        async with bucket_origin(store, tmp_path) as origin:
            located = await origin.locate(upload("a", "jpg"))
            await client.put_object(Bucket=bucket, Key="a.jpg", Body=b"22")
            assert await contents(origin, located) == b"22"
            assert origin.peek(upload("a", "jpg")) is None

    async def test_copies_live_as_long_as_their_block_and_old_leftovers_go(self, store, tmp_path):
        client, bucket, _ = store
        await client.put_object(Bucket=bucket, Key="big.jpg", Body=bytes(3_000_000))
        await client.put_object(Bucket=bucket, Key="toobig.jpg", Body=bytes(3_000_001))
        spool = tmp_path / "spool"
        spool.mkdir()
        (spool / "original-dead").write_bytes(b"left")
        os.utime(spool / "original-dead", (time.time() - 4000,) * 2)
        (spool / "original-alive").write_bytes(b"in use")
        async with bucket_origin(store, tmp_path, max_bytes=3_000_000) as origin:
            assert await contents(origin, await origin.locate(upload("big", "jpg"))) == bytes(
                3_000_000
            )
            with pytest.raises(LimitExceeded):
                await contents(origin, await origin.locate(upload("toobig", "jpg")))
            with pytest.raises(KeyError):
                async with origin.open(await origin.locate(upload("big", "jpg"))):
                    raise KeyError
        assert [path.name for path in spool.iterdir()] == ["original-alive"]

    async def test_a_store_that_hangs_is_left_at_the_deadline(self, store, tmp_path):
        async def hang(reader, writer):
            await reader.read()
            writer.close()

        server = await asyncio.start_server(hang, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        hanging = {"endpoint_url": f"http://127.0.0.1:{port}", "timeout_s": 0.3}
        async with server, bucket_origin(store, tmp_path, **hanging) as origin:
            with pytest.raises(OriginTimedOut, match=r"0\.3 s"):
                await origin.locate(upload("a", "jpg"))

    @pytest.mark.parametrize("trouble", ["no server", "no bucket"])
    async def test_trouble_is_the_origins_and_names_no_address(self, store, tmp_path, trouble):
        _, bucket, endpoint = store
        where = (bucket, "http://127.0.0.1:1") if trouble == "no server" else ("absent", endpoint)
        origin = S3Origin(where[0], "", tmp_path / "spool", endpoint_url=where[1])
        await origin.start()
        with pytest.raises(OriginFailed) as error:
            await origin.locate(upload("a"))
        assert bucket not in str(error.value)
        assert "127.0.0.1" not in str(error.value)
        await origin.close()


class TestNames:
    def test_the_order_of_preference(self):
        names = asked("a/b", "png")
        assert names is not None
        assert names.exact == ("a/b.png", "a/b")
        assert names.folders == ("a",)
        alike = list(names.alike())
        assert alike[:3] == ["b.png", "b.PNG", "b.Png"]
        assert alike.index("b.jpg") < alike.index("b.JPG") < alike.index("b.jpeg")
        assert len(alike) == len(set(alike))

    def test_casings_are_all_there_and_the_usual_ones_first(self):
        assert casings("tif")[:3] == ("tif", "TIF", "Tif")
        assert len(casings("tif")) == 8

    def test_an_id_full_of_accents_does_not_explode(self):
        names = asked("/".join(["é\u0301e\u0301"] * 20), "jpg")
        assert names is not None
        assert len(names.exact) <= 32
