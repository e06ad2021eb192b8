"""One wish is asked of every server in its own words, and what comes back is what was asked for, or is not compared."""

import os
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import pyvips
from msgspec import structs

from benchmarks.contestants import common_formats, given, memory_of, named
from benchmarks.errors import BadTarget, RemoteTarget, UnexpectedAnswer
from benchmarks.peer_bytes import Shot, bytes_at, mean_bytes_at
from benchmarks.peer_urls import STYLES, Peer, Wish, read_peer

WISH = Wish("a photo.jpg", 480, 360, "jpg", 75)


@pytest.mark.parametrize(
    ("style", "path"),
    [
        ("darkroom", "/demo/image/upload/c_fill,w_480,h_360/f_jpg/q_75/a%20photo.jpg"),
        ("imgproxy", "/unsafe/rs:fill:480:360/g:ce/q:75/f:jpg/plain/local:///a%2520photo.jpg"),
        ("imagor", "/unsafe/480x360/filters:format(jpeg):quality(75)/a%20photo.jpg"),
        ("thumbor", "/unsafe/480x360/filters:format(jpeg):quality(75)/a%20photo.jpg"),
    ],
)
def test_one_wish_is_spelled_for_each_server(style, path):
    assert STYLES[style](WISH) == path


@pytest.mark.parametrize(
    ("style", "path"),
    [
        ("darkroom", "/demo/image/upload/c_fill,w_480,h_360/f_avif/q_75/100%25%3F.jpg"),
        ("imgproxy", "/unsafe/rs:fill:480:360/g:ce/q:75/f:avif/plain/local:///100%2525%253F.jpg"),
        ("imagor", "/unsafe/480x360/filters:format(avif):quality(75)/100%25%3F.jpg"),
    ],
)
def test_a_name_may_hold_what_urls_are_made_of(style, path):
    assert STYLES[style](structs.replace(WISH, name="100%?.jpg", format="avif")) == path


@pytest.mark.parametrize(
    ("text", "peer"),
    [
        ("imgproxy=http://127.0.0.1:8081/", Peer("imgproxy", "http://127.0.0.1:8081")),
        ("imagor=http://127.0.0.1:8082,4711", Peer("imagor", "http://127.0.0.1:8082", 4711)),
    ],
)
def test_a_peer_is_a_style_a_base_url_and_perhaps_a_process(text, peer):
    assert read_peer(text) == peer


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("http://127.0.0.1:8081", BadTarget),
        ("sharp=http://127.0.0.1:8081", BadTarget),
        ("imagor=https://127.0.0.1", BadTarget),
        ("imagor=http://127.0.0.1:8081,", BadTarget),
        ("imagor=http://127.0.0.1:8081,self", BadTarget),
        ("imagor=http://10.0.0.1", RemoteTarget),
    ],
)
def test_any_other_peer_is_refused(text, error):
    with pytest.raises(error):
        read_peer(text)


# --- what they give -----------------------------------------------------------------------------

_SAVERS = {"jpeg": ".jpg", "webp": ".webp", "avif": ".avif"}


class _Peer(ThreadingHTTPServer):
    """Answers in the style of imagor, with a grey picture; a format that it does not write becomes JPEG."""

    daemon_threads = True
    writes = ("jpeg", "webp", "avif")
    shrunk = 0


