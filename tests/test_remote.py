"""Foreign URLs as text: their spelling and parts, which of them the allow list names, and which addresses are public."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgproxy.origins.addresses import is_public
from imgproxy.origins.freshness import CEILING_S, FLOOR_S, UNSAID_S, fresh_s, modified_s, validators
from imgproxy.remote import AllowedHosts, Remote, spelled, split
from imgproxy.url import with_query

# --- parts -----------------------------------------------------------------------------------------------------------

PARTS = [
    ("https://x.y/a.png", Remote("https", "x.y", 443, "/a.png")),
    ("HTTP://X.Y:8080/A.png?b=C#d", Remote("http", "x.y", 8080, "/A.png?b=C")),
    ("https:/x.y/a", Remote("https", "x.y", 443, "/a")),
    ("https://x.y", Remote("https", "x.y", 443, "/")),
    ("https://x.y?q=1", Remote("https", "x.y", 443, "/?q=1")),
    ("https://x.y:443/a", Remote("https", "x.y", 443, "/a")),
    ("https://x.y./a", Remote("https", "x.y.", 443, "/a")),
    ("https://x.y/a b/ü", Remote("https", "x.y", 443, "/a%20b/%C3%BC")),
    ("https://x.y/%2e%2e//a", Remote("https", "x.y", 443, "/%2e%2e//a")),
    ("https://straße.de/", Remote("https", "xn--strae-oqa.de", 443, "/")),
    ("https://BÜCHER.example/", Remote("https", "xn--bcher-kva.example", 443, "/")),
    ("http://①②⑦.⓪.0.1/", Remote("http", "127.0.0.1", 80, "/")),
    ("http://127。0。0。1/", Remote("http", "127.0.0.1", 80, "/")),
    ("http://0x7f.1/", Remote("http", "0x7f.1", 80, "/")),
    ("http://[::FFFF:127.0.0.1]:81/", Remote("http", "::ffff:7f00:1", 81, "/")),
    ("http://[2001:DB8:0:0::1]/", Remote("http", "2001:db8::1", 80, "/")),
]


@pytest.mark.parametrize(("text", "remote"), PARTS)
def test_a_url_has_these_parts(text, remote):
    assert split(text) == remote
    assert split(remote.url) == remote


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x.y/a.png",
        "//x.y/a",
        "ftp://x.y/a",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https://user@x.y/",
        "https://user:password@x.y/",
        "https://x.y@127.0.0.1/",
        r"https://x.y\@127.0.0.1/",
        r"https://127.0.0.1\.x.y/",
        "https://x.y:0/",
        "https://x.y:65536/",
        "https://x.y:8o/",
        "https://x.y:/",
        "https://x y/",
        "https://x.y%2f.z/",
        "https://%31%32%37.0.0.1/",
        "https://x..y/",
        "https://.x.y/",
        "https://x.y:80:81/",
        "https://[::1/",
        "https://::1/",
        "https://[::1]x/",
        "https://[fe80::1%25eth0]/",
        "https://[x.y]/",
        "https://x\ty/",
        "https://x.y\n.z/",
        "https://x.y\0/",
        "https://" + "a" * 64 + ".y/",
        "https://" + "a." * 128 + "y/",
        "https://\u200b/",
        "https://\udcff.y/",
    ],
)
def test_what_is_no_foreign_url_is_refused(text):
    with pytest.raises(ValueError, match=r"URL|port|IPv6|surrogates|Only hex|Expected"):
        split(text)


@given(st.text())
def test_any_text_has_parts_that_read_the_same_or_is_refused(text):
    try:
        remote = split(f"https://{text}")
    except ValueError:
        return
    assert split(remote.url) == remote
    assert remote.url.isascii()
    assert spelled(remote.url) == remote.url


# --- the allow list --------------------------------------------------------------------------------------------------

ADMITS = [
    ("example.com", "https://example.com/a", True),
    ("example.com", "http://example.com/a", True),
    ("example.com", "https://EXAMPLE.com./a", True),
    ("example.com", "https://notexample.com/a", False),
    ("example.com", "https://www.example.com/a", False),
    ("example.com", "https://example.com.evil.net/a", False),
    ("example.com", "https://example.co/a", False),
    ("example.com", "https://example.com:8443/a", False),
    ("example.com", "https://example.com:80/a", False),
    ("*.example.com", "https://a.example.com/x", True),
    ("*.example.com", "https://b.a.example.com/x", True),
    ("*.example.com", "https://example.com/x", False),
    ("*.example.com", "https://notexample.com/x", False),
    ("*.example.com", "https://a.example.com.evil.net/x", False),
    ("https://example.com", "https://example.com/x", True),
    ("https://example.com", "http://example.com/x", False),
    ("http://example.com:8080", "http://example.com:8080/x", True),
    ("http://example.com:8080", "http://example.com/x", False),
    ("example.com:*", "http://example.com:8080/x", True),
    ("*", "https://anything.example/x", True),
    ("*", "https://anything.example:8443/x", False),
    ("*:*", "http://anything.example:8080/x", True),
    ("https://*:8443", "https://anything.example:8443/x", True),
    ("[2001:db8::1]:81", "http://[2001:DB8:0::1]:81/x", True),
    ("192.0.2.1", "http://192.0.2.1/x", True),
    ("bücher.example", "https://xn--bcher-kva.example/x", True),
    ("*.Example.com , other.net", "https://other.net/x", True),
    ("", "https://example.com/x", False),
    (" , ", "https://example.com/x", False),
]


@pytest.mark.parametrize(("patterns", "url", "admitted"), ADMITS)
def test_the_allow_list_compares_whole_labels_scheme_and_port(patterns, url, admitted):
    assert AllowedHosts.parse(patterns).admits(split(url)) is admitted


@pytest.mark.parametrize(
    "text",
    ["example.com/images", "a*.example.com", "*.*.com", "ftp://x.y", "x.y:0", "x y", "**", "x.y:99999", "[::1", "*."],
)  # fmt: skip
def test_a_pattern_that_means_nothing_is_refused(text):
    with pytest.raises(ValueError, match=r"pattern|port|host"):
        AllowedHosts.parse(f"example.com,{text}")


# --- addresses -------------------------------------------------------------------------------------------------------

PUBLIC = """
1.1.1.1 8.8.8.8 93.184.216.34 100.63.255.255 100.128.0.1 172.15.255.255 172.32.0.1 192.0.1.1 198.17.255.255 223.255.255.254
2606:4700::1111 2a00:1450:4001::8 2001:4860:4860::8888 64:ff9b::808:808 2606:4700::5efe:808:808
""".split()

CLOSED = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.255
168.63.129.16 169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1
192.168.0.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 ::ffff:169.254.169.254
64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::8.8.8.8 64:ff9b:1::127.0.0.1
100::1 2001::1 2001:0:a00:1::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1 3ffe::1 3fff::1
2606:4700::5efe:127.0.0.1 2606:4700::200:5efe:10.0.0.1
fc00::1 fd00:ec2::254 fd20:ce::254 fe80::1 fe80::1%eth0 2606:4700::1111%1 fec0::1 ff02::1 ff0e::1 4000::1
localhost 127.1 2130706433 0x7f000001 017700000001 127.0.0.01
""".split()


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_that_belongs_to_everybody_may_be_connected_to(address):
    assert is_public(address)


