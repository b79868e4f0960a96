"""Our grammar of chunks beside llhttp's: what we take for a whole body, it takes for the same."""

from itertools import pairwise

import httptools
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.gateway.errors import ProtocolError
from monitor.gateway.http.framing import ChunkedReader

HEAD = b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n"
PARTS = st.sampled_from(
    [
        *(b"3\r\nabc\r\n", b"1\r\n\n\r\n", b"0A\r\n0123456789\r\n", b"3;n=v\r\nabc\r\n"),
        *(b'3;n="a b"\r\nabc\r\n', b"003\r\nabc\r\n", b"3\r\nabc", b"\r\n"),
        *(b"0\r\n", b"0\r\n\r\n", b"x: y\r\n", b"x:\r\n", b"X-Y:  z \r\n", b"3\nabc\n", b" "),
        *(b"3;\r\nabc\r\n", b"3;;\r\nabc\r\n", b"3;\x80\r\nabc\r\n", b"0;last\r\n\r\n", b"-1\r\n"),
        *(b"ffffffffffffffff\r\n", b"3\r\r\nabc\r\n", b"0x3\r\nabc\r\n", b"3\r\nabc\n\r\n"),
    ]
)


class Seen:
    """What llhttp found of the body."""

    def __init__(self):
        self.content = b""
        self.whole = False

    def on_body(self, data):
        self.content += data

    def on_message_complete(self):
        self.whole = True


def read(data, places):
    """The content, if the bytes hold a whole body, and how many bytes that is."""
    reader, content, end = ChunkedReader(), b"", 0
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    for start, stop in pairwise(edges):
        if start < stop and not reader.done:
            content += b"".join(reader.feed(data[start:stop]))
            end = start + reader.end
    return (content, end) if reader.done else None


@settings(max_examples=600)
@given(st.lists(PARTS, max_size=6).map(b"".join), st.lists(st.integers(0, 999), max_size=5))
def test_a_body_that_is_whole_is_the_same_to_llhttp(data, places):
    try:
        found = read(data, places)
    except ProtocolError:
        return
    if found is None:
        return
    content, end = found
    seen = Seen()
    try:
        httptools.HttpRequestParser(seen).feed_data(HEAD + data[:end])
    except httptools.HttpParserError as error:
        assert "extension" in str(error)  # noqa: PT017 - the one thing that llhttp is stricter in
        return
    assert seen.whole
    assert seen.content == content
    early = Seen()
    httptools.HttpRequestParser(early).feed_data(HEAD + data[: end - 1])
    assert not early.whole


@settings(max_examples=600)
@given(st.lists(PARTS, max_size=6).map(b"".join), st.lists(st.integers(0, 999), max_size=5))
def test_the_cut_of_its_bytes_does_not_change_what_a_body_is(data, places):
    def outcome(where):
        try:
            return read(data, where)
        except ProtocolError:
            return "refused"

    whole = outcome([])
    assert outcome(places) == whole
    assert outcome(range(len(data))) == whole
