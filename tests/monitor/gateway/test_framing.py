"""Bodies are found in the bytes, however they are cut, and doubtful framing is refused."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.gateway.errors import ProtocolError
from monitor.gateway.http.framing import (
    MAX_TRAILER_BYTES,
    ChunkedReader,
    LengthReader,
    UntilCloseReader,
    chunk,
    last_chunk,
)

contents = st.lists(st.binary(min_size=1, max_size=40), max_size=6)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[a:b] for a, b in pairwise(edges) if a < b]


def read(reader, pieces: list[bytes]) -> tuple[bytes, bytes]:
    """The content, and what stood behind the body."""
    content, behind = b"", b""
    for piece in pieces:
        if reader.done:
            behind += piece
            continue
        content += b"".join(reader.feed(piece))
        behind += piece[reader.end :]
    return content, behind


@given(contents, st.binary(max_size=20), st.lists(st.integers(0, 10_000), max_size=20))
def test_a_chunked_body_is_the_same_however_it_is_cut(parts, behind, places):
    wire = b"".join(map(chunk, parts)) + last_chunk([b"x-sum: 1"]) + behind
    reader = ChunkedReader()
    assert read(reader, cut(wire, places)) == (b"".join(parts), behind)
    assert reader.done
    assert reader.trailers == [b"x-sum: 1"]


@given(st.binary(max_size=60), st.binary(max_size=20), st.lists(st.integers(0, 99), max_size=9))
def test_a_body_with_a_length_is_the_same_however_it_is_cut(body, behind, places):
    reader = LengthReader(len(body))
    assert read(reader, cut(body + behind, places)) == (body, behind)
    assert reader.done


@given(st.binary(max_size=200), st.lists(st.integers(0, 199), max_size=9))
def test_garbage_either_ends_a_chunked_body_or_is_refused(garbage, places):
    reader = ChunkedReader()
    try:
        content, behind = read(reader, cut(garbage, places))
    except ProtocolError:
        return
    assert len(content) + len(behind) <= len(garbage)


@pytest.mark.parametrize(
    "wire",
    [
        b"0x5\r\nhello\r\n",
        b"+5\r\nhello\r\n",
        b" 5\r\nhello\r\n",
        b"5 \r\nhello\r\n",
        b"5\nhello\n",
        b"5\r\nhelloo\r\n",
        b"5\r\nhello\n",
        b"-1\r\n",
        b"\r\n",
        b"1_0\r\n",
        b"ffffffffffffffffff\r\n",
        b"5;a\rb\r\nhello\r\n",
        b"5;\x00\r\nhello\r\n",
        b"g\r\n",
        b"5;" + b"a" * 2_000,
        b"0\r\nx y: 1\r\n\r\n",
        b"0\r\n folded\r\n\r\n",
        b"0\r\ncontent-length: 5\r\n\r\n",
        b"0\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"0\r\n" + b"a: b\r\n" * MAX_TRAILER_BYTES,
        b"0\r\nx: a\nb: c\r\n\r\n",
    ],
)
@pytest.mark.parametrize("whole", [True, False], ids=["whole", "bytewise"])
def test_doubtful_chunks_are_refused(wire, whole):
    pieces = [wire] if whole else [wire[place : place + 1] for place in range(len(wire))]
    with pytest.raises(ProtocolError):
        read(ChunkedReader(), pieces)


def test_a_chunk_extension_is_left_out_of_the_content():
    assert read(ChunkedReader(), [b"3;name=value\r\nabc\r\n0\r\n\r\n"]) == (b"abc", b"")


def test_only_a_body_without_framing_may_end_with_the_connection():
    chunked, counted, open_ended = ChunkedReader(), LengthReader(5), UntilCloseReader()
    for reader in (chunked, counted, open_ended):
        reader.feed(b"4\r\nab")
    assert [chunked.close(), counted.close(), open_ended.close()] == [False, True, True]
    assert LengthReader(5).close() is False
