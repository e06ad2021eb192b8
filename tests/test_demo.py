"""The demo's photos: what the catalogue promises, every start after the first, and a start that was cut short.

Everything is drawn at an eighth of its size, which exercises every line of every scene in a few seconds.
"""

import hashlib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import msgspec
import pytest
import pyvips

from api.demo import (
    CATALOGUE,
    DemoPhoto,
    DrawingFailed,
    Original,
    draw_all,
    print_progress,
    texture,
)
from api.demo.camera import Camera, front, hull
from api.demo.canvas import Canvas, Frame
from api.demo.catalogue import draw
from api.demo.palette import mix, times
from api.demo.photo import looked_at
from api.demo.studio import make

EIGHTH = 0.125


@pytest.fixture(scope="module", autouse=True)
def textures_are_given_back() -> Iterator[None]:
    """Drawing keeps its tiles for the next photo; a test run has none."""
    yield
    for kept in vars(texture).values():
        if hasattr(kept, "cache_clear"):
            kept.cache_clear()


class Drawn(msgspec.Struct):
    folder: Path
    photos: tuple[DemoPhoto, ...]
    told: list[tuple[int, int, str]]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Drawn:
    folder = tmp_path_factory.mktemp("originals")
    told: list[tuple[int, int, str]] = []
    photos = draw_all(folder, lambda *step: told.append(step), scale=EIGHTH)
    return Drawn(folder, photos, told)


def named(public_id: str) -> Original:
    return next(original for original in CATALOGUE if original.public_id == public_id)


def eighth(side: int) -> int:
    return round(side * EIGHTH)


# --- the catalogue ----------------------------------------------------------------------------------------------------


def test_the_catalogue_is_a_portfolio():
    """Two dozen large photographs, both orientations, and one of each awkward kind."""
    photos = [original for original in CATALOGUE if original.suffix == ".jpg"]
    assert len(photos) >= 24
    assert all(3000 <= max(original.size) <= 4000 for original in photos)
    assert sum(original.height > original.width for original in photos) >= 2
    assert sum(original.turned for original in photos) >= 1
    assert {original.suffix for original in CATALOGUE} == {".jpg", ".png", ".gif"}
    assert {original.kind for original in CATALOGUE} == {"exterior", "interior", "detail"}


def test_public_ids_and_alt_texts_are_all_different():
    assert len({original.public_id for original in CATALOGUE}) == len(CATALOGUE)
    assert len({original.alt_text for original in CATALOGUE}) == len(CATALOGUE)
    assert all("." not in original.public_id for original in CATALOGUE)


# --- the files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("original", CATALOGUE, ids=lambda original: original.public_id)
def test_each_file_is_upright_as_large_as_the_catalogue_says(drawn, original):
    image = pyvips.Image.new_from_file(str(drawn.folder / original.filename)).autorot()
    assert (image.width, image.height) == (eighth(original.width), eighth(original.height))
    # A blank sheet would have this size too: a picture has light and dark in it.
    assert image.extract_band(0).deviate() > 15


@pytest.mark.parametrize(
    ("public_id", "field", "expected"),
    [
        ("rooms/blue-bedroom", "orientation", 6),
        ("rooms/blue-bedroom", "width", eighth(3200)),
        ("houses/night-tower", "width", eighth(2400)),
        ("houses/night-tower", "bands", 3),
        ("plans/villa-floor-plan", "bands", 4),
        ("houses/day-and-night", "n-pages", 12),
        ("houses/day-and-night", "loop", 0),
    ],
)
def test_the_awkward_files_are_awkward(drawn, public_id, field, expected):
    image = pyvips.Image.new_from_file(str(drawn.folder / named(public_id).filename))
    assert image.get(field) == expected


def test_the_floor_plan_is_cut_out(drawn):
    alpha = pyvips.Image.new_from_file(str(drawn.folder / "plans/villa-floor-plan.png"))[3]
    assert (alpha.min(), alpha.max()) == (0, 255)


def test_the_animation_moves(drawn):
    path = str(drawn.folder / "houses/day-and-night.gif")
    morning, night = (pyvips.Image.new_from_file(path, page=page)[:3].avg() for page in (0, 9))
    assert morning > night + 40


def test_a_photo_says_what_it_shows(drawn):
    image = pyvips.Image.new_from_file(str(drawn.folder / "houses/lake-villa.jpg"))
    assert image.get("exif-ifd0-ImageDescription").startswith(named("houses/lake-villa").alt_text)


# --- what the portal is told ------------------------------------------------------------------------------------------


def test_the_photos_come_in_catalogue_order_with_what_a_page_needs(drawn):
    assert [photo.public_id for photo in drawn.photos] == [o.public_id for o in CATALOGUE]
    for photo, original in zip(drawn.photos, CATALOGUE, strict=True):
        assert (photo.width, photo.height) == (eighth(original.width), eighth(original.height))
        assert (photo.kind, photo.alt_text) == (original.kind, original.alt_text)
        assert len(photo.color) == 7
        assert int(photo.color[1:], 16) >= 0
        assert photo.placeholder.startswith("data:image/webp;base64,")
        assert len(photo.placeholder) <= 250


def test_progress_is_told_once_per_photo(drawn):
    assert [step[0] for step in drawn.told] == list(range(1, len(CATALOGUE) + 1))
    assert {step[1] for step in drawn.told} == {len(CATALOGUE)}
    assert {step[2] for step in drawn.told} == {original.public_id for original in CATALOGUE}


# --- later starts -----------------------------------------------------------------------------------------------------


