"""Delivery paths: what each spelling says, and where the components end."""

import pytest

from imgproxy.errors import BadParameter, BadPath, ImageError, NotFound
from imgproxy.grammar import parse
from imgproxy.url import DeliveryPath, is_component, read, write

LONG = "3W2palyUV9GXseRkSNH_25BRW7BYu-WO"


def path(text, **parts):
    return pytest.param(text, parts, id=text)


# what is not named is as in DEFAULT
DEFAULT = {"cloud": "demo", "kind": "upload", "transformation": "", "public_id": "x"}

SPELLINGS = [
    # canonical
    path("/demo/image/upload/x"),
    path("/demo/image/upload/x.jpg", extension="jpg"),
    path("/demo/image/upload/w_3/x.jpg", transformation="w_3", extension="jpg"),
    path(
        "/demo/image/upload/c_fill,w_3/f_auto/q_auto/x", transformation="c_fill,w_3/f_auto/q_auto"
    ),
    path("/demo/image/private/x", kind="private"),
    path("/demo/image/authenticated/w_3/x", kind="authenticated", transformation="w_3"),
    path("/my-cloud_2/image/upload/x", cloud="my-cloud_2"),
    path("/e_shop/image/upload/x", cloud="e_shop"),
    path("/d%65mo/image/upload/x"),
    # on a host of one account
    path("/image/upload/x", cloud=None),
    path("/image/upload/w_3/v1/x", cloud=None, transformation="w_3", version=1),
    path("/images/x/nice", cloud=None),
    path("/iu/x", cloud=None),
    # versions
    path("/demo/image/upload/v1/x", version=1),
    path("/demo/image/upload/v1711111111/x.jpg", version=1711111111, extension="jpg"),
    path("/demo/image/upload/w_3/v12/x", transformation="w_3", version=12),
    path("/demo/image/upload/v1", public_id="v1"),
    path("/demo/image/upload/v1/", public_id="v1"),
    path("/demo/image/upload/v1/v2", public_id="v2", version=1),
    path("/demo/image/upload/v1/v2/x", public_id="v2/x", version=1),
    path("/demo/image/upload/v01/x", version=1),
    path("/demo/image/upload/v1.5/x", public_id="v1.5/x"),
    path("/demo/image/upload/va/x", public_id="va/x"),
    path("/demo/image/upload/v1234567890123/x", public_id="v1234567890123/x"),
    path("/demo/image/upload/a/v2/x", public_id="a/v2/x"),
    # public ids
    path("/demo/image/upload/a/b/c.jpg", public_id="a/b/c", extension="jpg"),
    path("/demo/image/upload/x.JPG", extension="jpg"),
    path("/demo/image/upload/x.jpeg", extension="jpeg"),
    path("/demo/image/upload/x.heic", extension="heic"),
    path("/demo/image/upload/x.zip", public_id="x.zip"),
    path("/demo/image/upload/my.photo.v2", public_id="my.photo.v2"),
    path("/demo/image/upload/my.photo.v2.png", public_id="my.photo.v2", extension="png"),
    path("/demo/image/upload/photo.jpg.webp", public_id="photo.jpg", extension="webp"),
    path("/demo/image/upload/.jpg", public_id=".jpg"),
    path("/demo/image/upload/a/.jpg", public_id="a/.jpg"),
    path("/demo/image/upload/x.", public_id="x."),
    path("/demo/image/upload/a%20b.jpg", public_id="a b", extension="jpg"),
    path("/demo/image/upload/a b.jpg", public_id="a b", extension="jpg"),
    path("/demo/image/upload/a+b", public_id="a+b"),
    path("/demo/image/upload/na%C3%AFve%20file.jpg", public_id="naïve file", extension="jpg"),
    path("/demo/image/upload/naïve.jpg", public_id="naïve", extension="jpg"),
    path("/demo/image/upload/%E5%AE%B6/%F0%9F%8F%A0.png", public_id="家/🏠", extension="png"),
    path("/demo/image/upload/100%25", public_id="100%"),
    path("/demo/image/upload/100%", public_id="100%"),
    path("/demo/image/upload/a%252Fb", public_id="a%2Fb"),
    path("/demo/image/upload/a%2Fb", public_id="a/b"),
    path("/demo/image/upload/x%3Fy%23z", public_id="x?y#z"),
    path("/demo/image/upload/x%2Ejpg", extension="jpg"),
    path("/demo/image/upload/a,b/x", public_id="a,b/x"),
    # slashes too many
    path("//demo/image/upload/x"),
    path("/demo//image//upload//w_3//x/", transformation="w_3"),
    path("/demo/image/upload/w_3//q_80/x", transformation="w_3/q_80"),
    path("/demo/image/upload/a//b/x", public_id="a/b/x"),
    # signatures: eight characters or thirty-two, which may begin and end in dashes
    path("/demo/image/upload/s--ohpJlve1--/x", signature="ohpJlve1"),
    path("/demo/image/upload/s----SjmNDA--/x", signature="--SjmNDA"),
    path("/demo/image/upload/s--MPwrq01---/x", signature="MPwrq01-"),
    path(
        f"/demo/image/upload/s--{LONG}--/w_3/v1/x", signature=LONG, transformation="w_3", version=1
    ),
    path("/demo/image/upload/s--short--/x", public_id="s--short--/x"),
    path("/image/private/s--ohpJlve1--/x", cloud=None, kind="private", signature="ohpJlve1"),
    path("/iu/s--ohpJlve1--/x", cloud=None, signature="ohpJlve1"),
    path("/s--ohpJlve1--/x", cloud=None, signature="ohpJlve1"),
    # with a word for search engines
    path("/demo/images/a1/nice-name.jpg", public_id="a1", extension="jpg"),
    path("/demo/images/a1/nice-name", public_id="a1"),
    path("/demo/images/a1.png/nice-name", public_id="a1", extension="png"),
    path("/demo/images/a1.png/nice-name.jpg", public_id="a1.png", extension="jpg"),
    path("/demo/images/a1/nice.name", public_id="a1"),
    path("/demo/images/a/b/nice", public_id="a/b"),
    path("/demo/images/w_300/nice", public_id="w_300"),
    path("/demo/images/w_3/v1/a/b/my-house", transformation="w_3", version=1, public_id="a/b"),
    path(
        "/demo/images/s--ohpJlve1--/w_3/x/nice.webp",
        signature="ohpJlve1",
        transformation="w_3",
        extension="webp",
    ),
    path("/demo/private_images/x/nice", kind="private"),
    path("/demo/authenticated_images/x/nice.png", kind="authenticated", extension="png"),
    # short
    path("/demo/iu/x.jpg", extension="jpg"),
    path("/demo/iu/c_fill,w_3/v1/a/x", transformation="c_fill,w_3", version=1, public_id="a/x"),
    # without a type
    path("/demo/x.jpg", extension="jpg"),
    path("/demo/a/b.jpg", public_id="a/b", extension="jpg"),
    path("/demo/w_3/q_80/v1/a/x", transformation="w_3/q_80", version=1, public_id="a/x"),
    path("/demo/w_3/x", transformation="w_3"),
    path("/demo/v7/x", version=7),
    path("/w_3/x", cloud=None, transformation="w_3"),
    path("/w_3,c_fill/a/x", cloud=None, transformation="w_3,c_fill", public_id="a/x"),
]


