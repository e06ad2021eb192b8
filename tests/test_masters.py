"""Masters: who gets one, what is made from it, and that nothing that happens to one reaches an answer."""

import asyncio
import io
import mmap
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import PIL.Image
import pillow_heif
import pytest
import pyvips

from benchmarks.likeness import ssim
from benchmarks.pictures import Size as Sides
from benchmarks.pictures import draw
from imgproxy.caches.disk import Disk
from imgproxy.caches.memory import Memory
from imgproxy.caches.tiered import Tiered
from imgproxy.delivery import Answer, Delivery
from imgproxy.errors import RendererDied
from imgproxy.flights.files import FileLeases
from imgproxy.grammar import parse
from imgproxy.masters import Masters
from imgproxy.masters.seen import Seen
from imgproxy.masters.shelf import Shelf
from imgproxy.metrics import Metrics
from imgproxy.metrics.families import MASTERS, MASTERS_HELD_BYTES
from imgproxy.negotiation import Variant
from imgproxy.origins.memory import InMemory
from imgproxy.purging import OneId
from imgproxy.render import master
from imgproxy.render.job import MAX_MASTER_BYTES, Header, RenderJob, RenderReport
from imgproxy.render.pipeline import render
from imgproxy.renderers.desk import Desk
from imgproxy.renderers.pool import Renderers
from imgproxy.request import RenderRequest, build
from imgproxy.settings import Limits
from imgproxy.values import Size, Source

BOUND = 0.985
"""SSIM below which a picture made from a master would look other than one made from the original."""

SIDES = Sides(2600, 2000)


def heic(image: PIL.Image.Image) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(image).save(file, quality=70, enc_params={"preset": "ultrafast"})
    return file.getvalue()


def avif(image: PIL.Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "AVIF", quality=80, speed=10)
    return file.getvalue()


@pytest.fixture(scope="module")
def originals() -> dict[str, bytes]:
    """One drawing of 5 MP, in every format that gets masters; the PNG is half transparent."""
    image = draw(SIDES, 3).copy_memory()
    picture = PIL.Image.frombytes("RGB", (image.width, image.height), image.write_to_memory())
    fading = pyvips.Image.xyz(image.width, image.height)[0].linear(255 / image.width, 0)
    turned = image.copy()
    turned.set_type(pyvips.GValue.gint_type, "orientation", 6)
    return {
        "jpg": image.jpegsave_buffer(Q=92),
        "turned.jpg": turned.jpegsave_buffer(Q=92),
        "png": image.bandjoin(fading.cast("uchar")).pngsave_buffer(compression=1),
        "webp": image.webpsave_buffer(Q=90, effort=0),
        "avif": avif(picture),
        "heic": heic(picture),
    }


class Held:
    """A desk that remembers what it was told."""

    def __init__(self) -> None:
        self.place: memoryview | None = memoryview(mmap.mmap(-1, MAX_MASTER_BYTES))
        self.said: list[tuple[str, int]] = []

    def tell(self, what: str, size_bytes: int) -> None:
        self.said.append((what, size_bytes))

    def put(self, path: Path) -> str:
        [size_bytes] = [size for what, size in self.said if what == "made"]
        assert self.place is not None
        path.write_bytes(self.place[:size_bytes])
        return str(path)


