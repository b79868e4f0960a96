"""A request beyond the limit: its text is read as long as only data makes it large."""

import base64
import json

import pytest

from monitor.exchange.recorder import Origin, Recorder

LIMIT = 20_000
DATA = bytes(range(256)) * 400
BASE64 = base64.b64encode(DATA).decode()
URL = "data:image/png;base64," + BASE64
NOTED = {"media_type": "image/png", "size": len(DATA)}
CHAT = "/v1/chat/completions"


def record(path, body, *, encoding="", piece=7_000):
    made = Recorder("id", Origin(path, content_encoding=encoding), limit=LIMIT)
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    for start in range(0, len(data), piece):
        made.request_body(data[start : start + piece])
    made.request_ended(ts=1.0, at=1.0)
    return made.finish()


def chat(*parts):
    return {"model": "m", "messages": [{"role": "user", "content": list(parts)}]}


TEXT = {"type": "text", "text": "What is this?"}


@pytest.mark.parametrize(
    ("path", "body", "note"),
    [
        (
            CHAT,
            chat(TEXT, {"type": "image_url", "image_url": {"url": URL}}),
            {"type": "image_url", **NOTED},
        ),
        (
            "/v1/messages",
            chat(
                TEXT,
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": BASE64},
                },
            ),
            {"type": "image", **NOTED},
        ),
        (
            "/v1/responses",
            {
                "input": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": "What is this?"},
                            {"type": "input_image", "image_url": URL},
                        ],
                    }
                ]
            },
            {"type": "input_image", **NOTED},
        ),
        (
            "/api/chat",
            {"messages": [{"role": "user", "content": "What is this?", "images": [BASE64]}]},
            {"type": "image", "size": len(DATA)},
        ),
        (
            "/api/generate",
            {"prompt": "What is this?", "images": [BASE64]},
            {"type": "image", "size": len(DATA)},
        ),
        (
            "/generate",
            {"inputs": f"What is this?![]({URL})"},
            {"type": "image", **NOTED},
        ),
    ],
)
def test_every_dialect_is_read_with_its_data_noted(path, body, note):
    exchange = record(path, body)
    assert exchange.unparsed is None
    assert exchange.truncated == []
    assert exchange.prompt == "What is this?"
    (message,) = exchange.request.messages
    assert message.content == [TEXT, note]


def test_what_comes_behind_the_data_is_read():
    image = {"type": "image_url", "image_url": {"url": URL}}
    body = chat(image, image, TEXT) | {"stream": True, "user": "ada"}
    exchange = record(CHAT, body)
    assert (exchange.prompt, exchange.user) == ("What is this?", "ada")
    assert exchange.request.stream


def test_text_that_looks_like_data_is_marked_as_cut():
    exchange = record(CHAT, chat({"type": "text", "text": BASE64}))
    assert exchange.truncated == ["request"]
    assert "<elided " in exchange.prompt


def test_more_text_than_the_limit_is_still_too_large():
    text = {"type": "text", "text": "word " * LIMIT}
    exchange = record(CHAT, chat(text, {"type": "image_url", "image_url": {"url": URL}}))
    assert (exchange.unparsed, exchange.truncated) == ("too_large", ["request"])


def test_a_compressed_body_is_not_looked_into():
    exchange = record(CHAT, BASE64.encode(), encoding="gzip")
    assert (exchange.unparsed, exchange.truncated) == ("too_large", ["request"])
