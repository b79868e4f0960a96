"""What the recorder says of bodies that are large, late, odd or missing."""

import pytest

from monitor.exchange.recorder import Origin, Recorder

CHAT = b'{"model":"m","messages":[{"role":"user","content":"hi"}]}'
ANSWER = b'{"choices":[{"index":0,"message":{"content":"hello"},"finish_reason":"stop"}]}'


def recorder(request=CHAT, *, route="/v1/chat/completions", limit=10_000, encoding=""):
    made = Recorder("id", Origin(route, content_encoding=encoding), limit=limit)
    made.request_body(request)
    made.request_ended(ts=100.0, at=10.0)
    return made


def chunk(text):
    return b'data: {"choices":[{"index":0,"delta":{"content":"%b"}}]}\n\n' % text.encode()


def test_times_run_from_the_last_byte_of_the_request_to_content():
    made = recorder()
    made.connected(0.25)
    made.response_began(200, content_type="text/event-stream; charset=utf-8")
    made.response_body([b": comment\n\n"], 11.0)
    made.response_body([b'data: {"choices":[{"index":0,"delta":{"role":"assistant"}}]}\n\n'], 12.0)
    for at, text in ((13.0, "a"), (14.0, "b"), (17.0, "c")):
        made.response_body([chunk(text)], at)
    made.response_body([b"data: [DONE]\n\n"], 18.0)
    made.ended(ts=109.0, at=19.0)
    exchange = made.finish()
    timing = exchange.timing
    assert (timing.ttft, timing.max_gap, timing.duration, timing.connect) == (3.0, 3.0, 9.0, 0.25)
    assert timing.chunks == 3
    assert exchange.ts == 100.0


def test_a_plain_answer_has_no_time_to_first_token():
    made = recorder()
    made.response_began(200, content_type="application/json")
    made.response_body([ANSWER], 11.0)
    made.ended(ts=101.0, at=11.0)
    exchange = made.finish()
    assert exchange.answer == "hello"
    assert exchange.timing.ttft is None
    assert exchange.timing.duration == 1.0


def test_an_answer_beyond_the_limit_is_kept_in_part_and_says_so():
    made = recorder(limit=200)
    made.response_began(200, content_type="text/event-stream")
    for _ in range(100):
        made.response_body([chunk("0123456789")], 11.0)
    made.ended(ts=101.0, at=12.0)
    exchange = made.finish()
    assert exchange.answer == "0123456789" * 20
    assert exchange.truncated == ["response"]
    assert exchange.timing.chunks == 100


def test_a_request_beyond_the_limit_is_unread_and_says_so():
    exchange = recorder(CHAT + b" " * 100, limit=40).finish()
    assert exchange.unparsed == "too_large"
    assert exchange.truncated == ["request"]


@pytest.mark.parametrize(
    ("request_", "options", "reason"),
    [
        (b"not json", {}, "json"),
        (b"", {}, "json"),
        (b'{"messages": 3}', {}, "shape"),
        (b"[]", {}, "shape"),
        (CHAT, {"encoding": "br"}, "content_encoding"),
        (CHAT, {"encoding": "gzip"}, "content_encoding"),
        (CHAT, {"route": "/v1/unknown"}, "dialect"),
        (b"[" * 5_000, {}, "shape"),
        (b'{"x":' + b"[" * 5_000, {}, "json"),
    ],
)
def test_what_cannot_be_read_has_a_reason(request_, options, reason):
    made = recorder(request_, **options)
    made.response_began(200, content_type="application/json")
    made.response_body([ANSWER], 11.0)
    made.ended(ts=101.0, at=11.0)
    assert made.finish().unparsed == reason


def test_a_stream_of_nonsense_is_unread():
    made = recorder()
    made.response_began(200, content_type="text/event-stream")
    made.response_body([b"data: {nonsense}\n\n"], 11.0)
    made.ended(ts=101.0, at=11.0)
    assert made.finish().unparsed == "json"


def test_without_an_answer_there_is_no_response():
    made = recorder()
    made.ended(ts=101.0, at=11.0, error="upstream_refused")
    exchange = made.finish()
    assert exchange.response is None
    assert exchange.answer is None
    assert exchange.error == "upstream_refused"


@pytest.mark.parametrize(
    ("path", "dialect"),
    [
        ("/v1/chat/completions", "openai_chat"),
        ("/openai/deployments/x/chat/completions", "openai_chat"),
        ("/base/v1/completions/", "openai_completions"),
        ("/v1/messages", "anthropic_messages"),
        ("/v1/responses", "openai_responses"),
        ("/v1/responses/resp_1/cancel", ""),
        ("/openai/deployments/x/embeddings", "openai_embeddings"),
        ("/ollama/api/chat", "ollama_chat"),
        ("/api/generate", "ollama_generate"),
        ("/generate", "tgi_generate"),
        ("/generate_stream", "tgi_generate_stream"),
        ("/v1/images/generations", ""),
        ("/", ""),
    ],
)
def test_the_dialect_follows_the_end_of_the_path(path, dialect):
    assert recorder(route=path).finish().dialect == dialect
