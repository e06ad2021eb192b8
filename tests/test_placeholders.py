"""What stands in a page until a picture is there: pixels out of a PNG, the dominant colour, the ThumbHash."""

import io

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pictures.pixels import NotReadable, Pixels, dominant, read_png
from api.pictures.thumbhash import thumbhash


def noise(width, height, alpha):
    """A picture that is the same everywhere: waves and a linear congruential generator."""
    state, rgba = 12345, bytearray()
    for at in range(width * height):
        x, y = at % width, at // width
        for band in range(4):
            state = (state * 1103515245 + 12345) % 2**31
            wave = (x * (band + 2) * 97 // width + y * (3 - band) * 89 // height) % 256
            rgba.append((wave * 3 + (state >> 16) % 256) // 4 if alpha or band < 3 else 255)
    return Pixels(width, height, bytes(rgba))


# --- ThumbHash -------------------------------------------------------------------------------------------------------

VECTORS = [
    # size, with alpha, what two other implementations of the format say (fast-thumbhash 1.0.0, thumbhash-python 1.0.1)
    ((32, 24), False, "HwgGFYQpkHcnsGk2q2WZd+oMNN8W"),
    ((24, 32), False, "HwgGFQQYkCewWcJqiXd2ePsNE+4F"),
    ((100, 100), False, "HwgGDwQ5kHdHoGk2q2aZdWeHt/4x4V8C"),
    ((90, 10), False, "HwgGEYQokHgmsFnE2QskzwQ="),
    ((7, 61), False, "HggGGQYHJmO0loaH+UpTvyY="),
    ((5, 5), False, "HAgKJwYVlmgFxodnW2ZohWiIp29T/WUH"),
    ((40, 40), True, "4PeBDQInK7FYwCR/eek/Ff5UVKB3d3iIhw=="),
    ((30, 20), True, "4AeCC4InC8FHwBP3LwT/VGSQiHeIeIc="),
    ((12, 50), True, "4AeCCQIXCkgxc3n3XBbPVSLAeHh4d4c="),
]


@pytest.mark.parametrize(("size", "alpha", "expected"), VECTORS)
def test_the_hash_is_the_one_that_others_write(size, alpha, expected):
    width, height = size
    assert thumbhash(noise(width, height, alpha)) == expected


def test_a_flat_picture_has_no_terms_whatever_its_rounding():
    """Its terms are rounding errors, which nobody may stretch to full scale."""
    grey = Pixels(8, 8, bytes((128, 128, 128, 255)) * 64)
    assert thumbhash(grey) == "IAgCBwAAAAAAAAAAAAAAAAAAAAAAAAAA"
    nothing = Pixels(5, 5, bytes(100))
    assert thumbhash(nothing) == "AAiCBQAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="


@pytest.mark.parametrize("size", [(0, 1), (1, 0), (101, 1), (1, 101)])
def test_larger_pictures_are_refused(size):
    width, height = size
    with pytest.raises(ValueError, match="expected 1 to 100"):
        thumbhash(Pixels(width, height, bytes(width * height * 4)))


@given(width=st.integers(1, 40), height=st.integers(1, 40), data=st.data())
def test_any_picture_has_a_hash_that_fits_its_column(width, height, data):
    rgba = data.draw(st.binary(min_size=width * height * 4, max_size=width * height * 4))
    assert len(thumbhash(Pixels(width, height, rgba))) <= 40


# --- pixels ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(1, 1), (32, 24), (5, 31)])
def test_a_png_is_read_as_a_decoder_reads_it(mode, size):
    width, height = size
    made = noise(width, height, alpha=True)
    image = PIL.Image.frombytes("RGBA", size, made.rgba).convert(mode)
    file = io.BytesIO()
    image.save(file, "png")
    assert read_png(file.getvalue()) == Pixels(width, height, image.convert("RGBA").tobytes())


@pytest.mark.parametrize("mode", ["P", "1", "I;16"])
def test_other_pngs_are_not(mode):
    file = io.BytesIO()
    PIL.Image.new(mode, (2, 2)).save(file, "png")
    with pytest.raises(NotReadable, match="depth"):
        read_png(file.getvalue())
    with pytest.raises(NotReadable, match="no PNG"):
        read_png(b"GIF89a")


DOMINANT = [
    # pixels, how often each, the colour
    ({(1, 2, 255, 255): 1}, "#0102ff"),
    # half black, half white and a bit more red: grey, their mean, is nowhere to be seen
    ({(200, 10, 10, 255): 24, (0, 0, 0, 255): 20, (255, 255, 255, 255): 20}, "#c80a0a"),
    # near colours count together
    ({(200, 10, 10, 255): 1, (210, 20, 20, 255): 1, (0, 0, 0, 255): 1}, "#cd0f0f"),
    ({(255, 0, 0, 0): 1}, "#ffffff"),
    ({(0, 0, 0, 128): 1}, "#7f7f7f"),
]


@pytest.mark.parametrize(("seen", "colour"), DOMINANT)
def test_the_dominant_colour_is_one_that_is_there(seen, colour):
    rgba = b"".join(bytes(pixel) * count for pixel, count in seen.items())
    assert dominant(Pixels(len(rgba) // 4, 1, rgba)) == colour