@pytest.mark.parametrize(("text", "parts"), SPELLINGS)
def test_every_spelling_has_its_parts(text, parts):
    assert found(text, *parts) == DEFAULT | parts


def found(text, *names):
    """The parts of DEFAULT and those named; everything else is absent."""
    delivery = read(text)
    shown = {name: getattr(delivery, name) for name in DeliveryPath.__struct_fields__}
    shown.pop("signed")
    return {name: value for name, value in shown.items() if name in {*DEFAULT, *names} or value}


# --- where the components end ----------------------------------------------------------------------------------------

BOUNDARIES = """
w_300/x                             w_300                        x
w_300%2Ch_200/x                     w_300%2Ch_200                x
w%5F300/x                           w%5F300                      x
%24w_300/w_$w/x                     %24w_300/w_$w                x
if_w_gt_9/c_fill,w_3/if_end/x       if_w_gt_9/c_fill,w_3/if_end  x
l_text:Arial_20:a%252Cb/fl_layer_apply/x  l_text:Arial_20:a%252Cb/fl_layer_apply  x
t_w-700/x                           t_w-700                      x
d_a:b.jpg/w_3/x                     d_a:b.jpg/w_3                x
c_fill                              -                            c_fill
c_fill.jpg                          -                            c_fill.jpg
w_logo.png                          -                            w_logo.png
w_300/c_fill                        w_300                        c_fill
w_300/v1/c_fill                     w_300                        c_fill
v1/w_300/x                          -                            w_300/x
photos/w_300/x                      -                            photos/w_300/x
Photos_2024/x                       -                            Photos_2024/x
my_photos/x                         -                            my_photos/x
wdth_300/x                          -                            wdth_300/x
w300/x                              -                            w300/x
w_/x                                -                            w_/x
_w_300/x                            -                            _w_300/x
e_commerce/x                        -                            e_commerce/x
e_commerce/2024/x                   -                            e_commerce/2024/x
w_300/e_commerce/x                  w_300                        e_commerce/x
c_level/x                           -                            c_level/x
fl_orida/x                          -                            fl_orida/x
v1/e_commerce/x                     -                            e_commerce/x
e_commerce/w_300/x                  e_commerce/w_300             x
e_commerce,w_300/x                  e_commerce,w_300             x
e_commerce/v1/x                     e_commerce                   x
e_commerce                          -                            e_commerce
e_grayscal/x                        e_grayscal                   x
e_trim/x                            e_trim                       x
e_gen_remove:prompt_car/x           e_gen_remove:prompt_car      x
c_fil/x                             c_fil                        x
c_imagga_scale/x                    c_imagga_scale               x
fl_layer_apply/x                    fl_layer_apply               x
fl_progressive.lossy/x              fl_progressive.lossy         x
w_abc/x                             w_abc                        x
w_logo/x                            w_logo                       x
v1/w_logo/x                         -                            w_logo/x
t_shirts/x                          t_shirts                     x
wdth_300/v1/x                       wdth_300                     x
w_640,_cHeight_640/x                w_640,_cHeight_640           x
nonsense,w_3/v1/x                   nonsense,w_3                 x
a/v1/x                              -                            a/v1/x
"""


