"""Planted changes with what is true of them: kind, share, the tenant that carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.drift.changes import Change, changes
from benchmarks.drift.scored import TENANTS

if TYPE_CHECKING:
    import numpy as np

    from benchmarks.drift.changes import Turn
    from benchmarks.drift.traffic import Pair, Traffic

NEW_TENANT = "tenant-new"

_KINDS = {
    "topic": "input_change",
    "German": "input_change",
    "Chinese": "input_change",
    "jailbreaks": "attack_wave",
    "injections": "attack_wave",
    "toxic prompts": "attack_wave",
    "longer prompts": "input_change",
    "answers cut off": "quality_collapse",
    "terse answers": "model_change",
    "wordy answers": "model_change",
    "Markdown answers": "model_change",
    "refusals": "quality_collapse",
    "noise in answers": "quality_collapse",
    "answers shuffled": "model_change",
    "run-on answers": "model_change",
    "curt answers": "model_change",
    "TTFT": "timing_change",
    "token time": "timing_change",
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A change, its kind, and the tenant that the changed exchanges come from ("" for any)."""

    change: Change
    kind: str
    tenant: str = ""


def scenarios(traffic: Traffic, ordinary: list[Pair], far: list[Pair]) -> list[Scenario]:
    """List the changes of the delay table, and those by which kinds and tenants are told."""
    planted = changes(traffic, far)
    by_name = {change.name: change for change in planted}
    topic, attack = by_name["topic 30%"], by_name["jailbreaks 20%"]
    refusals = by_name["refusals 20%"]
    return [
        *(Scenario(change, _kind(change.name)) for change in planted),
        Scenario(Change("answers mixed up 50%", 0.5, _mixed_up(ordinary)), "relation_change"),
        Scenario(Change("loops 10%", 0.1, _loop), "quality_collapse"),
        Scenario(Change("empty answers 10%", 0.1, _empty), "quality_collapse"),
        Scenario(_named(topic, "new tenant, topic 30%"), "new_tenant", NEW_TENANT),
        Scenario(_named(topic, "one tenant, topic 30%"), "input_change", TENANTS[3]),
        Scenario(_named(attack, "one tenant, jailbreaks 20%"), "attack_wave", TENANTS[3]),
        Scenario(_named(refusals, "one tenant, refusals 20%"), "quality_collapse", TENANTS[2]),
    ]


def _kind(name: str) -> str:
    return next(kind for head, kind in _KINDS.items() if name.startswith(head))


def _named(change: Change, name: str) -> Change:
    return Change(name, change.share, change.turn)


def _mixed_up(pool: list[Pair]) -> Turn:
    return lambda pair, rng: (pair[0], pool[int(rng.integers(len(pool)))][1])


def _loop(pair: Pair, rng: np.random.Generator) -> Pair:
    words = pair[1].split() or ["and"]
    start = int(rng.integers(len(words)))
    return pair[0], f"{pair[1]} " + " ".join([*words[start : start + 5]] * 12)


def _empty(pair: Pair, rng: np.random.Generator) -> Pair:
    del rng
    return pair[0], ""