def job(path: Path, transformation: str, **more: str) -> RenderJob:
    asked = re.search(r"(?:^|[/,])f_(\w+)$", transformation)
    formats = (asked[1] if asked else "png",)
    return RenderJob(str(path), transformation, formats, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def mastered(originals, tmp_path_factory):
    """Original and master of every format, as paths."""
    folder = tmp_path_factory.mktemp("mastered")
    found = {}
    for name, body in originals.items():
        path, desk = folder / f"original.{name}", Held()
        path.write_bytes(body)
        render(job(path, "c_scale,w_100", keep="always"), desk)
        found[name] = path, desk.put(folder / f"{name}.master")
    return found


def shown(report: RenderReport) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(report.body, "")


# --- what it is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "size", "master_size"),
    [
        ("jpg", (4000, 3000), (2000, 1500)),
        ("jpg", (3024, 4032), (1512, 2016)),
        ("jpg", (6000, 4000), (2000, 1333)),  # its decoder knows no thirds
        ("jpg", (9000, 6001), (2250, 1501)),
        ("png", (6000, 4001), (2000, 1334)),
        ("avif", (4000, 3000), (2000, 1500)),
        ("heic", (3000, 2000), (2000, 1333)),
        ("webp", (2300, 1200), (2300, 1200)),
        ("png", (5000, 20), (2500, 10)),
    ],
)
def test_a_master_is_about_2000_px_long_and_a_whole_part_of_its_original_where_it_can(
    name, size, master_size
):
    made = master.size_for(Header(name, Size(*size)))
    if master_size == (2500, 10):
        assert made == (2000, 8)
    else:
        assert made == master_size


@pytest.mark.parametrize(
    ("name", "size", "pages", "worth", "dear"),
    [
        ("jpg", (1600, 1200), 1, False, False),
        ("jpg", (4000, 3000), 1, True, False),
        ("png", (4000, 3000), 1, True, False),
        ("avif", (4000, 3000), 1, True, True),
        ("heic", (4000, 3000), 1, True, True),
        ("avif", (1600, 1200), 1, True, False),
        ("webp", (4000, 3000), 20, False, False),
        ("svg", (4000, 3000), 1, False, False),
        ("pdf", (4000, 3000), 1, False, False),
    ],
)
def test_who_takes_long_to_decode_gets_one(name, size, pages, worth, dear):
    header = Header(name, Size(*size), pages=pages)
    assert (master.is_worth_it(header), master.is_dear(header)) == (worth, dear)


# --- what is made from it --------------------------------------------------------------------------------------------

FROM_MASTER = (
    "c_scale,w_640",
    "c_fit,h_333,w_500",
    "c_fill,h_300,w_300",
    "c_fill,g_north_west,h_200,w_600",
    "c_fill,g_auto,h_300,w_200",
    "c_pad,b_auto,h_400,w_400",
    "c_lfill,h_400,w_400",
    "c_thumb,h_150,w_150",
    "c_scale,w_0.15",
    "c_fill,h_300,w_300/r_max",
    "c_scale,w_500/e_grayscale",
    "c_scale,w_500/a_90",
    "if_iw_gt_1000/c_scale,w_300/if_end",
    "$side_iw_div_10/c_scale,w_$side",
    "c_scale,w_400/c_crop,g_south_east,h_100,w_120,x_7,y_9",
    "c_scale,w_500/l_text:Arial_40:For%20sale/fl_layer_apply,g_south",
)
FROM_ORIGINAL = (
    "c_scale,w_1400",
    "c_crop,h_500,w_600,x_100,y_200",
    "c_crop,h_500,w_600/c_scale,w_200",
    "e_grayscale/c_scale,w_300",
    "a_ignore/c_scale,w_300",
    "e_trim/c_scale,w_200",
)


@pytest.mark.parametrize("name", ["jpg", "turned.jpg", "png", "webp", "avif", "heic"])
@pytest.mark.parametrize("transformation", FROM_MASTER)
def test_the_two_ways_agree(mastered, name, transformation):
    path, copy = mastered[name]
    desk = Held()
    direct = render(job(path, transformation))
    report = render(job(path, transformation, master=copy), desk)
    assert (report.width, report.height, report.pages) == (
        direct.width,
        direct.height,
        direct.pages,
    )
    assert ("used", 0) in desk.said
    assert ssim(shown(report), shown(direct)) >= BOUND


@pytest.mark.parametrize("name", ["turned.jpg", "png"])
@pytest.mark.parametrize("transformation", FROM_ORIGINAL)
def test_what_needs_more_is_made_from_the_original(mastered, name, transformation):
    path, copy = mastered[name]
    desk = Held()
    report = render(job(path, transformation, master=copy), desk)
    assert report.body == render(job(path, transformation)).body
    assert desk.said == []


