"""A hit asks nobody, an aged answer is given while one task looks again, and a place in trouble takes nothing back."""

import asyncio
import os
import random
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec import structs

from imgproxy.delivery import Answer
from imgproxy.errors import ImageError, NotFound, OriginFailed, OriginTimedOut, Overloaded
from imgproxy.headers import of_answer
from imgproxy.metrics import Metrics
from imgproxy.metrics.families import LOOKS
from imgproxy.negatives import NEGATIVE_S
from imgproxy.origins import STALE_S, Origin
from imgproxy.origins.folder import Folder
from imgproxy.origins.freshness import early_from, is_due
from imgproxy.origins.memory import InMemory
from imgproxy.origins.remembered import Remembered
from imgproxy.purging import OneId, Prefix
from imgproxy.values import Located, Source
from tests.test_delivery import Worker, picture, request, started
from tests.test_origins import Clock, contents, upload, written

VILLA = upload("villa", "jpg")


class Store(InMemory):
    """Counts what it is asked, answers when it may, and can be in trouble."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(files)
        self.files = files
        self.asked = 0
        self.trouble: ImageError | None = None
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    def peek(self, source: Source) -> Located | None:  # type: ignore[override]  # the seam's own type
        return None

    async def locate(self, source: Source) -> Located:
        self.asked += 1
        await self.may_answer.wait()
        if self.trouble:
            raise self.trouble
        return InMemory(self.files).peek(source)

    def open(self, located: Located):
        if self.trouble:
            raise self.trouble
        return super().open(located)


class Scene:
    """A store that can be watched, what remembers it, and their clock."""

    def __init__(self, chance: float = 0.0) -> None:
        self.clock = Clock()
        self.metrics = Metrics()
        self.store = Store({"villa.jpg": b"1"})
        self.origin = Remembered(
            self.store, 60.0, self.clock, chance=lambda: chance, metrics=self.metrics
        )

    async def settle(self) -> None:
        while tasks := list(self.origin._tasks):
            await asyncio.wait(tasks, timeout=10)

    async def later(self, seconds: float) -> Located | None:
        """What is known then, after whatever that set in motion has ended."""
        self.clock.now_s += seconds
        located = self.origin.peek(VILLA)
        await self.settle()
        return located


@pytest.fixture
async def scene():
    made = Scene()
    yield made
    await made.origin.close()


# --- remembered ------------------------------------------------------------------------------------------------------


async def test_a_hit_asks_the_store_nothing(scene):
    first = await scene.origin.locate(VILLA)
    for _ in range(100):
        assert scene.origin.peek(VILLA) == first
    assert scene.store.asked == 1


async def test_an_aged_version_is_given_at_once_while_one_task_looks(scene):
    await scene.origin.locate(VILLA)
    scene.store.files["villa.jpg"] = b"22"
    scene.store.may_answer.clear()
    scene.clock.now_s = 61.0
    for _ in range(100):
        located = scene.origin.peek(VILLA)
        assert located
        assert (located.size_bytes, located.fresh) == (1, False)
        await asyncio.sleep(0)
    assert scene.store.asked == 2
    scene.store.may_answer.set()
    await scene.settle()
    located = scene.origin.peek(VILLA)
    assert located
    assert (located.size_bytes, located.fresh) == (2, True)


@pytest.mark.parametrize(
    "trouble", [OriginFailed("the store answered 500"), OriginTimedOut(10.0)], ids=repr
)
async def test_trouble_takes_nothing_back_for_a_day(scene, trouble):
    await scene.origin.locate(VILLA)
    scene.store.trouble = trouble
    aged = await scene.later(61.0)
    assert aged
    assert not aged.fresh
    assert (await scene.origin.locate(VILLA)).size_bytes == 1, "whoever waits is given it too"
    assert await scene.later(60.0 + STALE_S - 65.0)
    assert await scene.later(10.0) is None
    with pytest.raises(type(trouble)):
        await scene.origin.locate(VILLA)


async def test_trouble_is_not_asked_for_all_the_time_and_its_end_is_noticed(scene):
    await scene.origin.locate(VILLA)
    scene.store.trouble = OriginFailed("trouble")
    await scene.later(61.0)
    for _ in range(50):
        await scene.later(0.1)
    assert scene.store.asked == 2
    scene.store.trouble = None
    await scene.later(NEGATIVE_S)
    located = await scene.later(0)
    assert located
    assert located.fresh


async def test_absence_is_absence_and_asked_about_ever_more_rarely(scene):
    await scene.origin.locate(VILLA)
    del scene.store.files["villa.jpg"]
    await scene.later(61.0)
    with pytest.raises(NotFound):
        scene.origin.peek(VILLA)
    asked = []
    for _ in range(1000):
        scene.clock.now_s += 1.0
        with pytest.raises(NotFound):
            await scene.origin.locate(VILLA)
        asked.append(scene.store.asked)
    assert asked[-1] == 2 + 6, "after 10, 20, 40, 80, 160 and 320 seconds"


async def test_a_picture_that_came_after_all_is_found_at_once_when_purged(scene):
    del scene.store.files["villa.jpg"]
    with pytest.raises(NotFound):
        await scene.origin.locate(VILLA)
    scene.store.files["villa.jpg"] = b"333"
    with pytest.raises(NotFound):
        await scene.origin.locate(VILLA)
    scene.origin.forget(VILLA)
    assert (await scene.origin.locate(VILLA)).size_bytes == 3


async def test_a_look_that_began_before_a_purge_is_not_remembered(scene):
    scene.store.may_answer.clear()
    early = asyncio.create_task(scene.origin.locate(VILLA))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    scene.origin.forget(VILLA)
    scene.store.may_answer.set()
    await early
    assert scene.origin.peek(VILLA) is None


async def test_many_who_wait_cost_one_look_and_who_leaves_leaves_alone(scene):
    scene.store.may_answer.clear()
    waiting = [asyncio.create_task(scene.origin.locate(VILLA)) for _ in range(50)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    scene.store.may_answer.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [isinstance(answer, Located) for answer in answers] == [False, *[True] * 49]
    assert scene.store.asked == 1


async def test_looks_are_bounded_in_the_background_and_before_it(scene, monkeypatch):
    monkeypatch.setattr("imgproxy.origins.remembered._MAX_LOOKS", 3)
    monkeypatch.setattr("imgproxy.origins.remembered._MAX_BACKGROUND", 2)
    names = [upload(name, "jpg") for name in "abcde"]
    scene.store.files |= dict.fromkeys((f"{name}.jpg" for name in "abcde"), b"1")
    for name in names:
        await scene.origin.locate(name)
    scene.clock.now_s = 61.0
    scene.store.may_answer.clear()
    assert all(scene.origin.peek(name) for name in names)
    await asyncio.sleep(0)
    assert scene.store.asked == 5 + 2
    third = asyncio.create_task(scene.origin.locate(VILLA))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await scene.origin.locate(upload("elsewhere", "jpg"))
    scene.store.may_answer.set()
    await third


async def test_closing_ends_looks(scene):
    scene.store.may_answer.clear()
    waiting = asyncio.create_task(scene.origin.locate(VILLA))
    await asyncio.sleep(0)
    await scene.origin.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_what_was_known_before_is_believed_until_the_store_could_be_asked(scene):
    scene.origin.believe(Located(VILLA, "old", 7, 0.0, "villa.jpg"))
    located = await scene.later(0)
    assert located
    assert (located.version, located.fresh) == ("old", False)
    located = await scene.later(0)
    assert located
    assert (located.size_bytes, located.fresh) == (1, True)


async def test_what_is_found_is_never_replaced_by_what_was_known_before(scene):
    found = await scene.origin.locate(VILLA)
    scene.origin.believe(Located(VILLA, "old", 7, 0.0, "villa.jpg"))
    assert scene.origin.peek(VILLA) == found


async def test_looks_are_counted_by_what_they_found(scene):
    await scene.origin.locate(VILLA)
    await scene.later(61.0)
    scene.store.files["villa.jpg"] = b"22"
    await scene.later(61.0)
    scene.store.trouble = OriginFailed("trouble")
    await scene.later(61.0)
    scene.store.trouble = None
    scene.store.files.clear()
    await scene.later(61.0)
    found = {result: scene.metrics.cells[cell] for result, cell in LOOKS.items()}
    assert found == {"new": 2, "same": 1, "failed": 1, "absent": 1}


async def test_what_is_remembered_is_bounded(scene, monkeypatch):
    monkeypatch.setattr("imgproxy.origins.remembered._MAX_REMEMBERED", 2)
    for name in "abc":
        scene.store.files[f"{name}.jpg"] = b"1"
        await scene.origin.locate(upload(name, "jpg"))
    assert [scene.origin.peek(upload(name, "jpg")) is None for name in "abc"] == [
        True,
        False,
        False,
    ]


# --- chance ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age_s", "chance", "due"),
    [
        (0.0, 0.0, False),
        (59.9, 0.0, False),
        (60.0, 0.0, True),
        (90.0, 0.0, True),
        (59.0, 0.2, False),
        (59.0, 0.3, True),  # one in e^(1/3)
        (57.0, 0.6, False),
        (57.0, 0.64, True),  # 3 s are a twentieth: one in e
        (48.0, 0.98, False),
        (48.0, 0.99, True),
    ],
)
def test_the_nearer_the_end_the_likelier_a_look(age_s, chance, due):
    assert is_due(age_s, 60.0, 60.0, lambda: chance) is due


def test_dice_are_thrown_only_where_they_may_decide():
    rolls = random.Random(1)
    before = early_from(60.0, 60.0)
    early = sum(is_due(before, 60.0, 60.0, rolls.random) for _ in range(10_000))
    assert before == 36.0
    assert early < 20


async def test_a_lucky_request_looks_early_and_its_answer_is_fresh():
    scene = Scene(chance=0.99)
    await scene.origin.locate(VILLA)
    for age_s, asked in ((35.0, 1), (12.0, 2)):
        located = await scene.later(age_s)
        assert located
        assert (located.fresh, scene.store.asked) == (True, asked)
    await scene.origin.close()


# --- a folder in trouble ---------------------------------------------------------------------------------------------


def closed(path, *arguments, **options):
    raise PermissionError(13, "Permission denied", path)


@pytest.fixture
def folder(tmp_path) -> Path:
    return written(tmp_path / "originals")


@pytest.mark.parametrize("trouble", ["fails", "moved away", "unmounted"])
async def test_a_folder_in_trouble_takes_nothing_back_for_a_day(folder, trouble, monkeypatch):
    clock = Clock()
    origin = Folder(folder, clock=clock)
    found = origin.peek(VILLA)
    if trouble == "fails":
        monkeypatch.setattr("imgproxy.origins.folder.os.stat", closed)
    else:
        folder.rename(folder.with_name("elsewhere"))
    if trouble == "unmounted":
        folder.mkdir()
    located = origin.peek(VILLA)
    assert (located.version, located.fresh) == (found.version, False)
    with pytest.raises(OriginFailed):
        await contents(origin, located)
    with pytest.raises(OriginFailed):
        origin.peek(upload("never asked", "jpg"))
    clock.now_s = STALE_S + 1
    with pytest.raises(OriginFailed):
        origin.peek(VILLA)
    monkeypatch.undo()
    if trouble == "unmounted":
        folder.rmdir()
    if trouble != "fails":
        folder.with_name("elsewhere").rename(folder)
    assert origin.peek(VILLA) == found, "and back again"


def test_a_file_that_was_taken_away_is_absent(folder):
    origin = Folder(folder)
    origin.peek(VILLA)
    (folder / "villa.jpg").unlink()
    with pytest.raises(NotFound):
        origin.peek(VILLA)


def test_the_last_file_that_was_taken_away_is_absent_too(tmp_path):
    (tmp_path / "villa.jpg").write_bytes(b"1")
    origin = Folder(tmp_path)
    origin.peek(VILLA)
    (tmp_path / "villa.jpg").unlink()
    with pytest.raises(NotFound):
        origin.peek(VILLA)


def test_another_folder_in_its_place_counts(folder):
    """As when a link is set to the next release."""
    origin = Folder(folder)
    origin.peek(VILLA)
    folder.rename(folder.with_name("before"))
    folder.mkdir()
    (folder / "other.jpg").write_bytes(b"1")
    with pytest.raises(NotFound):
        origin.peek(VILLA)
    assert origin.peek(upload("other", "jpg")).fresh


def test_a_day_of_trouble_begins_anew_after_its_end(folder, monkeypatch):
    clock = Clock()
    origin = Folder(folder, clock=clock)
    origin.peek(VILLA)
    for _ in range(3):
        with monkeypatch.context() as patch:
            patch.setattr("imgproxy.origins.folder.os.stat", closed)
            clock.now_s += STALE_S * 0.9
            assert not origin.peek(VILLA).fresh
        assert origin.peek(VILLA).fresh


# --- delivered -------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def delivering(folder: Path, origin: Origin):
    worker = Worker(folder, {}, origin=origin)
    async with started(worker):
        yield worker.delivery


async def how(delivery, transformation: str = "c_fill,h_30,w_40") -> str:
    asked = request(transformation)
    answer: Answer = delivery.peek(asked) or await delivery.get(asked)
    return answer.how


async def test_an_answer_from_an_aged_original_says_so_and_is_fresh_again_after_the_look(tmp_path):
    scene = Scene()
    scene.store.files["villa.jpg"] = picture(200)
    async with delivering(tmp_path, scene.origin) as delivery:
        assert [await how(delivery) for _ in range(2)] == ["miss", "hit"]
        scene.clock.now_s = 61.0
        scene.store.may_answer.clear()
        assert await how(delivery) == "stale"
        scene.store.may_answer.set()
        await scene.settle()
        assert await how(delivery) == "hit"
        scene.store.files["villa.jpg"] = picture(20)
        scene.clock.now_s = 122.0
        assert await how(delivery) == "stale"
        await scene.settle()
        assert await how(delivery) == "miss"


async def test_a_failing_origin_stops_no_hit_even_after_a_restart(tmp_path):
    scene = Scene()
    scene.store.files["villa.jpg"] = picture(200)
    async with delivering(tmp_path, scene.origin) as delivery:
        assert await how(delivery) == "miss"
    scene = Scene()
    scene.store.files["villa.jpg"] = picture(200)
    scene.store.trouble = OriginFailed("down")
    async with delivering(tmp_path, scene.origin) as delivery:
        assert [await how(delivery) for _ in range(3)] == ["stale"] * 3
        assert scene.store.asked == 1
        with pytest.raises(OriginFailed):
            await how(delivery, "c_fill,h_31,w_40")
        scene.store.trouble = None
        scene.clock.now_s = NEGATIVE_S
        assert await how(delivery) == "stale"
        await scene.settle()
        assert await how(delivery) == "hit"


async def test_a_folder_that_is_closed_when_a_worker_starts_stops_no_hit(tmp_path, monkeypatch):
    (tmp_path / "originals").mkdir()
    (tmp_path / "originals" / "villa.jpg").write_bytes(picture(200))
    async with delivering(tmp_path, Folder(tmp_path / "originals")) as delivery:
        assert await how(delivery) == "miss"
    place = str(tmp_path / "originals")
    stat = os.stat

    def shut(path, *arguments, **options):
        if str(path).startswith(place):
            raise OSError(5, "Input/output error", path)
        return stat(path, *arguments, **options)

    monkeypatch.setattr("imgproxy.origins.folder.os.stat", shut)
    async with delivering(tmp_path, Folder(tmp_path / "originals")) as delivery:
        assert [await how(delivery) for _ in range(2)] == ["stale"] * 2
        monkeypatch.undo()
        assert await how(delivery) == "hit"


@pytest.mark.parametrize("pattern", [OneId("upload", "villa"), Prefix("upload", "vi")], ids=repr)
async def test_a_purge_makes_absence_and_aged_answers_be_asked_about(tmp_path, pattern):
    scene = Scene()
    async with delivering(tmp_path, scene.origin) as delivery:
        del scene.store.files["villa.jpg"]
        with pytest.raises(NotFound):
            await how(delivery)
        scene.store.files["villa.jpg"] = picture(200)
        with pytest.raises(NotFound):
            await how(delivery)
        await delivery.purge(pattern)
        assert await how(delivery) == "miss"
        scene.store.files["villa.jpg"] = picture(20)
        await delivery.purge(pattern)
        assert [await how(delivery) for _ in range(2)] == ["miss", "hit"]
        del scene.store.files["villa.jpg"]
        await delivery.purge(pattern)
        asked = scene.store.asked
        for _ in range(3):
            with pytest.raises(NotFound):
                await how(delivery)
        assert scene.store.asked == asked + 1


@pytest.mark.parametrize(
    ("fresh", "version", "expected"),
    [
        (True, None, "public, max-age=14400, stale-while-revalidate=86400, stale-if-error=86400"),
        (False, None, "public, max-age=60, stale-while-revalidate=86400, stale-if-error=86400"),
        (True, 7, "public, max-age=31536000, immutable"),
        (False, 7, "public, max-age=31536000, immutable"),
    ],
)
async def test_caches_in_front_are_told_how_long(tmp_path, fresh, version, expected):
    scene = Scene()
    scene.store.files["villa.jpg"] = picture(200)
    async with delivering(tmp_path, scene.origin) as delivery:
        answer = await delivery.get(request())
    source = Source("upload", "villa", "jpg", version)
    located = Located(source, "1", 1, 7.0, fresh=fresh)
    fields = dict(
        of_answer(
            structs.replace(request(), source=source),
            answer._replace(located=located, how="hit" if fresh else "stale"),
        )
    )
    assert fields[b"cache-control"].decode() == expected
    assert (b"warning" in fields) is not fresh