@pytest.mark.parametrize(
    ("text", "transformation", "public"), [line.split() for line in BOUNDARIES.strip().splitlines()]
)
def test_where_the_components_end(text, transformation, public):
    delivery = read(f"/demo/image/upload/{text}")
    name = ".".join(filter(None, [delivery.public_id, delivery.extension]))
    assert (delivery.transformation or "-", name) == (transformation, public)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("w_abc/x.jpg", "Invalid w: 'abc', expected whole pixels, or a fraction such as 0.5"),
        ("e_grayscal/x.jpg", "(did you mean e_grayscale?)"),
        ("c_fil,w_3/x.jpg", "(did you mean c_fill?)"),
        ("wdth_300/v1/x.jpg", "Invalid parameter: 'wdth_300', expected a known key"),
        ("e_commerce/w_300/x.jpg", "Invalid e: 'commerce', expected one of "),
    ],
)
def test_a_slip_is_a_component_and_gets_its_sentence(text, sentence):
    with pytest.raises(BadParameter) as caught:
        parse(read(f"/demo/image/upload/{text}").transformation)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("segment", ["w_300", "w%5F3", "$a_1", "if_end", "w_300%2Ch_2", "b_%23fff"])
def test_a_component_begins_with_a_key_of_the_language(segment):
    assert is_component(segment)


@pytest.mark.parametrize(
    "segment", ["", "w", "w_", "_", "x.jpg", "v1", "zz_1", "w%ff_3", "$_1", "W_3"]
)
def test_anything_else_is_no_component(segment):
    assert not is_component(segment)


# --- foreign URLs ------------------------------------------------------------------------------------------------------

