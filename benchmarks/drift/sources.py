"""Kinds of traffic to find changes in: steady, with a rhythm, and one model's answers."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmarks.drift.changes import Change, changes
from benchmarks.drift.traffic import ASSISTANT, timed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
_BURST_EVERY = 0.004
_BURST_LENGTHS = (20, 80)
_BURST_LOAD = 1.3
_IN_RHYTHM = ("jailbreaks 20%", "refusals 20%", "German 50%", "answers cut off 50%", "topic 30%")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A pair in its place in the traffic, and by how much the server's load slows it."""

    pair: Pair
    load: float = 1.0


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
            traffic.intents(lambda domain: domain not in {NEW_DOMAIN, "oos"}),
            traffic.intents(lambda domain: domain == NEW_DOMAIN),
        ),
        "assistant": ([pair for pair in assistant if pair not in strange], medical),
    }


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
            Source(f"{name}, bursts", few, _bursts(ordinary), in_order=True),
        ]
    return [*found, _model_swaps(traffic)]


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


def _bursts(pairs: list[Pair]) -> Callable[[np.random.Generator], list[Drawn]]:
    """Now and then 20 to 80 exchanges with prompts that begin alike come at once, and slow the rest."""

    def draw(rng: np.random.Generator) -> list[Drawn]:
        return list(_with_bursts([pairs[i] for i in rng.permutation(len(pairs))], rng))

    return draw


def _with_bursts(order: list[Pair], rng: np.random.Generator) -> Iterator[Drawn]:
    by_head: dict[str, list[int]] = {}
    for place, (prompt, _) in enumerate(order):
        by_head.setdefault(_head(prompt), []).append(place)
    used = [False] * len(order)
    for place, (prompt, _) in enumerate(order):
        if used[place]:
            continue
        if rng.random() < _BURST_EVERY:
            alike = [other for other in by_head[_head(prompt)] if other > place]
            for other in alike[: int(rng.integers(*_BURST_LENGTHS))]:
                if not used[other]:
                    used[other] = True
                    yield Drawn(order[other], _BURST_LOAD)
        used[place] = True
        yield Drawn(order[place])


def _head(prompt: str) -> str:
    return " ".join(prompt.lower().split()[:2])


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
