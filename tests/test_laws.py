"""Laws of the language, over every registered operation."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from imgproxy import url
from imgproxy.errors import ImageError
from imgproxy.grammar import parse
from imgproxy.negotiation import Variant
from imgproxy.operations import BY_HEAD, CLAIMS
from imgproxy.operations.default import Default
from imgproxy.request import build
from imgproxy.step import fields
from imgproxy.tree import Transformation
from imgproxy.values import Located, Source
from tests.phrases import CHAINS, HEADS, Parameter, every, parameters, respelled, written

SOURCE = Source("upload", "houses/villa", "jpg")
LOCATED = Located(SOURCE, "1", 1, 1.0)
CORPUS = Path(__file__).parent / "corpus" / "texts.txt"
VARIANT = Variant(("webp",), ("Accept",))
understand = parse.__wrapped__  # the cache would hide a second reading


def understood(chain: list[list[Parameter]]) -> Transformation:
    """What it means; combinations that are impossible are not what these laws are about."""
    try:
        return understand(written(chain))
    except ImageError:
        assume(False)
        raise


def shown(transformation: Transformation) -> Transformation:
    """Without the picture that is shown when this one is missing, which is another request with its own key."""
    kept = [step for step in transformation.directives if not isinstance(step, Default)]
    return structs.replace(transformation, directives=tuple(kept))


def key(transformation: Transformation) -> str:
    return build(SOURCE, transformation, VARIANT).key(LOCATED).path


# --- the laws ----------------------------------------------------------------------------------------------------------


@given(CHAINS)
def test_the_canonical_text_means_the_same_and_is_its_own_canonical_text(chain):
    meaning = understood(chain)
    canonical = meaning.canonical()
    assert understand(canonical) == meaning
    assert understand(canonical).canonical() == canonical


@pytest.mark.parametrize("head", HEADS)
@settings(max_examples=30)
@given(data=st.data())
def test_every_operation_alone_is_read_back(head, data):
    chain = [data.draw(parameters(head))]
    meaning = understood(chain)
    assert type(every(meaning)[0]) is BY_HEAD[head] or len(every(meaning)) > 1
    assert understand(meaning.canonical()) == meaning


@given(st.data())
def test_order_escapes_and_spellings_change_neither_meaning_nor_key(data):
    chain = data.draw(CHAINS)
    meaning = understood(chain)
    again = understand(data.draw(respelled(chain)))
    assert again == meaning
    assert again.canonical() == meaning.canonical()
    assert key(again) == key(meaning)


DEFAULTS = [
    (cls, f"{spec.qualifier}_{spec.spell(spec.default)}")
    for cls in CLAIMS
    for spec in fields(cls)
    if spec.qualifier and spec.default is not None and spec.qualifier not in {s.key for s in CLAIMS}
]


@pytest.mark.parametrize(
    ("cls", "qualifier"), DEFAULTS, ids=[f"{cls.__name__} {text}" for cls, text in DEFAULTS]
)
def test_a_default_that_is_written_out_changes_nothing(cls, qualifier):
    for text in cls.examples:
        first, _, rest = text.partition("/")
        taken = {word.partition("_")[0] for word in first.split(",")}
        if qualifier.partition("_")[0] not in taken:
            assert parse("/".join(filter(None, [f"{first},{qualifier}", rest]))) == parse(text)


@pytest.mark.parametrize("cls", CLAIMS, ids=lambda cls: cls.__name__)
def test_every_example_is_read_back(cls):
    assert cls.examples
    for text in cls.examples:
        assert parse(parse(text).canonical()) == parse(text)
        assert any(type(step) is cls for step in every(parse(text)))


@given(CHAINS, CHAINS)
def test_equal_meanings_and_equal_keys_are_the_same_thing(one, other):
    first, second = shown(understood(one)), shown(understood(other))
    assert (first == second) == (key(first) == key(second))


# --- any text ----------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *BY_HEAD,
        *"/ , _ : . ; $ ! % # ? & = - + ~ @ 0 1 0.5 -1 16:9 300 max auto red rgb:fff".split(),
        *"w_ h_ x_ y_ g_ z_ ar_ b_ co_ l_ u_ t_ d_ if_ $a_ e_ c_ fl_ v1 v12 s--ohpJlve1--".split(),
        *"%2C %2F %25 %ff % %5F %00 é 家 ١ https://x.y/z https:/ .jpg".split(),
        *("\x00", "\ud800", " "),
    ]
)
ANYTHING = st.one_of(
    st.lists(PIECES, max_size=40).map("".join),
    st.text(st.characters()),
    st.binary().map(lambda data: data.decode("latin-1")),
    st.binary().map(quote),
    CHAINS.map(written),
)
FRONT = (
    "/ /demo/ /demo/image/upload/ /image/private/ /demo/images/ /demo/iu/ /demo/image/fetch/ "
    "/demo/image/upload/s--ohpJlve1--/ /demo/image/fetch/w_3/https://"
).split()
FRONTS = st.sampled_from(FRONT)


def refused(read: Callable[[str], Any], text: str) -> ImageError | None:
    """What is wrong with the text; `None` where it can be read."""
    try:
        read(text)
    except ImageError as error:
        return error
    return None


@given(ANYTHING)
@example("w_%20\ud800")
def test_any_text_is_understood_or_refused_by_type(text):
    if error := refused(understand, text):
        assert str(error)
        assert error.status == 400
        return
    meaning = understand(text)
    assert understand(meaning.canonical()) == meaning


def test_texts_that_a_fuzzer_found_worth_keeping():
    """One a line, percent-encoded: each reaches a branch that the others do not, or was once a crash."""
    for line in CORPUS.read_text().splitlines():
        text = unquote_to_bytes(line).decode(errors="surrogateescape")
        if refused(understand, text) is None:
            assert understand(understand(text).canonical()) == understand(text)
        for front in FRONT:
            assert refused(url.read, f"{front}{text}") or url.read(f"{front}{text}").public_id


@given(FRONTS, ANYTHING)
@example("/demo/image/upload/", "%20\ud800")
@example("/%20\ud800/image/upload/", "x")
def test_any_path_is_read_or_refused_by_type(front, text):
    if error := refused(url.read, f"{front}{text}"):
        assert str(error)
        assert error.status in {400, 404}
        return
    assert url.read(f"{front}{text}").public_id


@pytest.mark.parametrize("head", sorted(BY_HEAD))
@pytest.mark.parametrize(
    "value", ["", ":", "::", ":1", "::1", ":::::", ":x", "1", ":1:", ":-1", ":1.5"]
)
def test_an_argument_that_is_left_empty_is_a_default_or_refused(head, value):
    text = f"{head}{value}" if BY_HEAD[head].names else f"{head}_{value}"
    if refused(understand, text) is None:
        assert understand(understand(text).canonical()) == understand(text)


# --- paths are read as written -----------------------------------------------------------------------------------------

NAMES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1),
    st.sampled_from(
        ["w_300", "c_fill,w_3", "e_commerce", "my_photos", "v1", "v2024", "image", "a.jpg"]
    ),
)
IDS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
EXTENSIONS = st.one_of(st.none(), st.sampled_from(sorted(url.EXTENSIONS)))
VERSIONS = st.one_of(st.none(), st.integers(0, 10**12 - 1))
CLOUDS = st.one_of(st.none(), st.from_regex(r"[a-z][a-z0-9_-]{0,20}", fullmatch=True))


@given(CLOUDS, CHAINS, IDS, EXTENSIONS, VERSIONS)
def test_what_is_written_is_read(cloud, chain, public_id, extension, version):
    assume(cloud not in url.RESOURCES)
    assume(extension is not None or url.read(f"/iu/v1/{quote(public_id)}").extension is None)
    meaning = understood(chain)
    delivery = url.read(url.write(cloud, meaning.canonical(), public_id, extension, version))
    said = (delivery.cloud, delivery.kind, delivery.public_id, delivery.extension)
    assert said == (cloud, "upload", public_id, extension)
    assert understand(delivery.transformation) == meaning
    assert delivery.version == version or (version, delivery.version) == (None, 1)


@given(IDS)
def test_a_version_is_only_added_where_a_folder_would_be_misread(public_id):
    assume("/" not in public_id)
    assert url.read(url.write("demo", "w_9", public_id)).version is None


# --- work grows with the length and no faster -------------------------------------------------------------------------

GROWING = {
    "parameters": ("", "w_1,", "w_1"),
    "doubles of an effect": ("", "e_sepia,", "e_sepia"),
    "flags": ("fl_lossy", ".lossy", ""),
    "dots in a file name": ("fl_attachment:a", ".a", ""),
    "words of an effect": ("e_sepia", ":1", ""),
    "an unknown effect": ("e_", "blu", ""),
    "an unknown key": ("", "w", "_1"),
    "an unknown gravity": ("c_fill,w_1,g_", "nort", ""),
    "a gravity that nobody claims": ("e_sepia,g_", "a:", ""),
    "a region": ("c_fill,w_1,g_region_!", "a", "!"),
    "widths of the client": ("w_auto:breakpoints", "_1", ""),
    "casts": ("$x_!1!", "_to_i", ""),
    "a number": ("w_", "1", ""),
    "turns": ("a_90", ".hflip", ""),
    "radii": ("r_1", ":1", ""),
    "escapes": ("b_", "%20", ""),
    "commas": ("w_1", ",", ""),
    "slashes": ("w_1", "/", ""),
    "operands": ("w_1", "_add_1", ""),
    "underscores": ("e_", "_", ""),
}
GROWING_PATHS = {
    "components": ("/demo/image/upload", "/w_1", "/x"),
    "folders": ("/demo/image/upload", "/a", "/x"),
    "folders like effects": ("/demo/image/upload", "/e_commerce", "/x"),
    "folders like effects between components": ("/demo/image/upload", "/e_commerce/w_1", "/x"),
    "versions": ("/demo/image/upload/w_1", "/v1", "/x"),
    "unknown parameters before a version": ("/demo/image/upload", "/zz_1", "/v1/x"),
    "remote slashes": ("/demo/image/fetch/https:", "/", "x"),
    "remote schemes": ("/demo/image/fetch", "/https://a", ""),
    "one long segment": ("/demo/image/upload/e_", "x", "/x"),
}


def effort(read: Callable[[str], object], text: str) -> int:
    """How many calls reading takes, those into C included: a measure without a clock."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        refused(read, text)
    finally:
        sys.setprofile(before)
    return calls