@pytest.mark.parametrize("form", ["jpg", "webp", "avif", "jxl", "gif"])
def test_an_encoder_loses_no_more_of_it(mastered, form):
    path, copy = mastered["avif"]
    transformation = f"c_fill,h_300,w_400/f_{form}"
    truth = shown(render(job(path, "c_fill,h_300,w_400")))
    direct, report = (
        render(each) for each in (job(path, transformation), job(path, transformation, master=copy))
    )
    assert report.media_type == direct.media_type

    def lost(answer: RenderReport) -> float:
        image = PIL.Image.open(io.BytesIO(answer.body)).convert("RGB")
        pixels = pyvips.Image.new_from_memory(image.tobytes(), *image.size, 3, "uchar")
        return 1 - ssim(pixels.copy(interpretation="srgb"), truth)

    assert lost(report) <= lost(direct) + 1 - BOUND


def test_what_is_said_of_the_original_stays_true(mastered):
    path, copy = mastered["turned.jpg"]
    direct = msgspec.json.decode(render(job(path, "c_scale,w_300/fl_getinfo")).body)
    info = msgspec.json.decode(render(job(path, "c_scale,w_300/fl_getinfo", master=copy)).body)
    assert info["input"] == direct["input"]
    assert info["input"]["width"] == SIDES.height


def test_the_original_itself_is_answered_unchanged(mastered, originals):
    path, copy = mastered["avif"]
    asked = RenderJob(str(path), "", extension="avif", master=copy)
    assert render(asked).body == originals["avif"]


# --- when it is made -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "transformation", "keep", "said"),
    [
        ("jpg", "c_scale,w_100", "dear", "later"),
        ("jpg", "c_scale,w_100", "always", "made"),
        ("jpg", "c_scale,w_1400", "always", "uncovered"),
        ("jpg", "e_grayscale", "always", "uncovered"),
    ],
)
def test_a_render_says_what_becomes_of_the_master(mastered, name, transformation, keep, said):
    desk = Held()
    render(job(mastered[name][0], transformation, keep=keep), desk)
    assert [what for what, _ in desk.said] == [said]


def test_small_originals_are_never_worth_one(tmp_path):
    path, desk = tmp_path / "small.jpg", Held()
    draw(Sides(800, 600), 1).jpegsave(str(path))
    render(job(path, "c_scale,w_100", keep="always"), desk)
    assert desk.said == [("unfit", 0)]


# --- what happens to it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda data: b"", "damaged"),
        (lambda data: data[:3000], "damaged"),
        (lambda data: data[: len(data) // 2], "damaged"),
        (lambda data: b"XXXX" + data[4:], "damaged"),
        (lambda data: data[:8] + b"\xff" * 40 + data[48:], "damaged"),
        (lambda data: data[:4096] + bytes(8192) + data[12288:], "damaged"),
        (lambda data: data + b"more", "damaged"),
        (None, "gone"),
    ],
)
def test_a_master_that_is_not_whole_is_none(mastered, tmp_path, harm, said):
    path, copy = mastered["jpg"]
    broken, desk = tmp_path / "broken", Held()
    if harm:
        broken.write_bytes(harm(Path(copy).read_bytes()))
    report = render(job(path, "c_scale,w_300", master=str(broken)), desk)
    assert report.body == render(job(path, "c_scale,w_300")).body
    assert desk.said == [(said, 0)]


def test_the_desk_of_a_process_gone_mad_does_not_grow():
    desk = Desk(8192)
    with pytest.raises(PermissionError):
        os.pwrite(desk.fd, b"x" * 10, 8192)
    os.pwrite(desk.fd, b"master", 0)
    desk.clear()
    assert os.pread(desk.fd, 6, 0) == bytes(6)
    desk.close()


def laid(data: bytes) -> int:
    fd = os.memfd_create("laid")
    os.write(fd, data)
    return fd


