"""How hard an encoder tries: promptly within a budget, patiently for an equal score, or that of a level, in fewest bytes."""

import asyncio
import math
import os
from pathlib import Path

import msgspec
import pytest
import pyvips

from imgproxy.caches.disk import Disk
from imgproxy.caches.memory import Memory
from imgproxy.caches.tiered import Tiered
from imgproxy.delivery import Delivery
from imgproxy.delivery.refining import QUIET_S, is_worth_it
from imgproxy.flights.files import FileLeases
from imgproxy.grammar import parse
from imgproxy.negotiation import Variant
from imgproxy.origins.memory import InMemory
from imgproxy.render.aim import LEVELS, meant
from imgproxy.render.effort import effort
from imgproxy.render.encode import encode
from imgproxy.render.job import Encoding, RenderJob
from imgproxy.render.patient import TOLERANCE, decoded, refined
from imgproxy.render.pipeline import _encoded, render
from imgproxy.render.score import Reference
from imgproxy.renderers.pool import Renderers
from imgproxy.request import build
from imgproxy.settings import Limits
from imgproxy.values import Source

MEGAPIXEL = 1_000_000


@pytest.fixture(scope="module")
def photo() -> pyvips.Image:
    """Drawn: soft light, an edge, and the grain of a sensor."""
    light = pyvips.Image.gaussnoise(360, 240, sigma=60, mean=128, seed=1).gaussblur(6) * 3 - 256
    grain = pyvips.Image.gaussnoise(360, 240, sigma=6, mean=0, seed=2)
    wall = pyvips.Image.black(360, 240).draw_rect(70, 90, 60, 160, 120, fill=True)
    grey = light + grain + wall
    image = grey.bandjoin([grey * 0.9 + 8, grey * 0.7 + 30]).cast("uchar")
    return image.copy(interpretation="srgb").copy_memory()


@pytest.fixture(scope="module")
def chart() -> pyvips.Image:
    """Drawn: stripes and blocks of flat colour, which PNG's filters do no good."""
    image = pyvips.Image.black(360, 240, bands=3).linear(1, [250, 248, 240]).cast("uchar")
    for at in range(900):
        colour = [at * 37 % 256, at * 91 % 256, at * 53 % 256]
        image = image.draw_rect(colour, at * 53 % 350, at * 31 % 230, 9, 7, fill=True)
    return image.copy(interpretation="srgb").copy_memory()


@pytest.mark.parametrize(
    ("format_", "megapixels", "tries"),
    [
        ("avif", 0.5, 1),
        ("avif", 5, 1),
        ("avif", 8, 1),
        ("avif", 25, 0),
        ("webp", 5, 4),
        ("webp", 25, 2),
        ("jxl", 0.5, 3),
        ("jxl", 25, 3),
        ("jpg", 12, 1),
        ("jpg", 25, 0),
    ],
)
def test_large_answers_get_less_effort(format_, megapixels, tries):
    assert effort(format_, megapixels * MEGAPIXEL) == tries


def test_patience_is_more_effort_whatever_the_size():
    for format_ in ("avif", "webp", "jxl", "png"):
        assert effort(format_, 25 * MEGAPIXEL, patient=True) > effort(format_, 1000)


def test_the_same_picture_scores_100(photo):
    assert Reference(photo).score(photo) == pytest.approx(100, abs=0.01)


def test_worse_copies_score_less(photo):
    reference = Reference(photo)
    files = [photo.webpsave_buffer(Q=quality) for quality in (95, 75, 50, 20)]
    scores = [reference.score(decoded(file, "webp")) for file in files]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 80
    assert scores[-1] < scores[0] - 10


@pytest.mark.parametrize("size", [(360, 240), (301, 199), (120, 90), (33, 240)])
def test_scores_are_near_those_of_the_authors(photo, size):
    pytest.importorskip("ssimulacra2")
    pytest.importorskip("cv2")
    from benchmarks.aim.metric import Reference as Theirs

    part = photo.crop(0, 0, *size)
    ours, theirs = Reference(part), Theirs(part)
    for quality in (90, 75, 50, 10):
        copy = decoded(part.webpsave_buffer(Q=quality), "webp")
        assert ours.score(copy) == pytest.approx(theirs.score(copy), abs=0.1)


def test_a_picture_of_a_few_pixels_has_a_score():
    tiny = pyvips.Image.black(3, 2, bands=3).copy(interpretation="srgb")
    assert Reference(tiny).score(tiny) == 100


@pytest.mark.parametrize("format_", ["jpg", "webp", "avif", "jxl", "png"])
def test_patience_costs_no_quality_and_no_bytes(photo, format_):
    encoding = Encoding(format_, 75)
    prompt = encode([photo], encoding)
    patient = refined([photo], encoding, prompt).body
    reference = Reference(photo)
    assert len(patient) <= len(prompt)
    before, after = (reference.score(decoded(body, format_)) for body in (prompt, patient))
    assert after >= before - 0.06


