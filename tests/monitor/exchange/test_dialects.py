"""What the golden streams do not show of the dialects."""

import json
import random
import zlib

import pytest

from monitor.exchange.recorder import Origin, Recorder

CHAT = {"messages": [{"role": "user", "content": "hi"}]}


def asked(path, body, **origin):
    made = Recorder("id", Origin(path, **origin), limit=10_000)
    made.request_body(json.dumps(body).encode())
    made.request_ended(ts=1.0, at=1.0)
    return made


@pytest.mark.parametrize(
    ("path", "body", "who"),
    [
        ("/v1/chat/completions", CHAT | {"user": "u"}, ("u", "")),
        ("/v1/chat/completions", CHAT | {"user": "u", "safety_identifier": "s"}, ("s", "")),
        ("/v1/chat/completions", CHAT | {"user": 17}, ("17", "")),
        ("/v1/chat/completions", CHAT | {"user": {"id": 1}}, ("", "")),
        ("/v1/chat/completions", CHAT | {"user": "u" * 500}, ("u" * 128, "")),
        ("/v1/completions", {"prompt": "p", "user": "u"}, ("u", "")),
        ("/v1/embeddings", {"input": "p", "user": "u"}, ("u", "")),
        ("/v1/messages", CHAT | {"metadata": {"user_id": "u"}}, ("u", "")),
        ("/v1/messages", CHAT | {"metadata": "none"}, ("", "")),
        ("/v1/responses", {"input": "p", "conversation": "c"}, ("", "c")),
        ("/v1/responses", {"input": "p", "conversation": {"id": "c"}}, ("", "c")),
        ("/v1/responses", {"input": "p", "previous_response_id": "r", "user": "u"}, ("u", "r")),
    ],
)
def test_user_and_conversation_are_read_from_the_body(path, body, who):
    exchange = asked(path, body).finish()
    assert (exchange.user, exchange.conversation) == who
    assert exchange.unparsed is None


def test_what_the_head_says_of_them_goes_before_the_body():
    body = {"input": "p", "conversation": "c", "user": "u"}
    exchange = asked("/v1/responses", body, user="head", conversation="line", key="k").finish()
    assert (exchange.user, exchange.conversation, exchange.key) == ("head", "line", "k")


@pytest.mark.parametrize(
    ("body", "streamed"), [({}, True), ({"stream": None}, True), ({"stream": False}, False)]
)
@pytest.mark.parametrize("path", ["/api/chat", "/api/generate"])
def test_ollama_streams_unless_told_not_to(path, body, streamed):
    made = asked(path, {"model": "m", "prompt": "p", **body})
    assert made.streamed is streamed


@pytest.mark.parametrize("bound", [-1, -2, "many", None])
def test_no_bound_is_no_longest_answer(bound):
    exchange = asked("/api/chat", CHAT | {"options": {"num_predict": bound}}).finish()
    assert exchange.request.max_tokens is None
    assert exchange.unparsed is None


@pytest.mark.parametrize(
    "content_type", ["application/x-ndjson", "Application/JSONLines; charset=utf-8"]
)
def test_a_stream_of_lines_that_falls_silent_is_noticed(content_type):
    made = asked("/api/chat", CHAT)
    made.response_began(200, content_type=content_type)
    made.response_body([b'{"message":{"content":"one"}}\n{"mess'], 2.0)
    assert made.streamed
    assert made.silence(9.0) == 7.0
    notice = made.stalled(9.0)
    assert (notice.state, notice.answer, notice.timing.idle) == ("stalled", "one", 7.0)
    made.response_body([b'age":{"content":" two"}}\n'], 10.0)
    made.ended(ts=9.0, at=11.0)
    exchange = made.finish()
    assert exchange.answer == "one two"
    assert (exchange.timing.ttft, exchange.timing.max_gap) == (1.0, 8.0)


def vectors(count):
    draw = random.Random(count).random
    floats = ",".join(str(draw()) for _ in range(count))
    return b'{"model":"e-1","data":[{"embedding":[%b]}],"usage":{"prompt_tokens":5}}' % (
        floats.encode()
    )


@pytest.mark.parametrize("encoding", ["", "deflate"])
@pytest.mark.parametrize("count", [1, 50, 50_000])
def test_vectors_are_neither_kept_nor_bounded(count, encoding):
    made = asked("/v1/embeddings", {"input": ["a", "b"]})
    made.response_began(200, content_type="application/json", content_encoding=encoding)
    body = zlib.compress(vectors(count)) if encoding else vectors(count)
    for start in range(0, len(body), 2_000):
        made.response_body([body[start : start + 2_000]], 2.0)
    made.ended(ts=3.0, at=3.0)
    exchange = made.finish()
    assert (exchange.model, exchange.usage.input_tokens) == ("e-1", 5)
    assert (exchange.prompt, exchange.answer) == ("a\nb", None)
    assert (exchange.unparsed, exchange.truncated) == (None, [])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/embeddings", {"input": [1, 2]}),
        ("/v1/embeddings", {"input": ["a", [1]]}),
        ("/v1/completions", {"prompt": [[1, 2]]}),
    ],
)
def test_token_ids_are_not_text(path, body):
    assert asked(path, body).finish().unparsed == "token_ids"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/generate", {"prompt": "of another server"}),
        ("/api/embeddings", {"prompt": "of another dialect"}),
        ("/v1/responses", {"input": 5}),
        ("/api/chat", {"messages": [{"role": "user", "content": 5}]}),
    ],
)
def test_a_body_of_another_shape_says_so(path, body):
    assert asked(path, body).finish().unparsed == "shape"


def test_a_reply_of_tgi_may_come_in_a_list():
    made = asked("/generate", {"inputs": "p"})
    made.response_began(200, content_type="application/json")
    made.response_body([b'[{"generated_text":"one"}]'], 2.0)
    made.ended(ts=3.0, at=3.0)
    assert made.finish().answer == "one"


def test_an_image_that_is_not_closed_stays_text():
    exchange = asked("/generate", {"inputs": "see ![](data:image/png;base64,AAAA"}).finish()
    assert exchange.prompt == "see \n![](data:image/png;base64,AAAA"
