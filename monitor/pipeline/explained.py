"""Scores with reasons: what `sidewatch score --explain` and `POST /score` with `explain` add."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from detectors.observation import Observation, Side
from detectors.safety.attribution.explanation import Explanation
from detectors.safety.explain import Explainer
from detectors.safety.policy import SafetyPolicy
from monitor.errors import MonitorError
from monitor.exchange.model import Exchange
from monitor.exchange.turns import turns
from monitor.pipeline.conversation import context_of
from monitor.pipeline.explaining import within
from monitor.pipeline.score import SIDES, ScoreStage
from monitor.settings import ExplainSettings

_DIGITS = 4
_NEVER_FLAGGED = ("toxic", "refusal")


class UnexplainedError(MonitorError):
    """There is nothing that could be explained."""


class Reasons:
    """Says by side why an exchange has its scores, in the words of the built-in model.

    Raises
    ------
    UnexplainedError
        The policy leaves the built-in model out; other models are not explained.
    DetectorError
        The prototypes are missing or damaged.
    """

    def __init__(self, stage: ScoreStage, policy: SafetyPolicy, settings: ExplainSettings) -> None:
        if not stage.built_in:
            raise UnexplainedError(
                "scores of other models cannot be explained, and policy.safety.models.built_in is off"
            )
        self._explainer = Explainer(stage.built_in, stage.more)
        self._policy = policy
        self._settings = settings

    def of(self, exchange: Exchange, x: Observation) -> dict[Side, dict[str, Any]]:
        """Reasons for each side of the exchange that has scores; some seconds a side."""
        found = {side: self._side(exchange, x, side) for side in SIDES if x.scores.get(side)}
        return {side: _plain(told) for side, told in found.items() if told is not None}

    def _side(self, exchange: Exchange, x: Observation, side: Side) -> Explanation | None:
        text, asked = x.prompt, ""
        if side == "response":
            text, asked = x.response, context_of(turns(exchange.request.messages))
        return self._explainer.explain(
            side,
            text or "",
            category=category_of(x.scores[side], self._policy.thresholds(side)),
            context=asked,
            passes=max(1, self._settings.passes),
            enough=within(self._settings.seconds),
        )


def category_of(scores: Mapping[str, float], thresholds: Mapping[str, float]) -> str:
    """The category to explain: the one furthest over its threshold, else the most probable one.

    `unsafe` only where no other is over its own.
    """
    over = [name for name, limit in thresholds.items() if scores.get(name, 0.0) >= limit]
    named = [name for name in over if name != "unsafe"] or over
    if named:
        return max(named, key=lambda name: scores[name] / thresholds[name])
    told = {name: score for name, score in scores.items() if name not in _NEVER_FLAGGED}
    return max(told, key=lambda name: told[name], default="")


def _plain(told: Explanation) -> dict[str, Any]:
    plain: dict[str, Any] = _rounded(msgspec.to_builtins(told))
    del plain["side"]
    return plain


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS) + 0.0  # no -0.0
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value
