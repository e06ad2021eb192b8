"""What every origin promises, and what a folder must never give away."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from imgproxy.errors import LimitExceeded, NotFound, OriginFailed
from imgproxy.origins import Origin
from imgproxy.origins.first_of import FirstOf
from imgproxy.origins.folder import Folder
from imgproxy.origins.memory import InMemory
from imgproxy.origins.names import asked, casings
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


@pytest.fixture(params=["folder", "memory", "first_of"])
async def origin(request, tmp_path):
    made = await ORIGINS[request.param](request, tmp_path)
    await made.start()
    yield made
    await made.close()


async def a_folder(request, tmp_path) -> Origin:
    return Folder(written(tmp_path / "originals"), MAX_BYTES)


async def a_dict(request, tmp_path) -> Origin:
    return InMemory(FILES, MAX_BYTES)


async def two_in_order(request, tmp_path) -> Origin:
    return FirstOf(InMemory({}), Folder(tmp_path / "absent"), InMemory(FILES, MAX_BYTES))


ORIGINS: dict[str, Callable] = {
    "folder": a_folder,
    "memory": a_dict,
    "first_of": two_in_order,
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
        (folder / better).write_bytes(b"better")
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
        for name in ("villa", "both", "caf\u00e9", "my.photo.v2", "big", "villa"):
            origin.peek(upload(name, "avif"))
        assert len(origin._alike_names) == len(origin._inside_inodes) == 3


class TestFirstOf:
    async def test_the_first_that_has_it_gives_it(self):
        origin = FirstOf(InMemory({"a.jpg": b"1"}), InMemory({"a.jpg": b"2", "b.jpg": b"22"}))
        for public_id, data in [("a", b"1"), ("b", b"22")]:
            located = origin.peek(upload(public_id, "jpg"))
            assert located
            assert await contents(origin, located) == data

    async def test_an_origin_in_trouble_is_not_passed_over(self):
        class Broken(InMemory):
            def peek(self, source: Source) -> Located:  # noqa: ARG002 - the seam's signature
                raise OriginFailed("trouble")

        origin = FirstOf(Broken({}), InMemory({"a.jpg": b"old"}))
        with pytest.raises(OriginFailed):
            await origin.locate(upload("a", "jpg"))


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