def grown(shape: tuple[str, str, str], length: int) -> str:
    head, unit, tail = shape
    return head + unit * ((length - len(head) - len(tail)) // len(unit)) + tail


@pytest.mark.parametrize("shape", GROWING.values(), ids=GROWING)
def test_understanding_takes_work_in_proportion_to_the_length(shape):
    few, many = (effort(understand, grown(shape, length)) for length in (2048, 8192))
    assert many <= 5 * few + 100
    assert many < 60_000


@pytest.mark.parametrize("shape", GROWING_PATHS.values(), ids=GROWING_PATHS)
def test_reading_a_path_takes_work_in_proportion_to_the_length(shape):
    few, many = (effort(url.read, grown(shape, length)) for length in (2048, 8192))
    assert many <= 5 * few + 100
    assert many < 60_000


WHOLE = {
    "folders": ("/demo/image/upload", "/a", "/x"),
    "folders of layers": (
        "/demo/image/upload" + "/l_a:b/fl_layer_apply" * 6 + "/l_a",
        ":a",
        "/fl_layer_apply/x",
    ),
    "folders of a default": ("/demo/image/upload/d_a", ":a", "/x"),
    "folders of a remote picture": ("/demo/image/fetch/https://a", "/b", ""),
    "folders of a remote layer": (
        "/demo/image/upload/l_fetch:aHR0cDovL2Ev",
        "YS9i",
        "/fl_layer_apply/x",
    ),
}


def prepared(raw: str) -> object:
    """All that is worked out of a path before anything is looked for."""
    path = url.read(raw)
    return build(path.source, understand(path.transformation), VARIANT)


@pytest.mark.parametrize("shape", WHOLE.values(), ids=WHOLE)
def test_a_request_takes_work_in_proportion_to_its_length(shape):
    few, many = (effort(prepared, grown(shape, length)) for length in (2048, 8192))
    assert many <= 5 * few + 100
    assert many < 60_000
    assert not isinstance(refused(prepared, grown(shape, 700)), ImageError)
