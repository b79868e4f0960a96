"""Recorded streams of real servers: what the recorder makes of them, however they are cut."""

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.exchange import jsonl
from monitor.exchange.capture.elide import SHORTEST, Elider
from monitor.exchange.model import Timing
from monitor.exchange.protocols import DIALECTS, find_dialect
from monitor.exchange.recorder import Origin, Recorder
from monitor.exchange.unparsed import READ_ERRORS, reason_of

FOLDER = Path(__file__).parents[2] / "data" / "streams"
SMALL_DATA = re.compile(rb"iVBORw0KGgo[A-Za-z0-9+/]*")
NAMES = sorted(path.stem for path in FOLDER.glob("*.response"))


def load(name: str) -> tuple[str, bytes, int, str, bytes]:
    """Path, request body, status, content type and response body."""
    path, request = (FOLDER / f"{name}.request").read_bytes().split(b"\n", 1)
    head, body = (FOLDER / f"{name}.response").read_bytes().split(b"\n", 1)
    status, content_type = head.decode().split(" ", 1)
    return path.decode(), request, int(status), content_type, body


def is_streamed(name: str) -> bool:
    return any(kind in load(name)[3] for kind in ("event-stream", "ndjson"))


STREAMED = [name for name in NAMES if is_streamed(name)]


def record(name: str, places: list[int]):
    """The exchange, its response cut at `places`, without its times."""
    path, request, status, content_type, body = load(name)
    recorder = Recorder(name, Origin(path), limit=262_144)
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
    if "ndjson" in content_type:
        ending = b"\r\n"  # a carriage return alone ends no line there
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
    recorder = Recorder(name, Origin(path), limit=data.draw(st.integers(0, 4_000)))
    recorder.request_body(request)
    recorder.request_ended(ts=1.0, at=1.0)
    recorder.response_began(status, content_type=content_type)
    recorder.response_body([body], 2.0)
    recorder.ended(ts=3.0, at=3.0)
    jsonl.decode(jsonl.encode(recorder.finish()))


def test_every_dialect_has_plain_and_streamed_recordings():
    seen = {(find_dialect(load(name)[0]).name, is_streamed(name)) for name in NAMES}
    in_one_piece = {"openai_embeddings", "tgi_generate"}
    only_streamed = {"tgi_generate_stream"}
    for name in (dialect.name for dialect in DIALECTS):
        assert name in only_streamed or (name, False) in seen
        assert name in in_one_piece or (name, True) in seen


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=20, deadline=None)
@given(places=st.lists(st.integers(0, 1_000_000), max_size=20))
def test_a_request_is_the_same_with_its_data_taken_out(name, places):
    """Its images blown up and dropped as the bytes pass, or small and kept whole."""
    path, request, *_ = load(name)
    dialect = find_dialect(path)
    swollen = SMALL_DATA.sub(lambda found: found[0] + b"A" * 4 * SHORTEST, request)
    elider = Elider()
    edges = [0, *sorted(place % (len(swollen) + 1) for place in places), len(swollen)]
    kept = b"".join(elider.feed(swollen[start:stop]) for start, stop in pairwise(edges))
    kept += elider.end()
    if swollen != request:
        assert len(kept) < len(swollen)
    assert read(dialect, kept) == read(dialect, swollen)


def read(dialect, body):
    """What was asked, or the kind of error."""
    try:
        return dialect.request(body)
    except READ_ERRORS as error:
        return reason_of(error)