def test_the_shelf_keeps_within_its_budget_what_was_used_last(tmp_path):
    shelf = Shelf(tmp_path, 1000, min_free_bytes=0)
    shelf.open()
    fd = laid(bytes(300))
    for number in range(4):
        assert shelf.put("aabb", f"{number}", fd, 300)
        os.utime(tmp_path / "kept" / "aa" / "aabb" / f"{number}", (number, number))
    assert shelf.find("aabb", "0"), "a find is a use"
    swept = shelf.sweep()
    assert (swept.dropped, swept.held_bytes) == (1, 900)
    assert [shelf.find("aabb", f"{number}") is not None for number in range(4)] == [
        True, False, True, True,
    ]  # fmt: skip
    assert not shelf.put("aabb", "large", fd, 1001)
    os.close(fd)


def test_masters_make_room_when_the_disk_is_nearly_full(tmp_path):
    fd = laid(bytes(300))
    Shelf(tmp_path, 1000, min_free_bytes=0).open()
    assert Shelf(tmp_path, 1000, min_free_bytes=0).put("aabb", "1", fd, 300)
    full = Shelf(tmp_path, 1000, min_free_bytes=10**18)
    assert not full.put("aabb", "2", fd, 300)
    assert full.find("aabb", "1") is None
    os.close(fd)


def test_what_one_worker_has_seen_the_others_know_for_a_while(tmp_path):
    now = 1000.0
    one, other = (Seen(tmp_path / "seen", 60, lambda: now) for _ in range(2))
    key = "0123456789abcdef"
    assert not one.note(key)
    assert other.note(key)
    now += 61
    assert not one.note(key)
    one.close()
    other.close()


# --- the whole way ---------------------------------------------------------------------------------------------------


class Worker:
    """One server process's half over a shared folder."""

    def __init__(
        self,
        folder: Path,
        files: dict[str, bytes],
        budget: int = 10**9,
        pool: type[Renderers] = Renderers,
    ) -> None:
        self.metrics = Metrics()
        self.folder = folder / "masters"
        leases = FileLeases(folder / "leases")
        self.renderers = pool(2, Limits(), self.metrics, MAX_MASTER_BYTES)
        self.delivery = Delivery(
            InMemory(files),
            Memory(10**7),
            Tiered([Disk(folder / "cache", 10**8)]),
            leases,
            self.renderers,
            Limits(),
            metrics=self.metrics,
            masters=Masters(self.folder, budget, FileLeases(folder / "leases"), self.metrics),
        )

    async def get(self, width: int, name: str = "house.jpg") -> Answer:
        answer = await self.delivery.get(request(width, name))
        await self.settled()
        return answer

    async def settled(self) -> None:
        """What is being put away is there."""
        while tasks := list(self.delivery.masters._tasks):
            await asyncio.gather(*tasks)

    def count(self, what: str) -> float:
        return self.metrics.cells[MASTERS[what]]

    @property
    def kept(self) -> list[Path]:
        return sorted((self.folder / "kept").glob("*/*/*"))


def request(width: int, name: str) -> RenderRequest:
    stem, _, extension = name.rpartition(".")
    transformation = parse(f"c_scale,w_{width}/f_png")
    return build(Source("upload", stem, extension), transformation, Variant(("png",)))


@asynccontextmanager
async def started(*workers: Worker) -> AsyncIterator[None]:
    await asyncio.gather(*(worker.delivery.start() for worker in workers))
    try:
        yield
    finally:
        await asyncio.gather(*(worker.delivery.close() for worker in workers))


@pytest.fixture
def files(originals) -> dict[str, bytes]:
    return {"house.jpg": originals["jpg"], "house2.avif": originals["avif"]}


async def test_the_second_miss_makes_one_and_the_third_uses_it(tmp_path, files):
    worker = Worker(tmp_path, files)
    async with started(worker):
        await worker.get(100)
        assert (worker.count("made"), worker.kept) == (0, [])
        await worker.get(200)
        assert (worker.count("made"), len(worker.kept)) == (1, 1)
        await worker.get(300)
        assert (worker.count("made"), worker.count("used")) == (1, 1)
        assert worker.metrics.cells[MASTERS_HELD_BYTES[""]] == worker.kept[0].stat().st_size


