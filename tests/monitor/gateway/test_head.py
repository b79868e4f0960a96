"""Our grammar of heads beside llhttp's: what we let pass, it reads the same."""

import contextlib

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.gateway.errors import ProtocolError
from monitor.gateway.http.head import parse_request, parse_response
from monitor.gateway.http.response import read_response
from monitor.gateway.request import RequestReader
from monitor.gateway.upstreams.routes import routes_of
from monitor.gateway.who import Identify
from monitor.settings import GatewaySettings

NAMES = st.sampled_from(
    [b"x", b"X-Odd-CASE", b"content-length", b"connection", b"a b", b"", b"x\t"]
)
VALUES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from([b"v", b" v ", b"\tv\t", b"", b"5", b"close", b"a: b", b"a\r\n b"]),
)
ENDS = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r"])
FIELDS = st.lists(st.tuples(NAMES, st.sampled_from([b":", b": ", b" :"]), VALUES, ENDS), max_size=4)
REQUEST_LINES = st.sampled_from(
    [
        b"GET / HTTP/1.1",
        b"POST /a?b=%20 HTTP/1.0",
        b"GET  / HTTP/1.1",
        b"GET /\xc3\xa4 HTTP/1.1",
        b"GET / HTTP/1.1 ",
        b"M-SEARCH * HTTP/1.1",
        b"GET /a\x7f HTTP/1.1",
    ]
)
STATUS_LINES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.0 204",
        b"HTTP/1.1 200 ",
        b"HTTP/1.1 99 x",
        b"HTTP/1.1 20 x",
        b"HTTP/2.0 200 OK",
        b"HTTP/1.1 503 \xc3\xa4 b",
        b"HTTP/1.1  200 OK",
    ]
)


def reader():
    settings = GatewaySettings(upstream="http://127.0.0.1:1")
    return RequestReader(routes_of(settings), Identify(settings))


class Seen:
    """What llhttp found."""

    def __init__(self):
        self.fields = []
        self.complete = False

    def on_header(self, name, value):
        self.fields.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self):
        self.complete = True


def written(first, fields):
    lines = b"".join(name + colon + value + end for name, colon, value, end in fields)
    return first + b"\r\nhost: h\r\n" + lines + b"\r\n"


def read_by_llhttp(parser, seen, head):
    with contextlib.suppress(httptools.HttpParserUpgrade):
        parser.feed_data(head)
    assert seen.complete
    return seen.fields


@given(REQUEST_LINES, FIELDS)
def test_a_request_that_passes_is_the_same_to_llhttp(first, fields):
    head = written(first, fields)
    try:
        reader().read(head)
    except ProtocolError:
        return
    seen = Seen()
    ours = parse_request(head)
    assert ours.headers == read_by_llhttp(httptools.HttpRequestParser(seen), seen, head)


@given(STATUS_LINES, FIELDS)
def test_a_response_that_passes_is_the_same_to_llhttp(first, fields):
    head = written(first, fields)
    try:
        read_response(head).body(b"GET")
    except ProtocolError:
        return
    seen = Seen()
    parser = httptools.HttpResponseParser(seen)
    ours = parse_response(head)
    assert ours.headers == read_by_llhttp(parser, seen, head)
    assert ours.status == parser.get_status_code()


@pytest.mark.parametrize(
    ("line", "passed"),
    [(b"x:v", b"x:v"), (b"x:  v \t", b"x: v"), (b"x:\tv", b"x: v"), (b"x:", b"x:")],
)
def test_a_line_goes_on_as_it_came_but_for_odd_space(line, passed):
    head = parse_request(b"GET / HTTP/1.1\r\nhost: h\r\n" + line + b"\r\n\r\n")
    assert head.fields == b"\r\nhost: h\r\n" + passed