def stamps(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_a_second_start_writes_nothing_and_says_the_same(drawn):
    before = stamps(drawn.folder)
    told: list[tuple[int, int, str]] = []
    assert draw_all(drawn.folder, lambda *step: told.append(step), scale=EIGHTH) == drawn.photos
    assert told == []
    assert stamps(drawn.folder) == before


def test_a_half_finished_set_is_completed_and_nothing_else_touched(drawn):
    lost = drawn.folder / "rooms/navy-kitchen.jpg"
    remains = drawn.folder / "rooms/.navy-kitchen.1.part.jpg"
    was = lost.read_bytes()
    lost.unlink()
    remains.write_bytes(b"half a file")
    before = stamps(drawn.folder)
    told: list[tuple[int, int, str]] = []
    assert draw_all(drawn.folder, lambda *step: told.append(step), scale=EIGHTH) == drawn.photos
    assert told == [(1, 1, "rooms/navy-kitchen")]
    assert lost.read_bytes() == was, "the same scene gives the same bytes"
    assert not remains.exists()
    changed = {path for path, stamp in stamps(drawn.folder).items() if before.get(path) != stamp}
    assert {Path(path).name for path in changed} == {"navy-kitchen.jpg", "demo.json"}


def test_without_its_list_the_studio_looks_again(drawn):
    (drawn.folder / "demo.json").write_text("not json")
    assert draw_all(drawn.folder, lambda *_: None, scale=EIGHTH) == drawn.photos


def test_a_file_replaced_by_hand_is_measured_again(drawn, tmp_path):
    for original in CATALOGUE:
        link = tmp_path / original.filename
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(drawn.folder / original.filename)
    mine = tmp_path / "houses/beach-house.jpg"
    mine.unlink()
    pyvips.Image.black(300, 100, bands=3).linear(1, [10, 200, 30]).cast("uchar").jpegsave(str(mine))
    photos = draw_all(tmp_path, lambda *_: None, scale=EIGHTH)
    photo = next(photo for photo in photos if photo.public_id == "houses/beach-house")
    assert (photo.width, photo.height) == (300, 100)
    assert int(photo.color[3:5], 16) > 150


def test_no_name_is_given_to_half_a_file(tmp_path):
    """A drawing that fails while it is written leaves neither the photo nor its remains."""
    folder = tmp_path / "originals"
    (folder / "houses/beach-house.jpg").mkdir(parents=True)
    with pytest.raises(DrawingFailed) as caught:
        make(named("houses/beach-house"), folder, 0.02)
    assert "houses/beach-house" in str(caught.value)
    assert [path.name for path in (folder / "houses").iterdir()] == ["beach-house.jpg"]


# --- drawing ----------------------------------------------------------------------------------------------------------


def digest(image: pyvips.Image) -> str:
    return hashlib.sha256(image.write_to_memory()).hexdigest()


@pytest.mark.parametrize(
    "public_id", ["houses/forest-cabin", "houses/glass-pavilion", "rooms/quiet-study"]
)
def test_a_scene_is_the_same_picture_every_time(public_id):
    assert digest(draw(named(public_id), 0.06)) == digest(draw(named(public_id), 0.06))


def test_what_lies_behind_the_viewer_is_cut_off():
    camera = Camera(Frame(1000, 1000, 1), (0, 0, 1.6))
    floor = [(-1.0, -5.0, 0.0), (1.0, -5.0, 0.0), (1.0, 5.0, 0.0), (-1.0, 5.0, 0.0)]
    assert len(camera.outline(floor)) == 4
    assert camera.outline([(x, y - 9, z) for x, y, z in floor]) == []


def test_a_metre_looks_half_as_long_at_twice_the_distance():
    camera = Camera(Frame(1000, 1000, 1), (0, 0, 1.6))
    near, far = (front(camera, 0, y, 0, 1, 1).quad(0, 0, 1, 1) for y in (4.0, 8.0))
    assert near[1][0] - near[0][0] == pytest.approx(2 * (far[1][0] - far[0][0]))


def test_a_hull_leaves_out_what_is_inside():
    square = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)]
    assert set(hull([*square, (1.0, 1.0), (0.5, 1.5)])) == set(square)


def test_a_canvas_has_the_pixels_of_its_frame():
    canvas = Canvas(Frame(100, 50, 2))
    canvas.polygon([(0, 0), (50, 0), (50, 50), (0, 50)], "#ff0000")
    image = canvas.render()
    assert (image.width, image.height, image.bands) == (200, 100, 4)
    assert image(10, 10) == [255, 0, 0, 255]
    assert image(150, 10)[3] == 0


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (mix("#000000", "#ffffff", 0.5), "#808080"),
        (mix("#102030", "#ffffff", 0), "#102030"),
        (times("#808080", 0.5), "#404040"),
        (times("#808080", (2, 1, 0)), "#ff8000"),
    ],
)
def test_colours_mix_and_take_light(made, expected):
    assert made == expected


def test_a_turned_photo_is_measured_upright(tmp_path):
    image = pyvips.Image.black(40, 20, bands=3).cast("uchar").copy(interpretation="srgb")
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    image.jpegsave(str(tmp_path / "turned.jpg"))
    look = looked_at(tmp_path / "turned.jpg")
    assert (look.width, look.height) == (20, 40)
    assert (look.color, look.thumbhash[:3]) == ("#000000", "AAg")  # black without colour


# --- the bar ----------------------------------------------------------------------------------------------------------


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_plain_lines():
    out = StringIO()
    print_progress(3, 28, "houses/beach-house", out)
    assert out.getvalue() == "demo photos 3/28 houses/beach-house\n"


def test_a_terminal_gets_one_line_that_ends_when_all_is_done():
    out = Terminal()
    for done in (1, 2):
        print_progress(done, 2, "houses/beach-house", out)
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().count("\r") == 2
    assert "█" * 28 in out.getvalue()
