"""Kinds of traffic to find changes in: steady, with a rhythm, and one model's answers."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmarks.drift.bursts import Drawn, alike, retries, topics, users
from benchmarks.drift.changes import Change, changes
from benchmarks.drift.traffic import ASSISTANT, timed

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from benchmarks.drift.traffic import Pair, Traffic
    from detectors.observation import Observation

NEW_DOMAIN = "banking"
_NIGHT_DOMAINS = frozenset({"travel", "kitchen_and_dining"})
_MODELS = "benign/self_instruct_models"
_FIRST_MODEL = "text-davinci-001"
_LATER_MODELS = ("davinci", "text-davinci-002", "text-davinci-003", "davinci-self-instruct")

_PER_DAY = 960
_NIGHT = 7 / 24
_AT_NIGHT = 0.5
_SWING = 0.25
_DAY_APART = 90.0
_IN_RHYTHM = ("jailbreaks 20%", "refusals 20%", "German 50%", "answers cut off 50%", "topic 30%")


@dataclass(frozen=True, slots=True)
class Source:
    """Traffic of one kind: `draw` gives all of it in order, its head is for the baseline.

    `in_order` says that the order matters, so that what follows a change is not shuffled again.
    """

    name: str
    planted: list[Change]
    draw: Callable[[np.random.Generator], list[Drawn]]
    in_order: bool = False
    apart: float = 5.0

    def again(self, rest: list[Drawn], rng: np.random.Generator) -> tuple[list[Drawn], int]:
        """Give the rest in an order of its own for one change, and how much of it was passed over."""
        if self.in_order:
            start = int(rng.integers(len(rest)))
            return rest[start:] + rest[:start], start
        return [rest[i] for i in rng.permutation(len(rest))], 0

    def observe(
        self,
        traffic: Traffic,
        drawn: Drawn,
        index: int,
        rng: np.random.Generator,
        *,
        change: Change | None = None,
        age: int = 0,
    ) -> Observation:
        """Make an observation, after a change if one is given: the times, then the place."""
        pair, ttft, tpot = drawn.pair, drawn.load, 1.0
        if change is not None:
            ttft, tpot = ttft * change.ttft, change.tpot
            if change.turn is not None and rng.random() < change.share_at(age):
                pair = change.turn(pair, rng)
        x = timed(traffic.observe(pair), index, rng, ttft=ttft, tpot=tpot)
        x = replace(x, at=1_700_006_400.0 + self.apart * index)
        return _without(x, traffic.left_out) if traffic.left_out else x


def _without(x: Observation, names: frozenset[str]) -> Observation:
    """Leave channels out, to see what they are worth."""
    return replace(
        x,
        channels={name: value for name, value in x.channels.items() if name not in names},
        categories={name: value for name, value in x.categories.items() if name not in names},
    )


def pools(traffic: Traffic) -> dict[str, tuple[list[Pair], list[Pair]]]:
    """Give for each kind of traffic its ordinary pairs, and pairs of a topic it does not have."""
    assistant: list[Pair] = []
    for name in ASSISTANT:
        assistant += traffic.pairs(name)
    medical = traffic.pairs("benign/qa_domains", lambda row: "med" in str(row["source"]))
    strange = set(medical)
    return {
        "help desk": (
            traffic.intents(_at_help_desk),
            traffic.intents(lambda domain: domain == NEW_DOMAIN),
        ),
        "assistant": ([pair for pair in assistant if pair not in strange], medical),
    }


def _at_help_desk(domain: str) -> bool:
    return domain not in {NEW_DOMAIN, "oos"}


def sources(traffic: Traffic) -> list[Source]:
    """List the kinds of traffic."""
    found = []
    for name, (ordinary, far) in pools(traffic).items():
        planted = changes(traffic, far)
        few = [change for change in planted if change.name in _IN_RHYTHM]
        found += [
            Source(name, planted, _shuffled(ordinary)),
            Source(
                f"{name}, day and night",
                few,
                _days(*_parted(traffic, name, ordinary)),
                in_order=True,
                apart=_DAY_APART,
            ),
            Source(f"{name}, bursts", few, alike(ordinary), in_order=True),
        ]
    return [*found, _model_swaps(traffic), *_other_bursts(traffic)]


def _other_bursts(traffic: Traffic) -> list[Source]:
    """A help desk's traffic with bursts of a topic, of a user and of retries."""
    named = traffic.topics(_at_help_desk)
    far = traffic.intents(NEW_DOMAIN.__eq__)
    few = [change for change in changes(traffic, far) if change.name in _IN_RHYTHM]
    return [
        Source(f"help desk, {what} bursts", few, draw(named), in_order=True)
        for what, draw in (("topic", topics), ("user", users), ("retry", retries))
    ]


def _shuffled(pairs: list[Pair]) -> Callable[[np.random.Generator], list[Drawn]]:
    return lambda rng: [Drawn(pairs[i]) for i in rng.permutation(len(pairs))]


def _parted(traffic: Traffic, name: str, ordinary: list[Pair]) -> tuple[list[Pair], list[Pair]]:
    """Part the pairs into those of the day and those that only the night has."""
    late = set(
        traffic.intents(_NIGHT_DOMAINS.__contains__)
        if name == "help desk"
        else traffic.pairs("benign/code")
    )
    return [p for p in ordinary if p not in late], [p for p in ordinary if p in late]


def _days(day: list[Pair], night: list[Pair]) -> Callable[[np.random.Generator], list[Drawn]]:
    """Half of the night's prompts are of topics that the day does not have; load swings by a quarter."""

    def draw(rng: np.random.Generator) -> list[Drawn]:
        left = [iter([pairs[i] for i in rng.permutation(len(pairs))]) for pairs in (day, night)]
        found: list[Drawn] = []
        while True:
            part = (len(found) % _PER_DAY) / _PER_DAY
            late = part < _NIGHT and rng.random() < _AT_NIGHT
            pair = next(left[late], None)
            if pair is None:
                return found
            found.append(Drawn(pair, 1.0 - _SWING * math.cos(2 * math.pi * part)))

    return draw


def _model_swaps(traffic: Traffic) -> Source:
    """Tasks asked again and again, which one model answers and then another."""
    answers: dict[str, dict[str, str]] = {}
    for row in traffic.rows(_MODELS):
        orig = row.get("orig")
        if row["role"] == "response" and isinstance(orig, dict) and orig.get("model"):
            answers.setdefault(orig["model"], {})[str(row["context"])] = str(row["text"])
    asked = [
        prompt
        for prompt in answers[_FIRST_MODEL]
        if all(prompt in answers[model] for model in _LATER_MODELS)
    ]
    pairs = [(prompt, answers[_FIRST_MODEL][prompt]) for prompt in asked]
    planted = [
        Change(f"{model} answers {int(100 * share)}%", share, _answered(answers[model]))
        for model in _LATER_MODELS
        for share in (1.0, 0.1)
    ]
    return Source("one model's answers", planted, _repeated(pairs))


def _answered(by_prompt: dict[str, str]) -> Callable[[Pair, np.random.Generator], Pair]:
    return lambda pair, _: (pair[0], by_prompt[pair[0]])


def _repeated(pairs: list[Pair]) -> Callable[[np.random.Generator], list[Drawn]]:
    return lambda rng: [Drawn(pairs[i]) for i in rng.integers(len(pairs), size=9_000)]
