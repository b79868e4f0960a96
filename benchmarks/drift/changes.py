"""The changes that are planted: each turns an ordinary pair into what comes after the change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from benchmarks.drift.traffic import Pair, Traffic

    Turn = Callable[[Pair, np.random.Generator], Pair]


_CURT = (
    *("That was a silly thing to ask.", "You should have known this yourself.", "How dull."),
    *("I am tired of explaining it.", "Nobody cares, but here you are.", "Do not ask me again."),
    *("This is a waste of my time.", "Frankly, a child could have told you."),
)


@dataclass(frozen=True, slots=True)
class Change:
    """A share of the exchanges is turned from the change on; gradually over `ramp` exchanges."""

    name: str
    share: float = 1.0
    turn: Turn | None = None
    ramp: int = 0
    ttft: float = 1.0
    tpot: float = 1.0
    expected: str = ""

    def share_at(self, age: int) -> float:
        """Give the share of turned exchanges so many exchanges after the change."""
        return self.share * min(1.0, (age + 1) / self.ramp) if self.ramp else self.share


def changes(traffic: Traffic, far: list[Pair]) -> list[Change]:
    """List the planted changes; `far` are pairs of a topic that the baseline does not have."""
    german, chinese = traffic.foreign("de"), traffic.foreign("zh")
    jailbreaks = traffic.prompts("attacks/jailbreak_llms")
    injections = traffic.prompts("attacks/deepset", lambda r: r["labels"]["prompt_injection"] == 1)
    toxic = traffic.prompts("toxicity/surge_toxicity", lambda r: r["labels"].get("toxic") == 1)
    return [
        *(Change(f"topic {int(100 * s)}%", s, _drawn(far)) for s in (1.0, 0.3, 0.1)),
        Change("topic 50%, over 500", 0.5, _drawn(far), ramp=500),
        *(Change(f"German {int(100 * s)}%", s, _drawn(german)) for s in (0.5, 0.1)),
        Change("Chinese 5%", 0.05, _drawn(chinese)),
        *(
            Change(f"jailbreaks {int(100 * s)}%", s, _asked(jailbreaks))
            for s in (0.25, 0.2, 0.1, 0.05, 0.02)
        ),
        Change("jailbreaks 25%, over 1000", 0.25, _asked(jailbreaks), ramp=1_000),
        *(Change(f"injections {int(100 * s)}%", s, _asked(injections)) for s in (0.2, 0.05)),
        *(Change(f"toxic prompts {int(100 * s)}%", s, _asked(toxic)) for s in (0.1, 0.05)),
        Change("longer prompts", 1.0, _longer),
        Change("answers cut off 50%", 0.5, _cut),
        Change("answers cut off 10%", 0.1, _cut),
        Change("terse answers", 1.0, _terse),
        Change("wordy answers", 1.0, _wordy),
        Change("Markdown answers 30%", 0.3, _markdown),
        Change("refusals 20%", 0.2, _refused),
        Change("refusals 5%", 0.05, _refused),
        Change("refusals 20%, over 500", 0.2, _refused, ramp=500),
        Change("noise in answers 20%", 0.2, _noise),
        Change("run-on answers 30%", 0.3, _run_on),
        Change("curt answers 20%", 0.2, _curt),
        Change("answers shuffled 50%", 0.5, _swapped(far)),
        Change("TTFT +50%", ttft=1.5),
        Change("TTFT +20%", ttft=1.2),
        Change("token time +10%", tpot=1.1),
    ]


def _drawn(pool: list[Pair]) -> Turn:
    return lambda _, rng: pool[int(rng.integers(len(pool)))]


def _asked(pool: list[str]) -> Turn:
    return lambda pair, rng: (pool[int(rng.integers(len(pool)))], pair[1])


def _swapped(pool: list[Pair]) -> Turn:
    return lambda pair, rng: (pair[0], pool[int(rng.integers(len(pool)))][1])


def _longer(pair: Pair, rng: np.random.Generator) -> Pair:
    del rng
    return f"{pair[0]} Please take your time, and mind what was said before. {pair[0]}", pair[1]


def _cut(pair: Pair, rng: np.random.Generator) -> Pair:
    keep = max(4, int(len(pair[1]) * float(rng.uniform(0.3, 0.8))))
    return pair[0], pair[1][:keep]


def _terse(pair: Pair, rng: np.random.Generator) -> Pair:
    del rng
    return pair[0], re.split(r"(?<=[.!?])\s", pair[1], maxsplit=1)[0]


def _wordy(pair: Pair, rng: np.random.Generator) -> Pair:
    del rng
    return pair[0], f"Certainly! {pair[1]} I hope this helps; do let me know if I can do more."


def _markdown(pair: Pair, rng: np.random.Generator) -> Pair:
    del rng
    lines = re.split(r"(?<=[.!?])\s", pair[1])
    return pair[0], "**Answer**\n\n" + "\n".join(f"- {line}" for line in lines)


def _refused(pair: Pair, rng: np.random.Generator) -> Pair:
    asked = ("with that request", "here", "with this topic", "this time")[int(rng.integers(4))]
    return pair[0], f"I'm sorry, but I can't help {asked}."


def _curt(pair: Pair, rng: np.random.Generator) -> Pair:
    said = _CURT[int(rng.integers(len(_CURT)))]
    return pair[0], f"{said} {pair[1]}" if rng.random() < 0.5 else f"{pair[1]} {said}"


def _run_on(pair: Pair, rng: np.random.Generator) -> Pair:
    del rng
    parts = re.split(r"(?<=[.!?])\s+", pair[1])
    joined = ", and ".join(part.rstrip(".!?") for part in parts)
    return pair[0], f"{joined}."


def _noise(pair: Pair, rng: np.random.Generator) -> Pair:
    letters = [chr(97 + int(rng.integers(26))) if rng.random() < 0.15 else c for c in pair[1]]
    return pair[0], "".join(letters)
