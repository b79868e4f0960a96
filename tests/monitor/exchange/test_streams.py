"""Recorded streams of real servers: what the recorder makes of them, however they are cut."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.exchange import jsonl
from monitor.exchange.model import Timing
from monitor.exchange.recorder import Origin, Recorder

FOLDER = Path(__file__).parents[2] / "data" / "streams"
NAMES = sorted(path.stem for path in FOLDER.glob("*.response"))


def load(name: str) -> tuple[str, bytes, int, str, bytes]:
    """Path, request body, status, content type and response body."""
    path, request = (FOLDER / f"{name}.request").read_bytes().split(b"\n", 1)
    head, body = (FOLDER / f"{name}.response").read_bytes().split(b"\n", 1)
    status, content_type = head.decode().split(" ", 1)
    return path.decode(), request, int(status), content_type, body


STREAMED = [name for name in NAMES if "event-stream" in load(name)[3]]


def record(name: str, places: list[int]):
    """The exchange, its response cut at `places`, without its times."""
    path, request, status, content_type, body = load(name)
    recorder = Recorder(Origin(id=name, route=path), limit=262_144)
    recorder.request_body(request)
    recorder.request_ended(ts=1.0, at=1.0)
    recorder.response_began(status, content_type=content_type)
    edges = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    for number, (start, stop) in enumerate(pairwise(edges)):
        recorder.response_body([body[start:stop]], 2.0 + number)
    recorder.ended(ts=9.0, at=9.0)
    exchange = recorder.finish()
    return replace(exchange, timing=Timing(chunks=exchange.timing.chunks))


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_stream_is_read_as_expected(name):
    expected = json.loads((FOLDER / f"{name}.json").read_text())
    assert json.loads(jsonl.encode(record(name, []))) == expected


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(places=st.lists(st.integers(0, 1_000_000), max_size=60))
def test_the_exchange_is_the_same_however_the_bytes_are_cut(name, places):
    assert record(name, places) == record(name, [])


@pytest.mark.parametrize("name", NAMES)
def test_the_exchange_is_the_same_byte_by_byte(name):
    body = load(name)[4]
    assert record(name, list(range(len(body)))) == record(name, [])


@pytest.mark.parametrize("name", STREAMED)
@pytest.mark.parametrize("ending", [b"\r\n", b"\r"], ids=["crlf", "cr"])
def test_every_kind_of_line_end_is_read_alike(name, ending, tmp_path, monkeypatch):
    path, request, status, content_type, body = load(name)
    (tmp_path / f"{name}.request").write_bytes(path.encode() + b"\n" + request)
    head = f"{status} {content_type}\n".encode()
    (tmp_path / f"{name}.response").write_bytes(head + body.replace(b"\n", ending))
    whole = record(name, [])
    monkeypatch.setattr(__name__ + ".FOLDER", tmp_path)
    assert record(name, []) == whole
    assert record(name, list(range(len(body)))) == whole


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_mutated_bytes_never_raise(name, data):
    """Whatever comes, the recorder gives an exchange that can be written down."""
    path, request, status, content_type, body = load(name)
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(body)))
        body = body[:place] + data.draw(st.binary(max_size=4)) + body[place + 1 :]
    recorder = Recorder(Origin(id=name, route=path), limit=data.draw(st.integers(0, 4_000)))
    recorder.request_body(request)
    recorder.request_ended(ts=1.0, at=1.0)
    recorder.response_began(status, content_type=content_type)
    recorder.response_body([body], 2.0)
    recorder.ended(ts=3.0, at=3.0)
    jsonl.decode(jsonl.encode(recorder.finish()))


def test_every_dialect_has_plain_and_streamed_recordings():
    seen = {(load(name)[0], "event-stream" in load(name)[3]) for name in NAMES}
    paths = {"/v1/chat/completions", "/v1/completions", "/v1/messages"}
    assert {(path, streamed) for path in paths for streamed in (True, False)} <= seen
