import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.exchange.jsonl import ExchangeFormatError, decode, encode, parse, read


def test_the_documented_line_is_read_whole():
    line = (
        b'{"id": "01J", "ts": 1764000000.25, "model": "m", "route": "/v1/chat/completions",'
        b' "tenant": "acme", "request": {"messages": [{"role": "system", "content": "be kind"},'
        b' {"role": "user", "content": "hi"}], "stream": true}, "response": {"text": "hello",'
        b' "finish_reason": "stop", "status": 200, "tool_calls": []},'
        b' "usage": {"input_tokens": 12, "output_tokens": 87},'
        b' "timing": {"ttft": 0.21, "duration": 1.9}}'
    )
    exchange = parse(line, index=0)
    assert (exchange.id, exchange.ts, exchange.tenant) == ("01J", 1764000000.25, "acme")
    assert (exchange.system, exchange.prompt, exchange.answer) == ("be kind", "hi", "hello")
    assert (exchange.usage.output_tokens, exchange.timing.ttft) == (87, 0.21)
    assert exchange.request.stream


def test_only_the_request_is_required():
    exchange = parse(b'{"request": {"messages": [{"role": "user", "content": "hi"}]}}', index=7)
    assert (exchange.id, exchange.ts) == ("7", 7.0)
    assert exchange.answer is None


@pytest.mark.parametrize(
    ("line", "prompt", "answer"),
    [
        (b'{"prompt": "p"}', "p", None),
        (b'{"response": "r"}', None, "r"),
        (b'{"prompt": "p", "response": ""}', "p", ""),
        (b'{"prompt": "p", "response": null}', "p", None),
    ],
)
def test_the_short_form_gives_the_sides_it_has(line, prompt, answer):
    exchange = parse(line, index=0)
    assert (exchange.prompt, exchange.answer) == (prompt, answer)


def test_a_null_is_as_if_the_key_were_missing():
    line = b'{"prompt": "p", "response": "r", "usage": null, "timing": {"ttft": null}, "ts": null}'
    exchange = parse(line, index=3)
    assert exchange.ts == 3.0
    assert exchange.usage.input_tokens is None


def test_a_number_as_id_becomes_text():
    assert parse(b'{"id": 5, "prompt": "p"}', index=0).id == "5"


def test_the_prompt_is_what_was_said_since_the_last_answer():
    line = (
        b'{"request": {"messages": [{"role": "user", "content": "first"},'
        b' {"role": "assistant", "content": "answer"}, {"role": "tool", "content": "result"},'
        b' {"role": "user", "content": [{"type": "text", "text": "second"},'
        b' {"type": "image_url", "image_url": {"url": "x"}}]}]}}'
    )
    assert parse(line, index=0).prompt == "result\nsecond"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{nope", "not a JSON object"),
        (b"[1]", "not a JSON object"),
        (b"\xff\xfe", "not a JSON object"),
        (b"{}", 'neither "request" nor "prompt" nor "response"'),
        (b'{"prompt": 5}', '"prompt" must be a string'),
        (b'{"prompt": "p", "ts": "now"}', "$.ts"),
        (b'{"request": {"messages": "hi"}}', "$.request.messages"),
    ],
)
def test_a_bad_line_says_what_is_wrong(line, told):
    with pytest.raises(ExchangeFormatError) as caught:
        parse(line, index=0)
    assert told in str(caught.value)


def test_a_bad_line_in_a_file_is_named_by_file_and_line(tmp_path):
    path = tmp_path / "day.jsonl"
    path.write_text('{"prompt": "good"}\n\n{broken\n')
    with pytest.raises(ExchangeFormatError, match=r"day\.jsonl:3: .*\nEach line is"):
        list(read(str(path)))


def test_an_empty_file_is_an_error(tmp_path):
    path = tmp_path / "empty.jsonl"
    path.write_text("\n")
    with pytest.raises(ExchangeFormatError, match="holds no exchange"):
        list(read(str(path)))


def test_a_missing_file_is_an_error():
    with pytest.raises(ExchangeFormatError, match=r"nowhere\.jsonl: cannot be read"):
        list(read("nowhere.jsonl"))


def test_standard_input_is_read(monkeypatch):
    class Stdin:
        buffer = io.BytesIO(b'{"prompt": "p"}\n')

    monkeypatch.setattr("sys.stdin", Stdin)
    assert [x.prompt for x in read("-")] == ["p"]


@given(st.text(), st.text(), st.floats(0, 1e10))
def test_what_is_written_is_read_back(prompt, answer, ts):
    exchange = parse(encode({"prompt": prompt, "response": answer, "ts": ts}), index=0)
    assert decode(encode(exchange)) == exchange
