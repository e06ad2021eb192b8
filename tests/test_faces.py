"""Faces: where they are, which window they choose, what is done to them, and what happens where there are none.

Geometry is tried on plain sheets with a finder that sees what it is told to; the real detector on the shared photos.
"""

import pytest
import pyvips

from imgproxy import faces
from imgproxy.errors import BadParameter, LimitExceeded
from imgproxy.faces import yunet
from imgproxy.grammar import parse
from imgproxy.operations import _framing as framing
from imgproxy.render.interpret import Scope, walk
from imgproxy.render.job import RenderJob
from imgproxy.render.pipeline import render
from imgproxy.step import Output, Scene
from imgproxy.values import Face, Size
from tests import services

LEFT = Face(0.1, 0.2, 0.1, 0.2, 0.9)
RIGHT = Face(0.7, 0.5, 0.2, 0.4, 0.9)
"""On 1000×500: 100×100 at 100,100 and 200×200 at 700,250, the larger one."""
DOUBT = Face(0.4, 0.1, 0.1, 0.2, 0.69)


def chart(width: int = 1000, height: int = 500) -> pyvips.Image:
    """Red is how far from the left, green how far from the top, blue nothing; in 250 steps each."""
    at = pyvips.Image.xyz(width, height)
    bands = [at[0] * 250 / width, at[1] * 250 / height, at[0] * 0]
    return bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb").copy_memory()


def drawn(text, *found, picture=None, searches=None):
    """The picture after the transformation when the finder finds these."""
    picture = picture or chart()
    scene = Scene(Size(picture.width, picture.height), parse(text).output().dpr)

    def find(image, longest_px):
        if searches is not None:
            searches.append((image.width, image.height, longest_px))
        return tuple(sorted(found, key=lambda face: -face.width * face.height))

    scene.find_faces = find
    return walk(parse(text).nodes, picture, Scope(scene, Output()))


def window(image, outer=(1000, 500)):
    """Left, top, right, bottom of what of the chart it shows, to about its steps."""
    low, high = image(0, 0), image(image.width - 1, image.height - 1)
    across, down = outer[0] / 250, outer[1] / 250
    return [low[0] * across, low[1] * down, high[0] * across, high[1] * down]


# --- windows ---------------------------------------------------------------------------------------------------------

WINDOWS = [
    # one face: the window's middle is the face's, or the edge of the picture
    ("c_crop,g_face,h_200,w_300", (LEFT, RIGHT), (650, 250, 950, 450)),
    ("c_crop,g_face,h_200,w_300", (LEFT,), (0, 50, 300, 250)),
    ("c_crop,g_face,h_100,w_100", (LEFT,), (100, 100, 200, 200)),
    ("c_crop,g_face,h_100,w_100,x_20,y_-10", (LEFT,), (120, 90, 220, 190)),
    ("c_crop,g_face,w_300", (RIGHT,), (650, 0, 950, 500)),
    ("c_fill,g_face,h_500,w_400", (RIGHT,), (600, 0, 1000, 500)),
    ("c_fill,g_face,h_250,w_200", (LEFT, RIGHT), (600, 0, 1000, 500)),
    # all faces: the middle of their rectangle, or as much of them as goes in
    ("c_crop,g_faces,h_400,w_900", (LEFT, RIGHT), (50, 75, 950, 475)),
    ("c_crop,g_faces,h_500,w_300", (LEFT, RIGHT), (650, 0, 950, 500)),
    ("c_fill,g_faces,h_250,w_450", (LEFT, RIGHT), (50, 0, 950, 500)),
    # no side: the face's own box, and around it
    ("c_crop,g_face", (LEFT, RIGHT), (700, 250, 900, 450)),
    ("c_crop,g_face,z_0.5", (LEFT,), (50, 50, 250, 250)),
    ("c_crop,g_face,z_2", (LEFT,), (125, 125, 175, 175)),
    ("c_crop,g_faces", (LEFT, RIGHT), (100, 100, 900, 450)),
    ("c_crop,g_face,z_0.1", (LEFT,), (0, 0, 1000, 500)),
    # a body hangs from its face
    ("c_crop,g_body,h_300,w_300", (LEFT,), (0, 130, 300, 430)),
    # nobody, or only a doubt: the fallback
    ("c_crop,g_face,h_200,w_300", (), (350, 0, 650, 200)),
    ("c_crop,g_face,h_200,w_300", (DOUBT,), (350, 0, 650, 200)),
    ("c_crop,g_faces:center,h_200,w_300", (), (350, 150, 650, 350)),
    ("c_crop,g_body,h_200,w_300", (), (350, 0, 650, 200)),
    ("c_crop,g_custom,h_200,w_300", (LEFT,), (350, 150, 650, 350)),
    ("c_crop,g_custom:face,h_100,w_100", (LEFT,), (100, 100, 200, 200)),
    ("c_crop,g_face", (), (0, 0, 1000, 500)),
    ("c_fill,g_face,h_500,w_400", (), (300, 0, 700, 500)),
    ("c_thumb,g_face,h_500,w_400", (), (300, 0, 700, 500)),
    # a close-up: the face has 0.6 of the height
    ("c_thumb,g_face,h_100,w_100", (LEFT,), (67, 67, 233, 233)),
    ("c_thumb,g_face,h_300,w_300", (LEFT,), (67, 67, 233, 233)),
    ("c_thumb,g_face,h_100,w_100,z_0.5", (LEFT,), (0, 0, 333, 333)),
    ("c_thumb,g_face,h_100,w_100,z_2", (LEFT,), (108, 108, 192, 192)),
    ("c_thumb,g_face,h_100,w_200", (LEFT,), (0, 67, 333, 233)),
    ("c_thumb,g_face,h_200,w_100", (LEFT,), (67, 0, 233, 333)),
    ("c_thumb,g_face,h_100,w_100", (RIGHT,), (633, 167, 967, 500)),
    ("c_thumb,g_faces,h_100,w_200", (LEFT, RIGHT), (17, 17, 983, 500)),
    ("c_thumb,g_face,h_100,w_100,z_0.01", (LEFT,), (0, 0, 500, 500)),
]