FETCHED = """
https://example.com/a.png                       https://example.com/a.png                -
https:/example.com/a.png                        https://example.com/a.png                -
https%3A%2F%2Fexample.com%2Fa.png               https://example.com/a.png                -
https%3a%2f%2fexample.com%2fa.png               https://example.com/a.png                -
https%3A//example.com/a.png                     https://example.com/a.png                -
http://example.com                              http://example.com                       -
HTTPS://Example.COM/A.png                       https://example.com/A.png                -
https://example.com/a%20b/c%3Fd%3De             https://example.com/a%20b/c?d=e          -
https://example.com/a%2520b                     https://example.com/a%20b                -
https%3A%2F%2Fexample.com%2Fa%2520b%3Fd%3D1%262 https://example.com/a%20b?d=1&2          -
https://example.com/na%C3%AFve                  https://example.com/na%C3%AFve           -
https://example.com/naïve                       https://example.com/na%C3%AFve           -
https://example.com/a.png%23top                 https://example.com/a.png                -
https://example.com//a//b.png                   https://example.com//a//b.png            -
https://example.com/dir/                        https://example.com/dir/                 -
https://example.com:8443/a                      https://example.com:8443/a               -
https://User:Pass@Example.com/a                 https://User:Pass@example.com/a          -
w_3/https://example.com/a.png                   https://example.com/a.png                w_3
w_3//https://example.com/a.png                  https://example.com/a.png                w_3
c_limit,w_3/f_auto/v1/https://x.y/z.jpg%3Fq%3D1 https://x.y/z.jpg?q=1                    c_limit,w_3/f_auto
v1/https://x.y/z.jpg                            https://x.y/z.jpg                        -
w_3/https://x.y/w_4/v1/z.jpg                    https://x.y/w_4/v1/z.jpg                 w_3
w_3/https://x.y/https://z.z/a                   https://x.y/https://z.z/a                w_3
e_commerce/https://x.y/z                        https://x.y/z                            e_commerce
s--ohpJlve1--/w_3/https://x.y/z                 https://x.y/z                            w_3
"""


@pytest.mark.parametrize(
    ("text", "remote", "transformation"), [line.split() for line in FETCHED.strip().splitlines()]
)
def test_a_foreign_url_has_one_spelling(text, remote, transformation):
    delivery = read(f"/demo/image/fetch/{text}")
    assert (delivery.kind, delivery.public_id) == ("fetch", remote)
    assert (delivery.transformation or "-", delivery.extension) == (transformation, None)


def test_a_foreign_url_may_hold_a_raw_space():
    assert read("/demo/image/fetch/https://x.y/a b").public_id == "https://x.y/a%20b"


def test_a_foreign_url_may_be_longer_than_a_name():
    remote = f"https://x.y/{'a' * 4000}"
    assert read(f"/demo/image/fetch/{remote}").public_id == remote


# --- what a signature covers -------------------------------------------------------------------------------------------

SIGNED = """
/demo/image/upload/c_fill,w_100/folder/sample.jpg       c_fill,w_100/folder/sample.jpg
/demo/image/upload/s--dLL4uINS--/c_fill,w_100/v1/folder/sample.jpg  c_fill,w_100/folder/sample.jpg
/demo/image/upload/sample.jpg                           sample.jpg
/demo/image/upload/na%C3%AFve%20file.jpg                na%C3%AFve%20file.jpg
/demo/image/upload//w_3%2Ch_4//x.JPG                    w_3%2Ch_4/x.JPG
/demo/images/w_3/a1/nice-name.jpg                       w_3/a1.jpg
/demo/images/a1/nice-name                               a1
/demo/image/fetch/w_3/v1/https:/x.y/a%20b               w_3/https://x.y/a%20b
/demo/image/fetch/https%3A%2F%2Fx.y%2Fa                 https%3A%2F%2Fx.y%2Fa
"""


@pytest.mark.parametrize(("text", "signed"), [line.split() for line in SIGNED.strip().splitlines()])
def test_a_signature_covers_raw_components_and_id(text, signed):
    assert read(text).signed == signed


