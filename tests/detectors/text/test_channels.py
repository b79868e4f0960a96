from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from detectors.observation import Observation, Timing
from detectors.text.channels import categories, channels

BASE = Observation(id="x", at=0.0, prompt="Why is the sky blue?", response="Light scatters.")


@pytest.mark.parametrize(
    ("response", "name", "expected"),
    [
        ("One two three.", "response_log_length", math.log1p(3)),
        ("", "response_log_length", 0.0),
        ("It ends.", "response_ends_properly", 1.0),
        ("It ends without", "response_ends_properly", 0.0),
        ("I'm sorry, but I can't help with that.", "response_refusal", 1.0),
        ("I\u2019m sorry, I cannot do that.", "response_refusal", 1.0),
        ("The shop is sorry to close.", "response_refusal", 0.0),
        ("no no no no", "response_doubled_words", 1.0),
        ("It is a nice day. It is a nice day.", "response_repeated_sentences", 0.5),
        ("ABab", "response_capitals", 0.5),
        ("ab12", "response_digits", 0.5),
        ("a\nb\n", "response_newlines", 0.5),
        ("aé", "response_non_ascii", 0.5),
        ("a!", "response_punctuation", 0.5),
        ('{"a": 1}', "response_json_valid", 1.0),
        ('{"a": 1', "response_json_valid", 0.0),
        ('```json\n{"a": 1}\n```', "response_json_valid", 1.0),
    ],
)
def test_answers_are_described(response, name, expected):
    assert channels(replace(BASE, response=response))[name] == pytest.approx(expected)


def test_what_has_no_meaning_is_absent():
    found = channels(replace(BASE, response="Short."))
    for name in ("response_json_valid", "response_zlib_ratio", "log_ttft", "pair_cosine"):
        assert name not in found
    assert not any(n.startswith("prompt_") for n in channels(replace(BASE, prompt=None)))


def test_a_loop_compresses_better_than_prose():
    loop = channels(replace(BASE, response="and so on " * 40))
    prose = channels(replace(BASE, response=" ".join(f"word{i} is {i * i}" for i in range(40))))
    assert loop["response_zlib_ratio"] < 0.2 < prose["response_zlib_ratio"]


def test_times_are_told_by_the_token():
    x = replace(BASE, stream=True, output_tokens=11, timing=Timing(ttft=0.5, duration=1.5))
    found = channels(x)
    assert found["log_seconds_per_token"] == pytest.approx(math.log(0.1))
    assert found["log_ttft"] == pytest.approx(math.log(0.5))


def test_the_pair_is_compared():
    x = replace(BASE, response="The sky is blue: why is the sky blue? Why is the sky blue?")
    found = channels(replace(x, prompt_embedding=np.eye(4)[0], response_embedding=np.eye(4)[0]))
    assert found["pair_cosine"] == 1.0
    assert found["pair_word_overlap"] == 1.0


def test_an_answer_that_says_the_prompt_again_echoes():
    assert channels(replace(BASE, prompt="a" * 60, response="a" * 60))["pair_echo"] == 1.0
    assert channels(BASE)["pair_echo"] == 0.0


@pytest.mark.parametrize(
    ("response", "name"),
    [
        ("", "empty"),
        ("Plain words.", "prose"),
        ('{"a": [1]}', "json"),
        ("```python\nprint(1)\n```", "code"),
        ("- one\n- two\n- three", "list"),
        ("# Title\nText", "markdown"),
    ],
)
def test_formats_are_told(response, name):
    assert categories(replace(BASE, response=response))["response_format"] == name


@pytest.mark.parametrize("text", ["\ud800", "\x00" * 50, "a" * 300_000, "🙂" * 100, "\n\n\n"])
def test_strange_texts_give_finite_numbers(text):
    found = channels(replace(BASE, prompt=text, response=text))
    assert all(math.isfinite(value) for value in found.values())
    assert set(categories(replace(BASE, prompt=text, response=text))) >= {"prompt_language"}


@pytest.mark.parametrize(
    ("called", "tool", "count"),
    [
        ((), "none", 0),
        (("search",), "search", 1),
        (("pay", "search"), "pay", 2),
        (("",), "unnamed", 1),
    ],
)
def test_tool_calls_are_counted_and_the_first_is_named(called, tool, count):
    x = replace(BASE, response="", called=called)
    assert categories(x)["response_tool"] == tool
    assert channels(x)["response_tool_calls"] == pytest.approx(math.log1p(count))


@pytest.mark.parametrize(
    ("response", "words"),
    [
        ("One two three four. Five six!", 3),
        ("- one two\n- three four", 4),
        ("No end mark here at all", 6),
        ("Is it? Yes. Two words more.", 2),
    ],
)
def test_sentences_are_measured_in_words(response, words):
    found = channels(replace(BASE, response=response))["response_log_sentence_length"]
    assert found == pytest.approx(math.log1p(words))


def test_a_few_words_are_no_sentence():
    assert "response_log_sentence_length" not in channels(replace(BASE, response="Yes, of course."))


@pytest.mark.parametrize(
    ("response", "expected"),
    [("Thank you, that is great", 0.4), ("A stupid, useless answer", -0.5), ("It is round", 0.0)],
)
def test_the_tone_is_of_kind_and_unkind_words(response, expected):
    assert channels(replace(BASE, response=response))["response_tone"] == pytest.approx(expected)
