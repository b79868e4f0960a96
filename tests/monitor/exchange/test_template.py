"""Runs of like events are read at once, and say exactly what they say one by one."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.exchange.recorder import Origin, Recorder

ROUTES = {
    "/v1/chat/completions": lambda text: (
        b'data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":%b},'
        b'"finish_reason":null}]}\n\n' % text
    ),
    "/v1/completions": lambda text: (
        b'data: {"id":"c1","model":"m","choices":[{"index":1,"text":%b}]}\n\n' % text
    ),
    "/v1/messages": lambda text: (
        b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
        b'"delta":{"type":"text_delta","text":%b}}\n\n' % text
    ),
    "/v1/responses": lambda text: (
        b'event: response.output_text.delta\ndata: {"type":"response.output_text.delta",'
        b'"item_id":"i","output_index":0,"content_index":0,"delta":%b}\n\n' % text
    ),
}
REASONING = b'data: {"choices":[{"index":0,"delta":{"reasoning_content":%b}}]}\n\n'
FINISH = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":5}}\n\n'
OTHER_MODEL = b'data: {"model":"other","choices":[{"index":0,"delta":{"content":"x"}}]}\n\n'
BROKEN = b'data: {"choices":[{"index":0,"delta":{"content":"\xff"}}]}\n\n'
ODD = [FINISH, USAGE, OTHER_MODEL, BROKEN, b": comment\n\n", b"data: [DONE]\n\n", b"data: {\n\n"]


def recorded(route, pieces, *, halved, limit=100_000):
    """The exchange of these pieces; halved, none of them is one event, and none is read in a run."""
    recorder = Recorder("id", Origin(route), limit=limit)
    asked = "input" if route.endswith("responses") else "prompt"
    recorder.request_body(b'{"model":"m","stream":true,"messages":[],"%b":"p"}' % asked.encode())
    recorder.request_ended(ts=1.0, at=0.0)
    recorder.response_began(200, content_type="text/event-stream")
    for number, piece in enumerate(pieces, start=1):
        middle = len(piece) // 2
        parts = [[piece[:middle]], [piece[middle:]]] if halved else [[piece]]
        for part in parts:
            recorder.response_body(part, number / 10)
    recorder.ended(ts=2.0, at=99.0)
    return recorder.finish(), recorder.answer.gap_counts


def same_both_ways(route, pieces, **options):
    run, run_gaps = recorded(route, pieces, halved=False, **options)
    one_by_one, gaps = recorded(route, pieces, halved=True, **options)
    assert run == one_by_one
    assert run_gaps == gaps
    return run


@pytest.mark.parametrize("route", ROUTES)
def test_a_long_run_reads_as_its_events_do(route):
    pieces = [ROUTES[route](json.dumps(f" word{n}").encode()) for n in range(500)]
    exchange = same_both_ways(route, pieces)
    assert exchange.answer.endswith("".join(f" word{n}" for n in range(500)))
    assert exchange.timing.chunks == 500
    assert exchange.unparsed is None


TEXTS = st.one_of(
    st.text(min_size=1, max_size=8),
    st.sampled_from(["", '"', "\\", "\n", "é", "😀", "c1", "m", "stop", "text_delta", "\x7f"]),
)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(sorted(ROUTES)), st.booleans())
def test_whatever_stands_in_a_stream_reads_the_same_in_runs(data, route, ascii_only):
    written = data.draw(st.lists(TEXTS, min_size=1, max_size=6))
    pieces = []
    for _ in range(data.draw(st.integers(1, 8))):
        like = [
            ROUTES[route](json.dumps(text, ensure_ascii=ascii_only).encode()) for text in written
        ]
        pieces += like * data.draw(st.integers(1, 12))
        if route == "/v1/chat/completions":
            pieces += data.draw(st.lists(st.sampled_from(ODD), max_size=2))
            pieces += [REASONING % b'"hm"'] * data.draw(st.integers(0, 12))
    same_both_ways(route, pieces, limit=data.draw(st.sampled_from([100_000, 3_000, 300])))


def test_halves_of_a_character_in_two_events_are_not_joined():
    whole, event = "é".encode(), ROUTES["/v1/chat/completions"]
    pieces = [event(b'"plain"')] * 60 + [
        event(b'"%b"' % whole[:1]),
        event(b'"%b"' % whole[1:]),
    ] * 60
    exchange = same_both_ways("/v1/chat/completions", pieces)
    assert exchange.unparsed == "json"


def test_a_text_that_stands_in_an_event_twice_is_no_template():
    event = b'data: {"id":"%b","model":"m","choices":[{"index":0,"delta":{"content":"%b"}}]}\n\n'
    pieces = [event % (b"w", b"w")] * 40 + [event % (b"w%d" % n, b"w") for n in range(80)]
    exchange = same_both_ways("/v1/chat/completions", pieces)
    assert exchange.answer == "w" * 120
