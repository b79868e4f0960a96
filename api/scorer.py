"""The built-in scorer, loaded by the first who asks for a score."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from detectors.safety.policy import SafetyPolicy
from monitor.exchange.model import Exchange

if TYPE_CHECKING:
    from monitor.pipeline.score import ScoreStage


class LazyScorer:
    """Scores as `sidewatch score` does. Not for use by several threads at once."""

    def __init__(self, policy: SafetyPolicy) -> None:
        self._policy = policy

    def __call__(self, exchanges: list[Exchange]) -> list[dict[str, Any]]:
        """One answer for each exchange, in order. The first call takes about a second more."""
        from monitor.pipeline.report import score_line  # noqa: PLC0415 - loads the models

        return [score_line(x, self._policy) for x in self._stage.score(exchanges)]

    @cached_property
    def _stage(self) -> ScoreStage:
        from monitor.pipeline.score import ScoreStage  # noqa: PLC0415 - the same

        return ScoreStage.load(self._policy)