@pytest.mark.parametrize(("text", "found", "expected"), WINDOWS)
def test_windows(text, found, expected):
    result = drawn(text, *found)
    # two steps of the chart, and a pixel of rounding where it was scaled
    assert window(result) == pytest.approx(expected, abs=10)


SIZES = [
    ("c_thumb,g_face,h_100,w_150", (LEFT,), (150, 100)),
    ("c_thumb,g_face,h_900,w_900", (LEFT,), (900, 900)),
    ("c_thumb,g_face,w_90", (LEFT,), (90, 45)),
    ("ar_1:2,c_thumb,g_face,h_90", (LEFT,), (45, 90)),
    ("c_thumb,dpr_2.0,g_face,h_100,w_100", (LEFT,), (200, 200)),
    ("c_thumb,g_faces,h_10,w_990", (LEFT, RIGHT), (990, 10)),
    ("c_crop,g_face", (LEFT,), (100, 100)),
    ("c_crop,g_face,z_0.8", (LEFT,), (125, 125)),
    ("c_crop,g_face", (Face(-0.05, 0.9, 0.1, 0.2, 0.9),), (50, 50)),
    ("ar_1,c_crop,g_face", (LEFT,), (500, 500)),
    ("c_lfill,g_face,h_2000,w_200", (LEFT,), (200, 500)),
]


@pytest.mark.parametrize(("text", "found", "size"), SIZES)
def test_sizes_are_those_asked_for(text, found, size):
    result = drawn(text, *found)
    assert (result.width, result.height) == size


def test_a_close_up_of_a_small_face_does_not_enlarge_the_whole_picture():
    """Cut first, then enlarged: 40 px of a face in 1000 px to 800 px would be 20000×10000 otherwise."""
    small = Face(0.5, 0.5, 0.04, 0.08, 0.9)
    scene = Scene(Size(1000, 500), max_pixels=700_000)
    step = next(parse("c_thumb,g_face,h_800,w_800").steps())
    scene.find_faces = lambda *_: (small,)
    assert step.apply(chart(), scene).width == 800
    with pytest.raises(LimitExceeded):
        next(parse("c_thumb,g_face,h_900,w_900").steps()).apply(chart(), scene)


@pytest.mark.parametrize("zoom", [0.2, 0.5, 1, 1.5, 4])
@pytest.mark.parametrize("found", [(LEFT,), (RIGHT,), (LEFT, RIGHT), (Face(0, 0, 1, 1),)])
@pytest.mark.parametrize("target", [Size(100, 100), Size(300, 40), Size(7, 200), Size(1, 1)])
def test_a_close_up_lies_in_the_picture_and_has_the_ratio_asked_for(zoom, found, target):
    outer = Size(1000, 500)
    inner = framing.close_up(outer, found, target, zoom)
    assert inner.width <= outer.width
    assert inner.height <= outer.height
    slack = max(1 / inner.width, 1 / inner.height) * 1.01
    assert inner.width / inner.height == pytest.approx(target.width / target.height, rel=slack)


