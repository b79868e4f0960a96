"""A gateway connection on wires of memory: bytes of both far ends cut anywhere, mutated, in any order.

Whatever they send, nothing raises, every request ends once, no answer goes to another request, and
nothing is left open. Cases that once found something are kept as files and played again.
"""

import asyncio
import os
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_wire import Answer, Case, World
from wire import CHAT, post

CORPUS = sorted((Path(__file__).parents[3] / "data" / "fuzz" / "relay").glob("*.json"))
CHUNKED = b"POST /v1/messages HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n"
REQUESTS = [
    post(CHAT),
    post(CHAT, head=b"connection: close\r\n"),
    post(b"", path=b"/empty"),
    post(b"x" * 3_000, path=b"/v1/completions"),
    b"GET /a?b HTTP/1.1\r\nhost: h\r\n\r\n",
    b"HEAD /head HTTP/1.1\r\nhost: h\r\n\r\n",
    b"GET http://h/absolute HTTP/1.1\r\nhost: h\r\n\r\n",
    b"GET /old HTTP/1.0\r\n\r\n",
    b"PUT /expect HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\nhi",
    CHUNKED + b'5\r\n{"a":\r\n3;e=1\r\n 1}\r\n0\r\n\r\n',
    CHUNKED + b"1\r\n{\r\n0\r\nx-sum: 1\r\n\r\n",
    b"\r\nGET /blank HTTP/1.1\r\nhost: h\r\n\r\n",
]
OK = b"HTTP/1.1 200 OK\r\n"
STREAM = OK + b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
ANSWERS = [
    OK + b"content-length: 9\r\n\r\n%%%",
    OK + b"content-length: 0\r\n\r\n",
    OK + b"\r\nuntil the end %",
    STREAM + b"4\r\n%:\r\n5\r\ndata:\r\n0\r\n\r\n",
    STREAM + b"4\r\n%:\r\n0\r\nx-trailer: %\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"content-length: 3\r\n\r\n%",
    b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + OK + b"content-length: 3\r\n\r\n%",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\netag: x\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 3\r\n\r\n%",
    b"HTTP/1.1 500 No\r\nconnection: close\r\ncontent-length: 3\r\n\r\n%",
    OK + b"content-length: 3\r\n\r\n%" + OK + b"content-length: 3\r\n\r\n%",
    OK + b"content-length: 30000\r\n\r\n" + b"%" * 10_000,
    b"",
]
SPLICES = [
    b"\r\n",
    b"\n",
    b"\r",
    b"0\r\n\r\n",
    b"content-length: 1\r\n",
    b"\0",
    b" ",
    b":",
    b"ffff",
]

FAULTS = st.tuples(st.integers(0, 3), st.integers(0, 9_999), st.integers(0, 99))


@st.composite
def mutated(draw, wholes):
    """Several of the messages behind each other, mostly as they are, cut anywhere."""
    data = b"".join(draw(st.lists(st.sampled_from(wholes), min_size=1, max_size=4)))
    faults = draw(st.sampled_from([0, 0, 1, 3]))
    for kind, at, size in draw(st.lists(FAULTS, max_size=faults)):
        place = at % (len(data) + 1)
        rest = data[place:]
        splice = SPLICES[size % len(SPLICES)]
        data = data[:place] + (splice + rest, splice + rest[size:], rest[size:], rest[:size])[kind]
    return data


@st.composite
def cut(draw, messages):
    data = draw(messages)
    places = draw(st.lists(st.integers(0, 9_999), max_size=4))
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:stop] for start, stop in pairwise(edges) if start < stop]


@st.composite
def answers(draw):
    """Of one message; what comes in pieces ends the connection, for a rest belongs to nobody."""
    pieces = draw(cut(mutated(ANSWERS).filter(lambda data: len(data) < 60_000)))
    then = draw(st.sampled_from(["keep", "end", "reset"]))
    if len(pieces) > 1 and then == "keep":
        then = "end"
    return Answer(pieces, then)


CASES = st.builds(
    Case,
    client=cut(mutated(REQUESTS)),
    answers=st.lists(answers(), min_size=1, max_size=4),
    steps=st.binary(max_size=30),
    then=st.sampled_from(["wait", "end"]),
)


@pytest.fixture(scope="module")
def runner():
    with asyncio.Runner() as running:
        yield running


def play(runner, case):
    async def played():
        await World(case).run()

    runner.run(played())


@settings(max_examples=int(os.environ.get("FUZZ_EXAMPLES", "600")), deadline=None)
@given(case=CASES)
def test_every_request_ends_once_and_no_answer_goes_astray(runner, case):
    play(runner, case)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_what_once_failed_does_not_again(runner, path):
    play(runner, Case.load(path.read_text()))