@pytest.mark.parametrize("format_", ["webp", "png"])
def test_patience_pays_off_for_a_photo(photo, format_):
    encoding = Encoding(format_, 75)
    prompt = encode([photo], encoding)
    assert len(refined([photo], encoding, prompt).body) < len(prompt)


@pytest.mark.parametrize("format_", ["jpg", "webp", "avif", "jxl"])
def test_what_looks_better_than_its_level_means_is_brought_down_to_that(photo, format_):
    encoding = Encoding(format_, 80)
    prompt = encode([photo], encoding)
    reference = Reference(photo)
    enough = reference.score(decoded(prompt, format_)) - 5
    patient = refined([photo], encoding, prompt, enough).body
    assert len(patient) < 0.95 * len(refined([photo], encoding, prompt).body)
    assert reference.score(decoded(patient, format_)) >= enough - 0.06


@pytest.mark.parametrize("below", [3, 8, 20])
@pytest.mark.parametrize("format_", ["jpg", "webp", "avif", "jxl"])
def test_what_looks_worse_than_its_level_means_is_raised_to_that(photo, format_, below):
    encoding = Encoding(format_, 50)
    prompt = encode([photo], encoding)
    reference = Reference(photo)
    meant_ = reference.score(decoded(prompt, format_)) + below
    patient = refined([photo], encoding, prompt, meant_)
    assert patient.raised
    # one quality of JPEG's may be 2.4 points from the next
    assert meant_ - 0.56 <= reference.score(decoded(patient.body, format_)) < meant_ + 2.5


@pytest.mark.parametrize("below", [0.5, 1.9])
@pytest.mark.parametrize("format_", ["jpg", "webp", "avif", "jxl"])
def test_what_is_a_little_below_its_level_is_not_made_larger(photo, format_, below):
    encoding = Encoding(format_, 60)
    prompt = encode([photo], encoding)
    meant_ = Reference(photo).score(decoded(prompt, format_)) + below
    patient = refined([photo], encoding, prompt, meant_)
    assert len(patient.body) <= len(prompt)
    assert not patient.raised


@pytest.mark.parametrize(
    ("quality", "raised"),
    [
        pytest.param(60, True, id="as near as it comes"),
        pytest.param(97, False, id="no better one left"),
    ],
)
def test_a_level_out_of_reach(photo, quality, raised):
    encoding = Encoding("jpg", quality)
    prompt = encode([photo], encoding)
    patient = refined([photo], encoding, prompt, 99.5)
    assert patient.raised is raised
    reference = Reference(photo)
    before, after = (reference.score(decoded(body, "jpg")) for body in (prompt, patient.body))
    assert (after > before + TOLERANCE) is raised
    assert raised or len(patient.body) <= len(prompt)


@pytest.mark.parametrize(
    ("own_bytes", "below", "kind", "raised"),
    [
        pytest.param("more than the raised one", 8, "jpg", True, id="the raised one is shortest"),
        pytest.param("the raised one", 8, "png", True, id="the original is as short"),
        pytest.param("the prompt one", 8, "png", False, id="the original was the answer before"),
        pytest.param("the prompt one", 2.1, "jpg", False, id="and is longer than with patience"),
    ],
)
def test_the_original_goes_out_where_it_is_no_longer_than_what_was_raised(
    photo, own_bytes, below, kind, raised
):
    encoding = Encoding("jpg", 46)
    prompt = encode([photo], encoding)
    meant_ = Reference(photo).score(decoded(prompt, "jpg")) + below
    larger = refined([photo], encoding, prompt, meant_).body
    lengths = {
        "the prompt one": len(prompt),
        "the raised one": len(larger),
        "more than the raised one": len(larger) + 1,
    }
    own = b"x" * lengths[own_bytes]
    format_, best = _encoded(own, "png", [photo], encoding, meant_)
    assert (format_, best.raised) == (kind, raised)
    assert best.body == (own if kind == "png" else larger)


def test_a_number_is_never_raised(photo):
    encoding = Encoding("webp", 30)
    prompt = encode([photo], encoding)
    assert not refined([photo], encoding, prompt, meant(parse("q_30").output(), "webp")).raised


@pytest.mark.parametrize(
    ("text", "format_", "score"),
    [
        ("", "webp", 75.0),
        ("q_auto:best", "avif", 85.0),
        ("q_auto:low", "jpg", 50.0),
        ("q_80", "webp", math.inf),
        ("q_auto:eco:sensitive", "webp", math.inf),
        ("q_auto", "png", math.inf),
    ],
)
def test_a_level_means_a_score_and_a_number_does_not(text, format_, score):
    assert meant(parse(text).output(), format_) == score


