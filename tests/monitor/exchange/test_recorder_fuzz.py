"""The recorder given golden streams gone wrong: it never raises, and says what it did not read.

Bytes are flipped, cut, repeated and spliced with those of another server, and JSON values replaced
by hostile ones. Cases that once found something are kept as files and played again.
"""

import json
import os
import re
import zlib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.exchange import jsonl
from monitor.exchange.model import Timing
from monitor.exchange.recorder import Origin, Recorder

DATA = Path(__file__).parents[2] / "data"
CORPUS = sorted((DATA / "fuzz" / "recorder").glob("*.json"))
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "800"))
LIMIT = 262_144
TOKEN = re.compile(
    rb'"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null|[\[\]{}:,]|\n+|data: |event: '
)
HOSTILE = [
    *(b'"\\ud800"', b'"\\udc00\\ud800"', b'"\xff"', b'"\xed\xa0\x80"', b'"\\u0000"', b'""', b'"x"'),
    *(b"1e999", b"-1e999", b"NaN", b"-1", b"1.5", b"9" * 40, b"-9223372036854775809"),
    *(b"18446744073709551616", b"4294967296", b"null", b"true", b"[]", b"{}", b"[0]", b"[[[1]]]"),
    *(b"[" * 900 + b"]" * 900, b'{"a":' * 1_200 + b"1" + b"}" * 1_200, b"[" * 2_000),
    *(b'{"a":1,"a":2}', b'{"x":"\\ud800"}', b'[{"type":"text","text":1}]', b'["a",1,null]'),
]


def load(name):
    """Path, request body, status, content type and response body."""
    path, request = (DATA / "streams" / f"{name}.request").read_bytes().split(b"\n", 1)
    head, body = (DATA / "streams" / f"{name}.response").read_bytes().split(b"\n", 1)
    status, content_type = head.decode().split(" ", 1)
    return path.decode(), request, int(status), content_type, body


GOLDEN = {path.stem: load(path.stem) for path in sorted((DATA / "streams").glob("*.response"))}
BODIES = sorted({golden[4] for golden in GOLDEN.values() if len(golden[4]) < 20_000})
FAULT = st.tuples(st.integers(0, 5), st.integers(0, 99_999), st.integers(0, 99_999))


def spoilt(body, faults, other):
    """A body with these faults, each a kind and two numbers that say where and what."""
    for kind, at, what in faults:
        place = at % (len(body) + 1)
        tokens = list(TOKEN.finditer(body))
        if kind <= 1 and tokens:
            token = tokens[at % len(tokens)]
            value = HOSTILE[what % len(HOSTILE)] if kind else tokens[what % len(tokens)][0]
            body = body[: token.start()] + value + body[token.end() :]
        elif kind == 2:
            body = body[:place] + bytes([what % 256]) + body[place + 1 :]
        elif kind == 3:
            body = body[:place]
        elif kind == 4:
            body = body[:place] + body[place : place + what % 2_000] * 2 + body[place:]
        else:
            body = body[:place] + other[what % (len(other) + 1) :][:5_000] + body[place:]
    return body


def record(path, request, answer, *, places=(), limit=LIMIT, encodings=("", "")):
    """The exchange without its times, the answer cut at places; written down and read again."""
    status, content_type, body = answer
    recorder = Recorder("id", Origin(path, content_encoding=encodings[0]), limit=limit)
    for start in range(0, len(request), 700):
        recorder.request_body(request[start : start + 700])
    recorder.request_ended(ts=1.0, at=1.0)
    recorder.response_began(status, content_type=content_type, content_encoding=encodings[1])
    edges = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    for number, (start, stop) in enumerate(pairwise(edges)):
        recorder.response_body([body[start:stop]], 2.0 + number)
    jsonl.decode(jsonl.encode(recorder.stalled(1_000.0)))
    recorder.ended(ts=9.0, at=2_000.0)
    exchange = recorder.finish()
    assert jsonl.decode(jsonl.encode(exchange)) == exchange
    return replace(exchange, timing=Timing(chunks=exchange.timing.chunks))


