"""The built-in scorer, loaded by the first who asks for a score."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from detectors.safety.policy import SafetyPolicy
from monitor.exchange.model import Exchange

if TYPE_CHECKING:
    from monitor.pipeline.score import ScoreStage


class LazyScorer:
    """Scores as `sidewatch score` does. Not for use by several threads at once.

    `load` reads the models that the policy names. Where it raises, so does the call, and the next
    one tries again.
    """

    def __init__(
        self, policy: SafetyPolicy, load: Callable[[SafetyPolicy], ScoreStage] | None = None
    ) -> None:
        self._policy = policy
        self._load = load or _built_in
        self._stage: ScoreStage | None = None

    def __call__(self, exchanges: list[Exchange]) -> list[dict[str, Any]]:
        """One answer for each exchange, in order. The first call takes about a second more."""
        from monitor.pipeline.report import score_line  # noqa: PLC0415 - loads the models

        return [score_line(x, self._policy) for x in self.stage().score(exchanges)]

    def stage(self) -> ScoreStage:
        """The models, loaded if they are not yet."""
        if self._stage is None:
            self._stage = self._load(self._policy)
        return self._stage


def _built_in(policy: SafetyPolicy) -> ScoreStage:
    from monitor.pipeline.score import ScoreStage  # noqa: PLC0415 - the same

    return ScoreStage.load(policy)
