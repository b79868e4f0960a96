"""Data sent inline goes from a large body, and nothing else does."""

import base64
import json
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.exchange.capture.elide import SHORTEST, Elider

IMAGE = base64.b64encode(bytes(range(256)) * 40).decode()


def elide(body, places=()):
    elider = Elider()
    edges = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    pieces = [elider.feed(body[start:stop]) for start, stop in pairwise(edges)]
    return b"".join(pieces) + elider.end()


def written(value, *, slashes=False, plus=False):
    text = json.dumps(value)
    text = text.replace("/", "\\/") if slashes else text
    return (text.replace("+", "\\u002B") if plus else text).encode()


@pytest.mark.parametrize(
    "text",
    [
        "a" * (SHORTEST - 1),
        "word " * 5_000,
        "ünï" * 5_000,
        '\\"' * 5_000,
        "\\\\" * 5_000,
        "a,b" * 5_000,
        "<elided 5>",
        "data:text/plain;base64,SGVsbG8=",
    ],
    ids=["short", "words", "accents", "quotes", "backslashes", "commas", "mark", "small"],
)
def test_text_passes_unchanged(text):
    body = written({"messages": [{"content": text}]})
    assert elide(body) == body


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,", "see ![](data:image/png;base64,"])
@pytest.mark.parametrize("style", [{}, {"slashes": True}, {"plus": True}], ids=str)
def test_the_mark_says_how_many_characters_are_gone(prefix, style):
    body = written({"data": prefix + IMAGE, "text": "hi"}, **style)
    found = json.loads(elide(body))
    assert found["text"] == "hi"
    kept, gone = re.fullmatch(r"(.*)<elided (\d+)>", found["data"]).groups()
    assert kept == (prefix + IMAGE)[: len(prefix) + 16]
    assert len(kept) + int(gone) == len((prefix + IMAGE).rstrip("="))


def test_line_ends_in_base64_are_not_counted():
    lines = "\r\n".join(IMAGE[place : place + 76] for place in range(0, len(IMAGE), 76))
    gone = re.search(rb"<elided (\d+)>", elide(written({"data": lines})))
    assert int(gone[1]) == len(IMAGE.rstrip("=")) - 16


def test_text_behind_base64_is_kept():
    body = written({"content": IMAGE + " and then words"})
    assert json.loads(elide(body))["content"].endswith("> and then words")


def test_a_body_that_ends_inside_data_keeps_its_mark():
    body = written({"data": IMAGE})[:8_000]
    assert elide(body).endswith(b">")


def test_many_short_strings_pass_unchanged():
    body = written([""] * 50_000)
    assert elide(body) == body


STRINGS = st.one_of(
    st.text(max_size=20),
    st.sampled_from([IMAGE, IMAGE[:SHORTEST], IMAGE[: SHORTEST + 1], "data:a/b;base64," + IMAGE]),
    st.builds("".join, st.lists(st.sampled_from([";base64,", IMAGE[:3_000], " ", '"', "\\"]))),
)


@settings(max_examples=150, deadline=None)
@given(
    parts=st.lists(STRINGS, max_size=6),
    style=st.sampled_from([{}, {"slashes": True}, {"plus": True}]),
    places=st.lists(st.integers(0, 1_000_000), max_size=40),
)
def test_it_is_the_same_however_the_bytes_are_cut(parts, style, places):
    body = written(parts, **style)
    whole = elide(body)
    assert elide(body, places) == whole
    found = json.loads(whole)
    assert len(found) == len(parts)
    for was, now in zip(parts, found, strict=True):
        assert now == was or len(now) < len(was)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_bytes_of_any_kind_never_raise(data):
    ends = st.sampled_from([b'"', b"\\", b"\\u00", b"\\u", b";base64,", b"\xff", b"A" * 5_000])
    body = b"".join(data.draw(st.lists(ends | st.binary(max_size=8), max_size=12)))
    places = data.draw(st.lists(st.integers(0, 100_000), max_size=20))
    assert elide(body, places) == elide(body)


def test_a_long_body_is_the_same_byte_by_byte():
    body = written({"a": "word " * 900, "b": IMAGE[:9_000], "c": "x"}, slashes=True)
    assert elide(body, range(len(body))) == elide(body)
