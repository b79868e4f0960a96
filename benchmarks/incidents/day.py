"""A day of traffic with five troubles in it: exchanges as a gateway would have recorded them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from monitor.exchange.ident import derived
from monitor.exchange.model import Exchange, Message, Request, Response, Timing, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Pair = tuple[str, str]

DAY = 86_400.0
START = 1_764_547_200.0
"""Midnight, 1 December 2025, UTC."""

_TENANTS = {
    name: 1.0 / (place + 2)
    for place, name in enumerate(
        ("acme", "birch", "cobalt", "delta", "ember", "fjord", "garnet", "harbour", "iris", "juno")
    )
}
_USERS = 40
_REPLICAS = ("replica-1", "replica-2", "replica-3")
_SWING = 0.35
_ROUTE = "/v1/chat/completions"


@dataclass(frozen=True, slots=True)
class Drawn:
    """One exchange before it is written down: who asks whom what, and how quick the answer is."""

    tenant: str
    user: str
    model: str
    upstream: str
    pair: Pair
    slower_first: float = 1.0
    slower_later: float = 1.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong from `start` to `end`, in hours, on one model.

    `share` of the model's exchanges are turned by it. `named` are words of which one has to be among
    the first three contributing factors of each of its bundles.
    """

    name: str
    model: str
    start: float
    end: float
    named: tuple[str, ...]
    share: float = 1.0
    tenant: str = ""
    upstream: str = ""
    pairs: Sequence[Pair] = ()
    answers: str = ""
    slower_first: float = 1.0
    slower_later: float = 1.0

    def turns(self, drawn: Drawn, hour: float, rng: np.random.Generator) -> bool:
        """Whether an exchange of this hour is part of the trouble."""
        return (
            self.start <= hour < self.end
            and drawn.model == self.model
            and self.upstream in {"", drawn.upstream}
            and rng.random() < self.share
        )

    def turn(self, drawn: Drawn, rng: np.random.Generator) -> Drawn:
        """Give the exchange as it is under the trouble."""
        pair = drawn.pair
        if self.pairs:
            pair = self.pairs[int(rng.integers(len(self.pairs)))]
        if self.answers:
            pair = (pair[0], _ANSWERS[self.answers](pair[1], rng))
        return replace(
            drawn,
            pair=pair,
            tenant=self.tenant or drawn.tenant,
            user=f"{self.tenant}-7" if self.tenant else drawn.user,
            slower_first=self.slower_first,
            slower_later=self.slower_later,
        )


@dataclass(frozen=True)
class Day:
    """Traffic of several models, each with its ordinary pairs and its share of the exchanges."""

    pairs: Mapping[str, Sequence[Pair]]
    shares: Mapping[str, float]
    troubles: Sequence[Trouble] = ()
    start: float = START
    seed: int = 1
    length: float = field(default=DAY)

    def exchanges(self, count: int) -> Iterator[Exchange]:
        """Give `count` exchanges in the order in which they end, nearly; more by day than at night."""
        rng = np.random.default_rng(self.seed)
        for at in self._times(count, rng):
            drawn = self._drawn(rng)
            hour = (at - self.start) / self.length * 24.0
            for trouble in self.troubles:
                if trouble.turns(drawn, hour, rng):
                    drawn = trouble.turn(drawn, rng)
            yield _written(drawn, at, rng)

    def _times(self, count: int, rng: np.random.Generator) -> list[float]:
        grid = np.linspace(0.0, 1.0, 1_441)
        rate = 1.0 - _SWING * np.cos(2 * math.pi * grid)
        reached = np.concatenate([[0.0], np.cumsum(rate[1:] + rate[:-1])])
        drawn = np.sort(rng.random(count))
        return [
            self.start + self.length * float(part)
            for part in np.interp(drawn, reached / reached[-1], grid)
        ]

    def _drawn(self, rng: np.random.Generator) -> Drawn:
        tenant = _choose(_TENANTS, rng)
        model = _choose(self.shares, rng)
        pool = self.pairs[model]
        return Drawn(
            tenant=tenant,
            user=f"{tenant}-{int(rng.integers(_USERS))}",
            model=model,
            upstream=_REPLICAS[int(rng.integers(len(_REPLICAS)))],
            pair=pool[int(rng.integers(len(pool)))],
        )


def _choose(weights: Mapping[str, float], rng: np.random.Generator) -> str:
    names = list(weights)
    parts = np.array([weights[name] for name in names])
    return names[int(rng.choice(len(names), p=parts / parts.sum()))]


def _written(drawn: Drawn, at: float, rng: np.random.Generator) -> Exchange:
    prompt, answer = drawn.pair
    inputs, outputs = len(prompt) // 4 + 8, len(answer) // 4 + 2
    first = drawn.slower_first * (0.05 + 0.0004 * inputs) * float(rng.lognormal(0.0, 0.35))
    each = drawn.slower_later * 0.02 * float(rng.lognormal(0.0, 0.15))
    return Exchange(
        id=derived(at, f"{at}{drawn.user}"),
        ts=at,
        model=drawn.model,
        route=_ROUTE,
        tenant=drawn.tenant,
        user=drawn.user,
        upstream=drawn.upstream,
        request=Request(messages=[Message(role="user", content=prompt)], stream=True),
        response=Response(text=answer, finish_reason="stop"),
        usage=Usage(input_tokens=inputs, output_tokens=outputs),
        timing=Timing(ttft=first, duration=first + each * (outputs - 1), chunks=outputs),
    )


def _in_loops(answer: str, rng: np.random.Generator) -> str:
    words = answer.split() or ["and"]
    start = int(rng.integers(len(words)))
    return f"{answer} " + " ".join([*words[start : start + 5]] * 14)


def _of_another_model(answer: str, rng: np.random.Generator) -> str:
    del rng
    lines = answer.replace("! ", ". ").replace("? ", ". ").split(". ")
    return (
        "**Answer**\n\n" + "\n".join(f"- {line.strip()}" for line in lines) + "\n\nAnything else?"
    )


_ANSWERS = {"loops": _in_loops, "another model": _of_another_model}