def test_pixels_of_a_patient_png_are_the_same(photo):
    encoding = Encoding("png", None)
    patient = refined([photo], encoding, encode([photo], encoding)).body
    assert (decoded(patient, "png") - photo).abs().max() == 0


@pytest.mark.parametrize(
    "encoding",
    [
        pytest.param(Encoding("gif", None), id="a format without patience"),
        pytest.param(Encoding("png", 75, lossy=True), id="a palette"),
        pytest.param(Encoding("jxl", 100), id="without loss"),
    ],
)
def test_what_is_particular_stays_as_it_is(photo, encoding):
    body = encode([photo], encoding)
    assert refined([photo], encoding, body).body is body


def test_frames_that_move_stay_as_they_are(photo):
    frames = [photo, photo.invert()]
    body = encode(frames, Encoding("webp", 75))
    assert refined(frames, Encoding("webp", 75), body).body is body


def test_transparency_is_kept(photo):
    alpha = (pyvips.Image.xyz(360, 240)[0] * (255 / 360)).cast("uchar")
    image = photo.bandjoin(alpha).copy(interpretation="srgb").copy_memory()
    for format_ in ("webp", "avif", "jxl", "png"):
        encoding = Encoding(format_, 75)
        body = refined([image], encoding, encode([image], encoding)).body
        assert decoded(body, format_).bands == 4


def test_a_job_with_patience_gives_fewer_bytes(chart, tmp_path):
    path = tmp_path / "chart.png"
    chart.pngsave(str(path))
    job = RenderJob(str(path), "c_crop,h_200,w_300", ("png",))
    prompt = render(job)
    patient = render(msgspec.structs.replace(job, effort="patient"))
    assert len(patient.body) < len(prompt.body)
    assert (patient.width, patient.media_type) == (prompt.width, prompt.media_type)


def test_a_job_with_patience_says_that_it_raised_the_picture(photo, tmp_path, monkeypatch):
    path = tmp_path / "photo.png"
    photo.pngsave(str(path))
    job = RenderJob(str(path), "c_crop,h_200,w_300/q_auto", ("webp",))
    prompt = render(job)
    monkeypatch.setitem(LEVELS, "good", LEVELS["good"] + 12)
    patient = render(msgspec.structs.replace(job, effort="patient"))
    assert (prompt.raised, patient.raised) == (False, True)
    assert len(patient.body) > len(prompt.body)


@pytest.mark.parametrize(
    ("old", "new", "raised", "worth"),
    [
        (1000, 970, False, True),
        (1000, 971, False, False),
        (1000, 1200, False, False),
        (1000, 1200, True, True),
        (1000, 999, True, True),
    ],
)
def test_three_percent_are_worth_it_or_what_a_level_means(old, new, raised, worth):
    assert is_worth_it(old, new, raised=raised) is worth


async def test_a_real_process_makes_a_real_picture_smaller(chart, tmp_path):
    now = [0.0]
    limits = Limits()
    delivery = Delivery(
        InMemory({"chart.png": chart.pngsave_buffer()}),
        Memory(10**7),
        Tiered([Disk(tmp_path / "cache", 10**8)]),
        FileLeases(tmp_path / "leases"),
        Renderers(1, limits),
        limits,
        clock=lambda: now[0],
        # of the usual priority: it has to end on a busy machine too
        spare=lambda: Renderers(1, limits),
    )
    request = build(Source("upload", "chart", "png"), parse("c_crop,h_200,w_300"), Variant())
    await delivery.start()
    try:
        old = await delivery.get(request)
        for _ in range(3):
            await delivery.get(request)
        while len(delivery._flights):
            await asyncio.sleep(0.01)
        now[0] += QUIET_S
        assert await delivery.refining.look() == "done"
        new = await delivery.get(request)
    finally:
        await delivery.close()
    assert is_worth_it(len(old.rendered.body), len(new.rendered.body))
    assert new.rendered.etag != old.rendered.etag
    assert decoded(new.rendered.body, "png").width == 300


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks into /proc")
async def test_a_spare_process_runs_when_nothing_else_does():
    starting = asyncio.create_task(Renderers(1, Limits(), spare=True).start())
    try:
        while not any(_niceness(pid) == 19 for pid in _children()):
            assert not starting.done()
            await asyncio.sleep(0.01)
        found = [pid for pid in _children() if _niceness(pid) == 19]
        while os.sched_getscheduler(found[0]) != os.SCHED_IDLE:
            await asyncio.sleep(0.01)
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)


def _children() -> list[int]:
    tasks = Path("/proc/self/task").iterdir()
    return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]


def _niceness(pid: int) -> int | None:
    try:
        return os.getpriority(os.PRIO_PROCESS, pid)
    except ProcessLookupError:
        return None
