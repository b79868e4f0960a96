"""Traffic in which exchanges that are alike come in runs: of one wording, topic or user, or retries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import numpy as np

    from benchmarks.drift.traffic import Pair

_EVERY = 0.004
_ALIKE_LENGTHS = (20, 80)
_LENGTHS = (20, 101)
_RETRIES = (20, 61)
_ALIKE_LOAD = 1.3
_RETRY_LOAD = 1.5
_OTHERS_BETWEEN = 0.25
_HABITS: tuple[Callable[[str], str], ...] = (
    str.upper,
    str.lower,
    lambda text: f"hi there, {text}",
    lambda text: f"URGENT: {text}!!!",
    lambda text: f"{text} please answer in one short sentence",
    lambda text: f"{text}\n\nRegards,\nThe night shift, desk 42",
    lambda text: text.replace("?", "").replace("'", ""),
    lambda text: f"{text} {text}",
    lambda text: f"1. {text}\n2. and why?",
    lambda text: " ".join(text.split()[:4]),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A pair in its place in the traffic, and by how much the server's load slows it."""

    pair: Pair
    load: float = 1.0


def alike(pairs: Sequence[Pair]) -> Callable[[np.random.Generator], list[Drawn]]:
    """Now and then 20 to 80 exchanges with prompts that begin alike come at once, and slow the rest."""

    def draw(rng: np.random.Generator) -> list[Drawn]:
        return list(_with_bursts([pairs[i] for i in rng.permutation(len(pairs))], rng))

    return draw


def _with_bursts(order: list[Pair], rng: np.random.Generator) -> Iterator[Drawn]:
    by_head: dict[str, list[int]] = {}
    for place, (prompt, _) in enumerate(order):
        by_head.setdefault(_head(prompt), []).append(place)
    used = [False] * len(order)
    for place, pair in enumerate(order):
        if used[place]:
            continue
        if rng.random() < _EVERY:
            later = [other for other in by_head[_head(pair[0])] if other > place]
            for other in later[: int(rng.integers(*_ALIKE_LENGTHS))]:
                if not used[other]:
                    used[other] = True
                    yield Drawn(order[other], _ALIKE_LOAD)
        used[place] = True
        yield Drawn(pair)


def _head(prompt: str) -> str:
    return " ".join(prompt.lower().split()[:2])


def topics(named: Mapping[str, Sequence[Pair]]) -> Callable[[np.random.Generator], list[Drawn]]:
    """Now and then 20 to 100 exchanges on one topic come, others between them; each loads the server."""

    def draw(rng: np.random.Generator) -> list[Drawn]:
        left = _Left(named, rng)

        def burst() -> Iterator[Drawn]:
            name, load = left.topic(), float(rng.uniform(1.0, 1.5))
            for _ in range(int(rng.integers(*_LENGTHS))):
                yield Drawn(left.next(name), load)

        return list(_mixed(left, burst, rng))

    return draw


def users(named: Mapping[str, Sequence[Pair]]) -> Callable[[np.random.Generator], list[Drawn]]:
    """Now and then one user, with two topics and a manner of writing, sends 20 to 100 prompts."""

    def draw(rng: np.random.Generator) -> list[Drawn]:
        left = _Left(named, rng)

        def burst() -> Iterator[Drawn]:
            own = (left.topic(), left.topic())
            habits = [_HABITS[i] for i in rng.choice(len(_HABITS), size=2, replace=False)]
            for _ in range(int(rng.integers(*_LENGTHS))):
                prompt, answer = left.next(own[int(rng.integers(2))])
                for habit in habits:
                    prompt = habit(prompt)
                yield Drawn((prompt, answer))

        return list(_mixed(left, burst, rng))

    return draw


def retries(named: Mapping[str, Sequence[Pair]]) -> Callable[[np.random.Generator], list[Drawn]]:
    """Now and then a client sends the same prompt 20 to 60 times, to a server that it slows by half."""

    def draw(rng: np.random.Generator) -> list[Drawn]:
        left = _Left(named, rng)

        def burst() -> Iterator[Drawn]:
            pair = left.any()
            for _ in range(int(rng.integers(*_RETRIES))):
                yield Drawn(pair, _RETRY_LOAD)

        return list(_mixed(left, burst, rng))

    return draw


class _Left:
    """The pairs of each topic that were not drawn yet."""

    def __init__(self, named: Mapping[str, Sequence[Pair]], rng: np.random.Generator) -> None:
        self._rng = rng
        self._topics: dict[str, list[Pair]] = {
            name: [pairs[i] for i in rng.permutation(len(pairs))] for name, pairs in named.items()
        }
        self.count = sum(len(pairs) for pairs in named.values())

    def topic(self) -> str:
        """Draw a topic of which something is left, the likelier the more."""
        names = list(self._topics)
        sizes = [len(self._topics[name]) for name in names]
        return names[int(self._rng.choice(len(names), p=[s / self.count for s in sizes]))]

    def next(self, name: str) -> Pair:
        """Take one of a topic, or of any when that has none left."""
        pairs = self._topics[name]
        if not pairs:
            return self.any()
        self.count -= 1
        return pairs.pop()

    def any(self) -> Pair:
        """Take one of any topic."""
        return self.next(self.topic())


def _mixed(
    left: _Left, burst: Callable[[], Iterator[Drawn]], rng: np.random.Generator
) -> Iterator[Drawn]:
    """Bursts in ordinary traffic, until fewer are left than a burst may take."""
    while left.count > 2 * _LENGTHS[1]:
        if rng.random() >= _EVERY:
            yield Drawn(left.any())
            continue
        for each in burst():
            while rng.random() < _OTHERS_BETWEEN:
                yield Drawn(left.any(), each.load)
            yield each