# --- what is no delivery path ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Not a delivery path: '', expected /<cloud>/image/upload/<transformation>/<public id>"),
        ("/", "Not a delivery path: '/', expected /<cloud>/image/upload/<transformation>/<public id>"),
        ("/x.jpg", "Not a delivery path: '/x.jpg', expected /<cloud>/image/upload/<transformation>/<public id>"),
        ("/demo/image", "Not a delivery path: '/demo/image', expected /<cloud>/image/upload/<transformation>/<public id>"),
        ("/demo/image/upload/", "Not a delivery path: '/demo/image/upload/', expected a public id, and a suffix where the path begins with images"),
        ("/demo/image/upload/s--ohpJlve1--", "Not a delivery path: '/demo/image/upload/s--ohpJlve1--', expected a public id, and a suffix where the path begins with images"),
        ("/demo/images/only.jpg", "Not a delivery path: '/demo/images/only.jpg', expected a public id, and a suffix where the path begins with images"),
        ("/demo/image/upload/a%00b", "Not a delivery path: '/demo/image/upload/a%00b', expected a public id"),
        ("/demo/image/upload/%ff", "Not a delivery path: '/demo/image/upload/%ff', expected a public id in percent-encoded UTF-8"),
        ("/demo/image/fetch/w_3/x.jpg", "Not a delivery path: '/demo/image/fetch/w_3/x.jpg', expected an absolute http or https URL after image/fetch"),
        ("/demo/image/fetch/https://", "Not a delivery path: '/demo/image/fetch/https://', expected an absolute http or https URL after image/fetch"),
        ("/demo/image/fetch/ftp://x.y/z", "Not a delivery path: '/demo/image/fetch/ftp://x.y/z', expected an absolute http or https URL after image/fetch"),
        ("/demo/video/upload/x.mp4", "Resource not found - video: only resource type image is served"),
        ("/demo/files/x/y", "Resource not found - files: only resource type image is served"),
        ("/demo/image/gravatar/x", "Resource not found - gravatar: delivery types are authenticated, fetch, private, upload"),
        ("/\udcdf/image/upload/x", "Invalid text: '\\udcdf', expected percent-encoded UTF-8"),
        ("/%ff/image/upload/x", "Invalid text: '%ff', expected percent-encoded UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_delivery_path_says_why(text, sentence):
    with pytest.raises(ImageError) as caught:
        read(text)
    assert str(caught.value) == sentence
    assert caught.value.status == (404 if isinstance(caught.value, NotFound) else 400)


def test_a_public_id_has_a_longest_length_and_the_sentence_stays_short():
    assert read("/demo/image/upload/" + "x" * 1024).public_id == "x" * 1024
    with pytest.raises(BadPath, match="at most 1024 characters") as caught:
        read("/demo/image/upload/" + "x" * 1025)
    assert len(str(caught.value)) < 300


# --- writing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("demo", "", "x"), "/demo/image/upload/x"),
        (("demo", "c_fill,w_3/f_auto", "a/x", "jpg"), "/demo/image/upload/c_fill,w_3/f_auto/a/x.jpg"),
        ((None, "w_3", "x", None, 12), "/image/upload/w_3/v12/x"),
        (("demo", "", "naïve file", "jpg"), "/demo/image/upload/na%C3%AFve%20file.jpg"),
        (("demo", "fl_attachment:a%2Fb?é", "100%"), "/demo/image/upload/fl_attachment:a%2Fb%3F%C3%A9/100%25"),
        (("demo", "", "w_300/x"), "/demo/image/upload/v1/w_300/x"),
        (("demo", "w_3", "v2/x"), "/demo/image/upload/w_3/v1/v2/x"),
        (("demo", "", "e_commerce/x"), "/demo/image/upload/v1/e_commerce/x"),
        (("demo", "", "a,b/x"), "/demo/image/upload/v1/a%2Cb/x"),
        (("demo", "", "w_300"), "/demo/image/upload/w_300"),
        (("a/b", "", "x"), "/a%2Fb/image/upload/x"),
        (("demo", "", "x", None, 0), "/demo/image/upload/v0/x"),
    ],
)  # fmt: skip
def test_writing(arguments, text):
    assert write(*arguments) == text
