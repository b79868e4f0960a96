"""What every rule must keep to, whatever it detects; one suite of checks for all of them.

A new rule gets its first tests by being registered. Each check raises AssertionError with the
rule's name and what it did wrong; the caller gives rules made afresh and a stream to feed them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from detectors.base import Detection, Rule, State, Verdict
from detectors.observation import Observation

MakeRules = Callable[[], list[Rule]]
Check = Callable[[MakeRules, Sequence[Observation]], None]

LARGEST_STATE = 64_000_000
"""Bytes a rule may keep; it must not grow with the length of the stream."""

_PLAIN = (str, bytes, int, float, bool, type(None))


def is_deterministic(make: MakeRules, stream: Sequence[Observation]) -> None:
    """Two rules made alike say the same of the same stream."""
    for one, other in zip(make(), make(), strict=True):
        assert _verdicts(one, stream) == _verdicts(other, stream), f"{one.name} is not repeatable"


def goes_on_after_restore(make: MakeRules, stream: Sequence[Observation]) -> None:
    """A rule restored in mid-stream goes on as if nothing had happened."""
    cut = len(stream) // 2
    for whole, first, second in zip(make(), make(), make(), strict=True):
        expected = _verdicts(whole, stream)
        seen = _verdicts(first, stream[:cut])
        second.restore(copy.deepcopy(first.state()))
        seen += _verdicts(second, stream[cut:])
        assert seen == expected, f"{whole.name} differs after state() and restore()"


def restores_over_what_it_saw(make: MakeRules, stream: Sequence[Observation]) -> None:
    """Restoring replaces what a rule remembers; nothing of it shines through."""
    cut = len(stream) // 2
    for used, fresh in zip(make(), make(), strict=True):
        empty = copy.deepcopy(fresh.state())
        _verdicts(used, stream[:cut])
        used.restore(empty)
        seen, expected = _verdicts(used, stream[cut:]), _verdicts(fresh, stream[cut:])
        assert seen == expected, f"{used.name} remembers across restore()"


def keeps_state_plain(make: MakeRules, stream: Sequence[Observation]) -> None:
    """A state is made of numbers, strings, bytes, lists, dicts and arrays alone."""
    for rule in make():
        _verdicts(rule, stream)
        odd = sorted(_odd_types(rule.state()))
        assert not odd, f"the state of {rule.name} holds {', '.join(odd)}"


def keeps_state_bounded(make: MakeRules, stream: Sequence[Observation]) -> None:
    """A state stops growing, even where every exchange has a route and a user of its own."""
    for rule in make():
        _verdicts(rule, _with_own_routes(stream, 0))
        size = _size(rule.state())
        for turn in range(1, 4):
            _verdicts(rule, _with_own_routes(stream, turn))
        grown = _size(rule.state())
        assert grown <= LARGEST_STATE, f"{rule.name} keeps {grown} bytes"
        assert grown <= 2 * size + 100_000, f"the state of {rule.name} grows: {size} to {grown}"


def leaves_observations_alone(make: MakeRules, stream: Sequence[Observation]) -> None:
    """A rule changes nothing in what it is given."""
    for rule in make():
        for x in stream[:200]:
            before = _fingerprint(x)
            rule.observe(x)
            assert _fingerprint(x) == before, f"{rule.name} changed an observation"


def names_what_it_finds(make: MakeRules, stream: Sequence[Observation]) -> None:
    """Detections carry their rule, model, time and exchange; scores are finite numbers."""
    for rule in make():
        for x in stream:
            verdict = rule.observe(x)
            assert all(np.isfinite(score) for score in verdict.scores.values()), rule.name
            for detection in verdict.detections:
                _is_well_formed(rule, x, detection)


def is_documented(make: MakeRules, stream: Sequence[Observation]) -> None:
    """A rule has a name under its detector, and its class a docstring of more than a word."""
    del stream
    for rule in make():
        family = rule.name.partition(".")[0]
        assert family == rule.detector, f"{rule.name} is not of {rule.detector}"
        assert len((type(rule).__doc__ or "").split()) > 8, f"{rule.name} is not documented"


CHECKS: tuple[Check, ...] = (
    is_deterministic,
    goes_on_after_restore,
    restores_over_what_it_saw,
    keeps_state_plain,
    keeps_state_bounded,
    leaves_observations_alone,
    names_what_it_finds,
    is_documented,
)
"""All checks, cheapest reasons to fail first."""


def _verdicts(rule: Rule, stream: Sequence[Observation]) -> list[Verdict]:
    return [rule.observe(x) for x in stream]


def _is_well_formed(rule: Rule, x: Observation, detection: Detection) -> None:
    name = rule.name
    family = detection.rule.partition(".")[0]
    assert family == rule.detector, f"{name} names {detection.rule}"
    assert detection.detector == rule.detector, f"{name} speaks for {detection.detector}"
    assert detection.model == x.model, f"{name} names another model"
    assert detection.at == x.at, f"{name} does not take its time from the observation"
    assert detection.exchange_id == x.id, f"{name} names another exchange"
    assert detection.detection_type, f"{name} does not say what it found"
    assert np.isfinite(detection.score), f"{name} scores {detection.score}"
    assert detection.evidence, f"{name} gives no evidence"


def _with_own_routes(stream: Sequence[Observation], turn: int) -> list[Observation]:
    changed = []
    for i, x in enumerate(stream):
        y = copy.copy(x)
        object.__setattr__(y, "route", f"/{turn}/{i % 400}")
        object.__setattr__(y, "user", f"{turn}/{i % 400}")
        object.__setattr__(y, "id", f"{turn}-{x.id}")
        object.__setattr__(y, "at", x.at + turn * (stream[-1].at - stream[0].at + 1.0))
        changed.append(y)
    return changed


def _fingerprint(x: Observation) -> tuple[Any, ...]:
    arrays = [v.tobytes() for v in (x.prompt_embedding, x.response_embedding) if v is not None]
    kept = (x.scores, x.findings, x.channels, x.categories, x.unscored)
    return (arrays, copy.deepcopy(kept), x.id, x.at, x.prompt, x.response, x.timing)


def _odd_types(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {t for pair in value.items() for each in pair for t in _odd_types(each)}
    if isinstance(value, list | tuple):
        return {t for each in value for t in _odd_types(each)}
    if isinstance(value, np.ndarray):
        return {"object array"} if value.dtype == object else set()
    return set() if isinstance(value, (*_PLAIN, np.generic)) else {type(value).__name__}


def _size(state: State | Any) -> int:
    """Rough size in bytes."""
    if isinstance(state, dict):
        return sum(_size(key) + _size(value) for key, value in state.items())
    if isinstance(state, list | tuple):
        return 8 + sum(_size(each) for each in state)
    if isinstance(state, np.ndarray):
        return state.nbytes
    return len(state) if isinstance(state, str | bytes) else 8