# --- searching -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "searches"),
    [
        ("c_crop,w_100", []),
        ("c_fill,g_north,h_9,w_9", []),
        ("c_fill,g_auto:no_faces,h_9,w_9", []),
        ("c_crop,g_face,w_100", [(1000, 500, 640)]),
        ("c_fill,g_faces,h_9,w_9", [(1000, 500, 640)]),
        ("c_fill,g_auto,h_9,w_9", [(1000, 500, 320)]),
        ("c_fill,g_face:auto,h_9,w_9", [(1000, 500, 640)]),
        ("c_thumb,g_face,h_9,w_9", [(1000, 500, 640)]),
        ("c_crop,g_face/e_blur_faces", [(1000, 500, 640), (200, 200, 1280)]),
        ("e_blur_faces/e_blur_faces", [(1000, 500, 1280), (1000, 500, 1280)]),
        ("if_fc_gt_0/c_crop,w_10/if_end", [(1000, 500, 640)]),
    ],
)
def test_faces_are_searched_when_somebody_asks_and_once_for_each_who_does(text, searches):
    came: list[tuple[int, int, int]] = []
    drawn(text, RIGHT, searches=came)
    assert came == searches


def test_the_first_frame_decides_for_all():
    scene = Scene(Size(1000, 500))
    found = [(LEFT,), (RIGHT,)]
    scene.find_faces = lambda *_: found.pop(0)
    step = next(parse("c_crop,g_face,h_100,w_100").steps())
    assert [window(step.apply(chart(), scene)) for _ in range(2)] == [
        pytest.approx([100, 100, 200, 200], abs=5)
    ] * 2
    assert found == [(RIGHT,)]


@pytest.mark.parametrize(
    ("found", "width"), [((), 500), ((DOUBT,), 500), ((LEFT,), 10), ((LEFT, RIGHT), 20)]
)
def test_faces_can_be_counted(found, width):
    text = (
        "if_fc_eq_1/c_crop,w_10/if_else/if_fc_gt_1/c_crop,w_20/if_else/c_crop,w_500/if_end/if_end"
    )
    assert drawn(text, *found).width == width


def test_nobody_is_there_without_the_extra(monkeypatch):
    monkeypatch.setattr("imgproxy.faces.yunet.is_installed", lambda: False)
    assert faces.find(chart()) == ()


# --- effects ---------------------------------------------------------------------------------------------------------


def checks() -> pyvips.Image:
    """Black and white squares of 10 px."""
    at = pyvips.Image.xyz(400, 200) / 10
    board = ((at[0].floor() + at[1].floor()) % 2) * 255
    return board.bandjoin([board, board]).cast("uchar").copy(interpretation="srgb").copy_memory()


@pytest.mark.parametrize(
    "text", ["e_blur_faces", "e_blur_faces:1500", "e_pixelate_faces", "e_pixelate_faces:40"]
)
def test_a_face_is_hidden_and_nothing_else(text):
    face = Face(0.3, 0.2, 0.2, 0.5, 0.6)
    before = checks()
    after = drawn(text, face, picture=before)
    inside = after.crop(125, 45, 70, 90)
    assert inside.deviate() < 70, "squares are 127 apart from their mean"
    apart = (after - before).abs()
    # the ellipse is a third larger than the box, its rim three sigma wider
    assert apart.crop(0, 0, 88, 200).max() == 0
    assert apart.crop(232, 0, 168, 200).max() == 0
    assert apart.crop(0, 0, 400, 5).max() == 0


def test_corners_of_a_face_s_box_stay():
    after = drawn("e_pixelate_faces:40", Face(0.25, 0, 0.5, 1, 0.9), picture=checks())
    assert (after - checks()).abs().crop(0, 0, 60, 10).max() == 0


@pytest.mark.parametrize("text", ["e_blur_faces", "e_pixelate_faces"])
@pytest.mark.parametrize(
    "found", [(), (Face(1.2, 0, 0.1, 0.1, 0.9),), (Face(0.5, 0.5, 0, 0, 0.9),)]
)
def test_nobody_no_change(text, found):
    assert (drawn(text, *found, picture=checks()) - checks()).abs().max() <= 0


@pytest.mark.parametrize(
    "text", ["e_blur_faces:0", "e_blur_faces:2001", "e_pixelate_faces:0", "e_pixelate_faces:201"]
)
def test_strengths_have_a_range(text):
    with pytest.raises(BadParameter):
        parse(text)


# --- the detector ----------------------------------------------------------------------------------------------------

