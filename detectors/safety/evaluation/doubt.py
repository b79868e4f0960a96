"""How likely a finding is wrong, by its score: a curve through what people said of some findings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.safety.evaluation.ranking import Array

_EPSILON = 1e-6
_ROUNDS = 25
_STIFFNESS = 0.1
"""Holds the slope down while few labels speak for one."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Scores of findings that people judged, and whether they were wrong: 1, or 0."""

    scores: Array
    wrong: Array


@dataclass(frozen=True, slots=True)
class Curve:
    """The chance of being wrong, falling with the score's log-odds or flat."""

    base: float
    slope: float

    def at(self, scores: Array) -> Array:
        """The chance at each score."""
        return _sigmoid(self.base + self.slope * _log_odds(scores))


def fit(labels: Labels) -> Curve | None:
    """A curve through labels (Platt 1999, with his targets); None without any.

    The higher a score the surer a finding: where labels say the opposite, the curve is flat.
    """
    return fit_all(labels, np.ones((1, len(labels.scores))))[0]


def fit_all(labels: Labels, weights: Array) -> list[Curve | None]:
    """A curve for each row of weights of the labels."""
    if not len(labels.scores):
        return [None] * len(weights)
    x = _log_odds(labels.scores)
    middle = float(x.mean())
    target = _targets(labels.wrong, weights)
    base, slope = _newton(x - middle, target, weights)
    flat = _log_odds((weights * target).sum(1) / weights.sum(1))
    falls = slope < 0.0
    return [
        Curve(float(at), float(by))
        for at, by in zip(
            np.where(falls, base - slope * middle, flat), np.where(falls, slope, 0.0), strict=True
        )
    ]


def _targets(wrong: Array, weights: Array) -> Array:
    """Never quite 0 or 1: with few labels of a kind the next may be of the other."""
    of_wrong, of_right = weights @ wrong, weights @ (1.0 - wrong)
    targets: Array = np.where(
        wrong > 0.0,
        ((of_wrong + 1.0) / (of_wrong + 2.0))[:, None],
        (1.0 / (of_right + 2.0))[:, None],
    )
    return targets


def _newton(x: Array, target: Array, weights: Array) -> tuple[Array, Array]:
    """Base and slope by row, in steps of two at most."""
    base = _log_odds((weights * target).sum(1) / weights.sum(1))
    slope = np.zeros(len(weights))
    for _ in range(_ROUNDS):
        chance = _sigmoid(base[:, None] + slope[:, None] * x)
        missed = weights * (target - chance)
        bend = weights * np.maximum(chance * (1.0 - chance), _EPSILON)
        up, along = missed.sum(1), missed @ x - _STIFFNESS * slope
        flat, cross, steep = bend.sum(1), bend @ x, bend @ (x * x) + _STIFFNESS
        room = flat * steep - cross * cross
        step = np.clip([steep * up - cross * along, flat * along - cross * up] / room, -2.0, 2.0)
        base, slope = base + step[0], slope + step[1]
        if np.abs(step).max() < _EPSILON:
            break
    return base, slope


def _log_odds(p: Array) -> Array:
    inside = np.clip(p, _EPSILON, 1.0 - _EPSILON)
    odds: Array = np.log(inside / (1.0 - inside))
    return odds


def _sigmoid(x: Array) -> Array:
    value: Array = 1.0 / (1.0 + np.exp(-np.clip(x, -30.0, 30.0)))
    return value