async def test_many_misses_at_once_decode_twice_at_most(tmp_path, files):
    worker = Worker(tmp_path, files)
    async with started(worker):
        await asyncio.gather(*(worker.get(width) for width in range(100, 110)))
        assert worker.count("made") == 1
        assert worker.count("used") in {8, 9}, "the first may have begun before it was followed"


async def test_a_miss_that_is_followed_before_it_begins_makes_one(tmp_path, files):
    others = {f"other{at}.avif": files["house2.avif"] for at in range(2)}
    worker = Worker(tmp_path, files | others)
    async with started(worker):
        busy = [asyncio.create_task(worker.get(1400, name)) for name in others]
        while worker.renderers.idle:
            await asyncio.sleep(0.001)
        await asyncio.gather(worker.get(100), worker.get(200), *busy)
        assert (worker.count("made"), worker.count("used")) == (1, 1)


async def test_two_workers_make_one(tmp_path, files):
    workers = Worker(tmp_path, files), Worker(tmp_path, files)
    async with started(*workers):
        await workers[0].get(90)
        await asyncio.gather(
            *(
                worker.get(width)
                for at, worker in enumerate(workers)
                for width in (100 + at, 110 + at)
            )
        )
        assert sum(worker.count("made") for worker in workers) == 1
        assert sum(worker.count("used") for worker in workers) == 3


async def test_a_request_that_needs_more_renders_from_the_original(tmp_path, files):
    worker = Worker(tmp_path, files)
    async with started(worker):
        for width in (100, 200):
            await worker.get(width)
        answer = await worker.get(1500)
        assert (worker.count("used"), answer.rendered.width) == (0, 1500)


async def test_a_purge_voids_and_deletes(tmp_path, files):
    worker = Worker(tmp_path, files)
    async with started(worker):
        for width in (100, 200):
            await worker.get(width)
        assert len(worker.kept) == 1
        await worker.delivery.purge(OneId("upload", "house"))
        assert worker.kept == []
        await worker.get(300)
        assert worker.count("used") == 0


async def test_a_changed_original_has_another_master(tmp_path, files, originals):
    worker = Worker(tmp_path, files)
    async with started(worker):
        for width in (100, 200):
            await worker.get(width)
        files["house.jpg"] = originals["turned.jpg"]
        answer = await worker.get(300)
        assert worker.count("used") == 0
        assert answer.rendered.height > answer.rendered.width


async def test_a_damaged_master_is_deleted_and_the_answer_is_right(tmp_path, files):
    worker = Worker(tmp_path, files)
    async with started(worker):
        for width in (100, 200):
            await worker.get(width)
        [path] = worker.kept
        path.write_bytes(path.read_bytes()[:10_000])
        answer = await worker.get(300)
        assert (answer.rendered.width, worker.count("damaged"), worker.kept) == (300, 1, [])


class Brittle(Renderers):
    """A pool whose processes die of masters."""

    async def render(self, job, *more):
        if job.master:
            raise RendererDied
        return await super().render(job, *more)


async def test_a_master_that_ends_its_reader_is_replaced(tmp_path, files):
    whole, brittle = Worker(tmp_path, files), Worker(tmp_path, files, pool=Brittle)
    async with started(whole, brittle):
        for width in (100, 200):
            await whole.get(width)
        answer = await brittle.get(300)
    assert (answer.rendered.width, brittle.count("made")) == (300, 1)


async def test_without_a_budget_there_are_none(tmp_path, files):
    worker = Worker(tmp_path, files, budget=0)
    async with started(worker):
        for width in (100, 200, 300):
            await worker.get(width)
        assert (worker.count("made"), worker.folder.exists()) == (0, False)


async def test_a_folder_that_cannot_be_written_breaks_no_answer(tmp_path, files):
    worker = Worker(tmp_path, files)
    worker.folder.parent.mkdir(exist_ok=True)
    worker.folder.write_text("a file where a folder should be")
    async with started(worker):
        answers = [await worker.get(width) for width in (100, 200, 300)]
        assert [answer.rendered.width for answer in answers] == [100, 200, 300]
