"""Compressed bodies: read whole, however they are cut, and never beyond a limit."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.exchange.capture.encoding import EncodingError, decoder

TEXT = b"the same again and again " * 40


def gzip(content: bytes) -> bytes:
    return zlib.compress(content, wbits=31)


def decoded(encoding: str, wire: bytes, size: int, limit: int = 100_000) -> bytes:
    decode = decoder(encoding)
    return b"".join(decode.feed(wire[at : at + size], limit) for at in range(0, len(wire), size))


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5), st.integers(1, 50))
def test_gzip_of_several_members_is_one_content(parts, size):
    assert decoded("gzip", b"".join(map(gzip, parts)), size) == b"".join(parts)


@pytest.mark.parametrize("wbits", [zlib.MAX_WBITS, -zlib.MAX_WBITS], ids=["wrapped", "raw"])
@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_deflate_is_read_with_and_without_its_wrapper(wbits, size):
    assert decoded("deflate", zlib.compress(TEXT, wbits=wbits), size) == TEXT


@pytest.mark.parametrize(
    ("encoding", "wire"),
    [
        ("gzip", gzip(TEXT) + b"behind"),
        ("deflate", zlib.compress(TEXT) + b"behind"),
        ("gzip", b"not gzip"),
        ("gzip", gzip(b"") * 1_100),
    ],
    ids=["behind gzip", "behind deflate", "nonsense", "many empty members"],
)
@pytest.mark.parametrize("size", [5, 100_000])
def test_what_does_not_belong_to_the_content_is_an_error(encoding, wire, size):
    with pytest.raises(EncodingError):
        decoded(encoding, wire, size)


@pytest.mark.parametrize("wire", [gzip(TEXT), gzip(TEXT[:100]) + gzip(TEXT)])
def test_nothing_is_inflated_beyond_the_limit(wire):
    decode = decoder("gzip")
    assert decode.feed(wire, 100) == TEXT[:100]
    assert decode.overflowed
    assert decode.feed(wire, 0) == b""