PEOPLE = {
    "photo/three-faces-family.jpg": 3,
    "photo/two-faces-moving-in.jpg": 2,
    "photo/bar-24mp-progressive.jpg": 1,
    "photo/portrait-woman.jpg": 1,
    "photo/astronaut.png": 1,
    "photo/portrait-faces-mono.jpg": 2,
    "orientation/portrait-faces-6.jpg": 2,
    "kodak/kodim04.png": 1,
    "kodak/kodim15.png": 1,
    "photo/house-1.jpg": 0,
    "photo/coffee.png": 0,
    "photo/city-night.jpg": 0,
    "kodak/kodim23.png": 0,
    "orientation/portrait_6.jpg": 0,
}


@pytest.fixture
def people(shared_images):
    """A function from the name of a shared picture to its upright pixels, where the extra is installed."""
    services.require_or_skip(yunet.is_installed(), "the extra faces is not installed")

    def loaded(name):
        report = render(RenderJob(str(shared_images / name), "c_limit,h_640,w_640", ("png",)))
        return pyvips.Image.new_from_buffer(report.body, "")

    return loaded


@pytest.mark.parametrize(("name", "count"), PEOPLE.items())
def test_people_are_found_and_only_people(people, name, count):
    found = [face for face in faces.find(people(name)) if face.is_sure]
    assert len(found) == count
    assert found == sorted(found, key=lambda face: face.width * face.height, reverse=True)
    for face in found:
        assert len(face.eyes) == 2
        assert all(face.x < x < face.x + face.width for x, _ in face.eyes)
        assert all(face.y < y < face.y + face.height * 0.6 for _, y in face.eyes)


def test_faces_are_where_they_were_whatever_the_size(people):
    """The same two people large and small, with alpha and mirrored."""
    picture = people("photo/two-faces-moving-in.jpg")
    left, right = sorted(faces.find(picture))
    assert (left.x, right.x) == pytest.approx((0.43, 0.635), abs=0.01)
    for other in (picture.resize(0.4), picture.resize(2), picture.addalpha()):
        again = sorted(faces.find(other))
        assert [face.x for face in again] == pytest.approx([left.x, right.x], abs=0.02)
    mirrored = sorted(faces.find(picture.fliphor()))
    assert [1 - face.x - face.width for face in mirrored] == pytest.approx(
        [right.x, left.x], abs=0.02
    )


@pytest.mark.parametrize("size", [(1, 1), (9000, 3), (3, 900)])
def test_a_picture_too_small_for_a_face_has_none(people, size):
    assert faces.find(pyvips.Image.black(*size, bands=3).copy(interpretation="srgb")) == ()


@pytest.mark.parametrize(
    "text", ["c_thumb,g_face,h_100,w_100", "c_fill,g_face,h_60,w_40", "c_fill,g_auto,h_60,w_40"]
)
def test_a_small_answer_of_a_large_original_finds_the_face_too(people, shared_images, text):
    """24 megapixels, one face of a twelfth of the width: the search happens before the scaling."""
    path = str(shared_images / "photo/bar-24mp-progressive.jpg")
    body = render(RenderJob(path, text, ("png",))).body
    result = pyvips.Image.new_from_buffer(body, "").resize(6)
    assert len([face for face in faces.find(result) if face.is_sure]) == 1


@pytest.mark.parametrize("size", ["h_300,w_400", "h_90,w_90", "h_640,w_20"])
def test_a_picture_that_was_searched_looks_as_one_that_was_not(shared_images, size):
    """The copy made for searching is used again where it is large enough."""
    path = str(shared_images / "photo/house-1.jpg")
    searched, plain = (
        pyvips.Image.new_from_buffer(render(RenderJob(path, text, ("png",))).body, "")
        for text in (f"c_fill,g_face:center,{size}", f"c_fill,g_center,{size}")
    )
    # leaves and grass at 90 px; decoders shrink by boxes, which differs from a second Lanczos that much
    assert (searched - plain).abs().avg() < 3


@pytest.mark.parametrize("text", ["e_blur_faces:2000", "e_pixelate_faces"])
@pytest.mark.parametrize("name", [name for name, count in PEOPLE.items() if count])
def test_hidden_faces_are_found_no_more(people, name, text):
    hidden = drawn_with_detector(people(name), text)
    assert not [face for face in faces.find(hidden) if face.is_sure]


def drawn_with_detector(picture, text):
    scene = Scene(Size(picture.width, picture.height))
    scene.find_faces = faces.find
    return walk(parse(text).nodes, picture, Scope(scene, Output()))