@pytest.mark.parametrize("address", ["", *CLOSED])
def test_everything_else_may_not(address):
    assert not is_public(address)


# --- the query -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "whole"),
    [
        ("/demo/image/fetch/w_3/https://x.y/a", "q=1&r=2", "/demo/image/fetch/w_3/https://x.y/a%3Fq=1&r=2"),
        ("/image/fetch/https://x.y/a", "q=1", "/image/fetch/https://x.y/a%3Fq=1"),
        ("/demo/image/fetch/https://x.y/a", "q=%26%20", "/demo/image/fetch/https://x.y/a%3Fq=%2526%2520"),
        ("/demo/image/fetch/https://x.y/a%3Fp=0", "q=1", "/demo/image/fetch/https://x.y/a%3Fp=0%26q=1"),
        ("/demo/image/fetch/https://x.y/a", "_a=BAVAZGE0", "/demo/image/fetch/https://x.y/a"),
        ("/demo/image/fetch/https://x.y/a", "q=1&_a=B&x_a=2", "/demo/image/fetch/https://x.y/a%3Fq=1&x_a=2"),
        ("/demo/image/fetch/https://x.y/a", "q=1&_a=B", "/demo/image/fetch/https://x.y/a%3Fq=1"),
        ("/demo/image/upload/a.jpg", "q=1", "/demo/image/upload/a.jpg"),
        ("/demo/image/upload/w_3/image/fetch/a.jpg", "q=1", "/demo/image/upload/w_3/image/fetch/a.jpg"),
    ],
)  # fmt: skip
def test_an_unescaped_query_belongs_to_the_foreign_url(path, query, whole):
    assert with_query(path.encode(), query.encode()) == whole.encode()


# --- freshness -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({}, UNSAID_S),
        ({"Cache-Control": "public"}, UNSAID_S),
        ({"Cache-Control": "max-age=600"}, 600),
        ({"Cache-Control": "public, MAX-AGE = 600"}, 600),
        ({"Cache-Control": 'max-age="600"'}, 600),
        ({"Cache-Control": "max-age=600, s-maxage=1200"}, 1200),
        ({"Cache-Control": "max-age=600", "Age": "100"}, 500),
        ({"Cache-Control": "max-age=600", "Age": "x"}, 600),
        ({"Cache-Control": "max-age=600", "Age": "9999"}, FLOOR_S),
        ({"Cache-Control": "max-age=0"}, FLOOR_S),
        ({"Cache-Control": "no-store"}, FLOOR_S),
        ({"Cache-Control": "max-age=600, no-cache"}, FLOOR_S),
        ({"Cache-Control": "max-age=31536000, immutable"}, CEILING_S),
        ({"Cache-Control": "max-age=" + "9" * 400}, CEILING_S),
        ({"Cache-Control": "stale-while-revalidate=7"}, UNSAID_S),
    ],
)
def test_what_a_server_wishes_is_followed_between_floor_and_ceiling(fields, seconds):
    assert fresh_s(fields) == seconds


def test_validators_are_kept_when_they_are_short_and_plain():
    fields = {"ETag": 'W/"1"', "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}
    assert validators(fields) == {
        "If-None-Match": 'W/"1"',
        "If-Modified-Since": "Mon, 01 Jan 2024 00:00:00 GMT",
    }
    assert validators({"ETag": '"' + "x" * 300 + '"'}) == {}
    assert validators({"ETag": '"\udcff"', "Last-Modified": "a\tb"}) == {}


@given(st.text() | st.sampled_from(["Mon, 01 Jan 0001 00:00:00 -0000", "Fri, 31 Dec 9999 23:59:59 -2359"]))  # fmt: skip
def test_any_date_is_a_time_that_has_been(text):
    assert 0 <= modified_s({"Last-Modified": text}, 1e9) <= 1e9


def test_a_date_is_read_and_none_means_now():
    assert modified_s({"Last-Modified": "Sun, 09 Sep 2001 01:46:39 GMT"}, 2e9) == 999999999
    assert modified_s({}, 2e9) == 2e9
    assert modified_s({"Last-Modified": "Fri, 31 Dec 2100 23:59:59 GMT"}, 2e9) == 2e9
