"""Heads that are remembered mean the same the second time, among any others, with any length."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.gateway.errors import ProtocolError
from monitor.gateway.http import response
from monitor.gateway.http.response import read_response
from monitor.gateway.request import RequestReader
from monitor.gateway.upstreams.routes import routes_of
from monitor.gateway.who import Identify
from monitor.settings import GatewaySettings

SETTINGS = GatewaySettings(upstream="http://127.0.0.1:1", routes={"/b": "http://127.0.0.1:2/c"})
FIELDS = st.lists(
    st.sampled_from(
        [
            b"x: 1\r\n",
            b"x-sidewatch-user: someone\r\n",
            b"connection: close\r\n",
            b"transfer-encoding: chunked\r\n",
            b"Content-Length: 2\r\n",
            b"content-length:2\r\n",
            b"CONTENT-LENGTH: 2\r\n",
            b"content-length: 2 \r\n",
            b"content-length: x\r\n",
            b"forwarded: for=1\r\n",
            b" folded\r\n",
        ]
    ),
    max_size=3,
)
LENGTHS = st.sampled_from([b"", b"content-length: 0\r\n", b"Content-Length: 17\r\n"])
LONG = st.sampled_from([b"", b"", b"y: " + b"y" * 3_000 + b"\r\n"])


def heads(firsts):
    def written(first, fields, length, place, long):
        lines = [*fields[:place], length, *fields[place:], long]
        return first + b"\r\nhost: h\r\n" + b"".join(lines) + b"\r\n"

    return st.builds(written, st.sampled_from(firsts), FIELDS, LENGTHS, st.integers(0, 3), LONG)


REQUESTS = heads([b"POST / HTTP/1.1", b"GET /b/x HTTP/1.1", b"POST /b HTTP/1.0", b"BAD", b"\0"])
ANSWERS = heads(
    [b"HTTP/1.1 200 OK", b"HTTP/1.1 204 No", b"HTTP/1.0 500 X", b"HTTP/1.1 103 E", b"?"]
)


def reader():
    return RequestReader(routes_of(SETTINGS), Identify(SETTINGS))


def asked(reads, head):
    """All that is made of a request's head, or why nothing is."""
    try:
        request = reads.read(head)
    except ProtocolError as error:
        return error.status, error.detail
    plan = request.plan
    upstream = plan.upstream.target
    length = None if plan.chunked else request.length
    described = (plan.origin, plan.path, plan.method, plan.keeps_alive, plan.idempotent)
    return upstream, described, length, type(request.body()), request.to_upstream(b"10.0.0.1")


@given(st.lists(REQUESTS, max_size=12))
def test_a_request_is_read_as_by_a_reader_that_has_read_nothing_before(sequence):
    old = reader()
    for head in [*sequence, *sequence]:
        assert asked(old, head) == asked(reader(), head)


def answered(read, head):
    try:
        came = read(head)
    except ProtocolError as error:
        return error.status, error.detail
    bodies = [type(came.body(method)) for method in (b"GET", b"HEAD")]
    sent = came.to_client(b"01", chunked=False, closing=True)
    return came.plan.status, came.length, bodies, sent


@given(st.lists(ANSWERS, max_size=12))
def test_an_answer_is_read_as_if_none_had_been_read_before(sequence):
    twice = [*sequence, *sequence]
    remembered = [answered(read_response, head) for head in twice]
    assert remembered == [answered(_forgetful, head) for head in twice]


def _forgetful(head):
    response._remembered.cache_clear()
    return read_response(head)