def same(first, second, limit):
    """Whether two recordings agree; of several faults either may be named when little is kept."""
    if limit < LIMIT and first.unparsed and second.unparsed:
        first, second = replace(first, unparsed="x"), replace(second, unparsed="x")
    return first == second


def packed(body, encoding):
    return zlib.compress(body, wbits=31) if encoding == "gzip" else body


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    name=st.sampled_from(sorted(GOLDEN)),
    faults=st.tuples(st.lists(FAULT, max_size=3), st.lists(FAULT, max_size=4)),
    other=st.sampled_from(BODIES),
    places=st.lists(st.integers(0, 99_999), max_size=20),
    limit=st.sampled_from([10, 300, 4_000, LIMIT, LIMIT]),
    kinds=st.sampled_from([None, None, None, "text/event-stream", "application/x-ndjson", ""]),
    encodings=st.tuples(*[st.sampled_from(["", "", "", "gzip", "deflate", "br", "identity"])] * 2),
)
def test_whatever_comes_gives_the_same_exchange_however_it_is_cut(
    name, faults, other, places, limit, kinds, encodings
):
    path, request, status, content_type, body = GOLDEN[name]
    request = packed(spoilt(request, faults[0], other), encodings[0])
    body = packed(spoilt(body, faults[1], other), encodings[1])
    answer = (status, content_type if kinds is None else kinds, body)
    options = {"limit": limit, "encodings": encodings}
    whole = record(path, request, answer, **options)
    assert same(whole, record(path, request, answer, places=places, **options), limit)


WORDS = [
    *(b"a", b" the", b"data: ", b"\\n", b"\\u00e9", b"\\ud83d\\ude00", b"\xc3\xa9", b"\xff", b""),
    *(b"\xed\xa0\x80", b'"', b'\\"', b"\\", b"\n", b"\r", b"\n\n", b"x" * 300, b"}", b"content"),
    *(b'","finish_reason":"stop', b"assistant", b"\x00", b"\xc3", b"\xa9", b"\\ud83d", b" "),
]
STREAMED = [name for name, golden in GOLDEN.items() if "event-stream" in golden[3]]
SAID = re.compile(rb'"(?:content|text|delta|thinking|reasoning_content|response)": ?"([^"\\]*)"')


@settings(max_examples=EXAMPLES // 4, deadline=None)
@given(
    name=st.sampled_from(STREAMED),
    which=st.integers(0, 99),
    words=st.lists(st.integers(0, 20 * len(WORDS)), min_size=20, max_size=80),
    moved=st.lists(st.integers(0, 99_999), max_size=2),
)
def test_events_that_repeat_are_read_at_once_as_one_by_one(name, which, words, moved):
    """A long stream of one event with another word in it, a chunk for each, odd words among them."""
    path, request, status, content_type, body = GOLDEN[name]
    events = [event + b"\n\n" for event in body.split(b"\n\n") if event]
    speaking = [event for event in events if SAID.search(event)] or events
    event = speaking[which % len(speaking)]
    found = SAID.search(event)
    start, stop = found.span(1) if found else (len(event), len(event))
    stream = events[:2]
    for word in words:
        said = WORDS[word] if word < len(WORDS) else b"w%d" % word
        stream.append(event[:start] + said + event[stop:])
    ends = [sum(map(len, stream[:number])) for number in range(1, len(stream))]
    answer = (status, content_type, b"".join(stream))
    at_once = record(path, request, answer, places=[*ends, *moved])
    assert at_once == record(path, request, answer, places=range(1, len(answer[2]), 31))


@pytest.mark.parametrize("file", CORPUS, ids=lambda path: path.stem)
def test_what_once_failed_does_not_again(file):
    kept = json.loads(file.read_text())
    path, request, status, content_type, _ = GOLDEN[kept["golden"]]
    body = kept["body"].encode("latin-1") * kept.get("times", 1)
    answer = (status, kept.get("content_type", content_type), body)
    options = {"limit": kept["limit"], "encodings": ("", kept.get("encoding", ""))}
    whole = record(path, request, answer, **options)
    assert same(whole, record(path, request, answer, places=kept["places"], **options), LIMIT)
    assert {name: getattr(whole, name) for name in kept["expected"]} == kept["expected"]
