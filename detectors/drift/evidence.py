"""A change as evidence: a flat list of factors, for a line of a replay and for a bundle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detectors.base import Evidence

if TYPE_CHECKING:
    from detectors.shift import Carrier, Example, Moved, Onset, Shift

_HIGH, _LOW = 0.99, 0.01


def evidence_of(shift: Shift) -> tuple[Evidence, ...]:
    """What moved, the clearest first; then what kind it is, since when, how much, whose, and examples."""
    return (
        *map(_moved, shift.moved),
        Evidence("kind", shift.kind, None, 0.0, shift.symptom.replace("_", " ")),
        *_since(shift.onset),
        Evidence(
            "share_of_traffic",
            shift.share.value,
            None,
            0.0,
            f"or more; standard error {shift.share.error:.2g}",
        ),
        *map(_carrier, shift.carriers),
        *map(_example, shift.examples),
    )


def _moved(moved: Moved) -> Evidence:
    return Evidence(
        moved.channel, moved.now, moved.before, moved.evidence, f"{moved.unit}{_place(moved)}"
    )


def _place(moved: Moved) -> str:
    """Where the value now stands among the baseline's."""
    if moved.quantile is None:
        return ""
    if moved.quantile > _HIGH:
        return ", above 99% of the baseline"
    if moved.quantile < _LOW:
        return ", below 99% of the baseline"
    return f", at {moved.quantile:.0%} of the baseline"


def _since(onset: Onset) -> tuple[Evidence, ...]:
    return (
        Evidence("exchanges_since_change", float(onset.exchanges), None, 0.0, "exchanges"),
        Evidence("first_exchange", onset.exchange_id, None, 0.0, "where the change began"),
        Evidence(
            "began", _time(onset.at), None, 0.0, f"{_time(onset.earliest)} to {_time(onset.latest)}"
        ),
    )


def _carrier(carrier: Carrier) -> Evidence:
    return Evidence(
        f"{carrier.of}={carrier.name}",
        carrier.carries,
        carrier.traffic,
        0.0,
        "share of the change, beside that of the traffic",
    )


def _example(example: Example) -> Evidence:
    return Evidence(
        f"{example.of}_example",
        example.exchange_id,
        None,
        0.0,
        f"{example.share_now:.0%} are like it now, {example.share_before:.0%} of the baseline",
    )


def _time(at: float) -> str:
    return f"{np.datetime64(int(at), 's')}Z"
