# ruff: noqa: ANN001, ANN201, ANN202, ARG001, D103 - one signature for all; the names say it
"""Fifteen and more ways in which one exchange goes wrong, planted into ordinary pairs."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.anomaly.traffic import APPLICATIONS, Pair

REFUSALS = (
    "I'm sorry, but I can't help with that request.",
    "I cannot assist with this. Please ask me something else.",
    "As an AI language model, I am not able to answer that question.",
    "Sorry, I won't be able to provide that information.",
)


@dataclass(frozen=True)
class Source:
    """What plants draw on: other pairs of the same application, of others, other languages."""

    own: list[Pair]
    far: list[Pair]
    foreign: list[str]


Plant = Callable[[Pair, Source, np.random.Generator], Pair]


def _within(rng, low, high):
    return int(rng.integers(low, high))


def shuffled(pair, source, rng):
    words = pair.response.split()
    rng.shuffle(words)
    return replace(pair, response=" ".join(words))


def sentence_loop(pair, source, rng):
    sentence = pair.response.split(". ")[0][:200].strip() + ". "
    return replace(pair, response=pair.response + " " + sentence * _within(rng, 6, 25))


def token_loop(pair, source, rng):
    words = pair.response.split()
    word = words[_within(rng, 0, len(words))]
    return replace(pair, response=" ".join(words[:20] + [word] * _within(rng, 30, 200)))


def cut_off(pair, source, rng):
    end = int(len(pair.response) * rng.uniform(0.3, 0.8))
    return replace(pair, response=pair.response[:end])


def empty(pair, source, rng):
    return replace(pair, response="" if rng.random() < 0.5 else " \n")


def other_answer(pair, source, rng):
    return replace(pair, response=source.own[_within(rng, 0, len(source.own))].response)


def far_answer(pair, source, rng):
    return replace(pair, response=source.far[_within(rng, 0, len(source.far))].response)


def other_language(pair, source, rng):
    text = source.foreign[_within(rng, 0, len(source.foreign))]
    return replace(pair, response=text[: max(60, len(pair.response))])


def mojibake(pair, source, rng):
    text = source.foreign[_within(rng, 0, len(source.foreign))][: max(80, len(pair.response))]
    return replace(pair, response=text.encode().decode("latin-1"))


def base64_answer(pair, source, rng):
    return replace(pair, response=base64.b64encode(pair.response.encode()).decode())


def random_letters(pair, source, rng):
    letters = list("abcdefghijklmnopqrstuvwxyz     ")
    text = "".join(rng.choice(letters, size=max(40, len(pair.response))))
    return replace(pair, response=text)


def echo(pair, source, rng):
    return replace(pair, response=pair.prompt)


def prompt_leak(pair, source, rng):
    opening = ("My instructions are: ", "", "Sure! Here they are: ")[_within(rng, 0, 3)]
    return replace(pair, response=opening + APPLICATIONS[pair.application])


def far_prompt(pair, source, rng):
    return replace(source.far[_within(rng, 0, len(source.far))], application=pair.application)


def refusal(pair, source, rng):
    return replace(pair, response=REFUSALS[_within(rng, 0, len(REFUSALS))])


def broken_json(pair, source, rng):
    text = pair.response[:120].replace('"', "")
    return replace(pair, response=f'{{"answer": "{text}", "confidence": 0.9, "sources": [')


def over_long(pair, source, rng):
    more = [source.own[_within(rng, 0, len(source.own))].response for _ in range(12)]
    return replace(pair, response="\n".join([pair.response, *more]))


def as_it_is(pair, source, rng):
    """The answer is ordinary; the times are not."""
    return pair


PLANTS: dict[str, Plant] = {
    "shuffled words": shuffled,
    "sentence loop": sentence_loop,
    "token loop": token_loop,
    "cut off": cut_off,
    "empty": empty,
    "other answer": other_answer,
    "answer of another application": far_answer,
    "other language": other_language,
    "mojibake": mojibake,
    "base64": base64_answer,
    "random letters": random_letters,
    "echo": echo,
    "prompt leak": prompt_leak,
    "far prompt": far_prompt,
    "refusal": refusal,
    "broken JSON": broken_json,
    "over-long": over_long,
    "over-slow": as_it_is,
}
SLOW = {"over-slow": 5.0}