class _Answers(BaseHTTPRequestHandler):
    server: _Peer

    def do_GET(self):
        _, _, size, filters, name = self.path.split("/")
        asked = filters.removeprefix("filters:format(").partition(")")[0]
        saver = _SAVERS[asked if asked in self.server.writes else "jpeg"]
        width, height = map(int, size.split("x"))
        picture = pyvips.Image.black(width - self.server.shrunk, height, bands=3)
        body = picture.copy(interpretation="srgb").write_to_buffer(saver)
        self.send_response(200 if name == "here.jpg" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def peer(**traits):
    with _Peer(("127.0.0.1", 0), _Answers) as server:
        for name, value in traits.items():
            setattr(server, name, value)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield named(read_peer(f"imagor=http://127.0.0.1:{server.server_port}"))
        finally:
            server.shutdown()
            thread.join(5)


@pytest.mark.parametrize("format_", ["jpg", "webp", "avif"])
def test_an_answer_has_the_size_and_the_format_of_the_wish(format_):
    with peer() as there:
        body = given(there, Wish("here.jpg", 48, 36, format_, 75))
    image = pyvips.Image.new_from_buffer(body, "")
    assert (image.width, image.height) == (48, 36)


@pytest.mark.parametrize(
    ("traits", "name", "found"),
    [
        ({"shrunk": 1}, "here.jpg", "47×36 by webpload"),
        ({"writes": ("jpeg",)}, "here.jpg", "48×36 by jpegload"),
        ({}, "gone.jpg", "404"),
    ],
)
def test_another_answer_is_not_compared(traits, name, found):
    with peer(**traits) as there, pytest.raises(UnexpectedAnswer) as refusal:
        given(there, Wish(name, 48, 36, "webp", 75))
    assert refusal.value.given == found


def test_a_format_that_one_of_them_lacks_is_left_out_for_all():
    with ExitStack() as stack:
        they = {
            "all": stack.enter_context(peer()),
            "old": stack.enter_context(peer(writes=("jpeg", "webp"))),
        }
        formats, gaps = common_formats(they, "here.jpg", ("jpg", "webp", "avif"))
    assert formats == ("jpg", "webp")
    assert gaps == ("avif is left out for all: old gave 480×360 by jpegload",)


# --- what they cost -----------------------------------------------------------------------------


def test_memory_is_known_of_those_whose_process_is():
    known = named(Peer("imagor", "http://127.0.0.1:8082", os.getpid()))
    unknown = named(Peer("imagor", "http://127.0.0.1:8083"))
    memory = memory_of({"known": known, "unknown": unknown})
    assert list(memory) == ["known"]
    assert memory["known"].sum_bytes >= memory["known"].largest_bytes > 1_000_000


def test_a_process_that_is_not_there_is_refused():
    with pytest.raises(BadTarget):
        named(Peer("imagor", "http://127.0.0.1:8082", 2**30))


# --- bytes at equal looks -----------------------------------------------------------------------


def shots(server, *points, original="one"):
    """Of pairs of bytes and score, from the lowest quality up."""
    return [
        Shot(server, original, "webp", 10 * step, size, score)
        for step, (size, score) in enumerate(points, start=1)
    ]


@pytest.mark.parametrize(
    ("score", "expected"),
    [(60, 1000), (65, 2000), (70, 4000), (80, 8000), (59, None), (81, None)],
)
def test_bytes_are_read_off_between_the_answers_around_a_score(score, expected):
    line = shots("a", (1000, 60.0), (4000, 70.0), (8000, 80.0))
    assert bytes_at(line, score) == (pytest.approx(expected) if expected else None)


def test_more_bytes_that_look_no_better_are_no_step():
    assert bytes_at(shots("a", (1000, 60.0), (2000, 60.0), (4000, 70.0)), 60) == pytest.approx(2000)


def test_only_pictures_that_all_can_give_at_the_score_are_compared():
    both = [
        *shots("a", (1000, 60.0), (4000, 80.0)),
        *shots("b", (2000, 60.0), (8000, 80.0)),
        *shots("a", (10, 60.0), (40, 80.0), original="two"),
        *shots("b", (10, 60.0), (40, 65.0), original="two"),
    ]
    means, number = mean_bytes_at(both, 70)
    assert number == 1
    assert means == {"a": pytest.approx(2000), "b": pytest.approx(4000)}


def test_there_is_no_mean_of_no_picture():
    assert mean_bytes_at(shots("a", (1000, 60.0), (4000, 80.0)), 90) == ({}, 0)
