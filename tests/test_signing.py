"""Delivery signatures against vectors of the public SDKs."""

import pytest

from imgproxy.signing import sign, verify

VECTORS = [
    ("secret", "c_fill,w_100/folder/sample.jpg", "dLL4uINS"),
    ("secret", "sample.jpg", "dOz0MdKK"),
    ("secret", "na%C3%AFve%20file.jpg", "97QZfCKm"),
    ("b", "c_crop,h_20,w_10/image.jpg", "Ai4Znfl3"),
    ("b", "image.jpg", "--SjmNDA"),
]
SHA256 = [("3W2palyU", False), ("3W2palyUV9GXseRkSNH_25BRW7BYu-WO", True)]


@pytest.mark.parametrize(("secret", "text", "signature"), VECTORS)
def test_signatures_are_those_of_the_sdks(secret, text, signature):
    assert sign(text, secret) == signature
    assert verify(signature, text, secret)
    assert not verify(signature, text, secret + "x")
    assert not verify(signature, text + "x", secret)


@pytest.mark.parametrize(("signature", "long"), SHA256)
def test_sha256_signatures_are_those_of_the_sdks(signature, long):
    matching = [
        text
        for text in ("c_fill,w_100/folder/sample.jpg", "sample.jpg")
        if sign(text, "secret", long=long, sha256=True) == signature
    ]
    assert len(matching) == 1
    assert verify(signature, matching[0], "secret")


def test_the_encoding_of_the_path_does_not_matter():
    signature = sign("na%C3%AFve%20file.jpg", "secret")
    assert verify(signature, "naïve file.jpg", "secret")
