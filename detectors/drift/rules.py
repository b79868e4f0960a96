"""The drift family's registration, and the rule that drives its statistics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from detectors.base import Detection, DetectorName, Recovery, Rule, State, Verdict
from detectors.baseline import Baseline, is_ordinary
from detectors.drift.calibration import calibrate
from detectors.drift.episode import Episodes
from detectors.drift.evidence import evidence_of
from detectors.drift.explanation import explain
from detectors.drift.finding import age_of, find
from detectors.drift.frame import Frame
from detectors.drift.kept import kept
from detectors.drift.patience import rises
from detectors.drift.recent import Recent
from detectors.drift.statistics import Layout, Lens, Statistics
from detectors.drift.waiting import Waiting
from detectors.drift.windows import EVERY
from detectors.rules import NOTHING

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.drift.frame import Rows
    from detectors.drift.policy import DriftPolicy
    from detectors.drift.scale import Scale
    from detectors.observation import Observation

# The bootstrap knows neither the tail beyond its streams nor traffic the baseline never saw: to
# keep a promise of one false alarm in so many exchanges it takes a nominal rate far below it.
# The fewer rows, the less of that tail the streams show.
_NOMINAL_PER_PROMISED = 100.0
_FULL_SIZE = 3_000


def rules(policy: DriftPolicy, baseline: Baseline | None) -> list[Rule]:
    """Build the drift rule; without a baseline there is nothing to compare with."""
    if baseline is None:
        return []
    return [DriftRule(policy, baseline)]


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """All that is computed from a baseline once; shared by the models that have the same one.

    `rise` is by how much each score may rise in one exchange; None where the baseline is not in
    bursts.
    """

    frame: Frame
    layout: Layout
    lens: Lens
    scale: Scale
    rise: npt.NDArray[np.float64] | None


@lru_cache(maxsize=4)
def fit(baseline: Baseline, false_alarms: float) -> Fitted:
    """Fit and calibrate; a few seconds, the same result every time.

    A baseline that carries its scale spares the calibration, nearly all of them.
    """
    frame = Frame(baseline)
    layout = Layout.of(frame)
    caution = _NOMINAL_PER_PROMISED * max(1.0, _FULL_SIZE / baseline.size)
    run_length = caution * 10_000 / false_alarms
    scale = kept(baseline, layout, false_alarms) or calibrate(frame, layout, run_length)
    rise = rises(layout, scale.patience, run_length) if scale.patience else None
    return Fitted(frame, layout, Lens(frame.rows, layout, frame.block), scale, rise)


class DriftRule:
    """Says when a model's traffic is no longer what its baseline was, and what has moved."""

    name = "drift"
    detector: DetectorName = "drift"

    def __init__(self, policy: DriftPolicy, baseline: Baseline) -> None:
        self.policy, self.baseline = policy, baseline
        self._fitted = fit(baseline, policy.false_alarms)
        frame, layout = self._fitted.frame, self._fitted.layout
        rows = len(frame.rows.channels)
        self._statistics = Statistics([self._fitted.lens.model], layout, rows, self._fitted.rise)
        self._episodes = Episodes(policy.quiet, policy.repeat_seconds)
        self._recent = Recent(frame)
        self._waiting = Waiting(frame, EVERY)
        self._level = 0.0

    def observe(self, x: Observation) -> Verdict:
        """Take the next exchange; failed and unfinished ones are passed over.

        Every fifth time those that have come since are looked at together.
        """
        if not is_ordinary(x):
            return NOTHING
        rows = self._waiting.add(x)
        self._recent.name(x)
        if rows is None:
            return Verdict({self.name: self._level})
        scale = self._fitted.scale
        common = scale.common(self._scores(rows))
        level = self._level = float(common.max())
        over = self._recoveries(x)
        if level <= scale.threshold:
            return Verdict({self.name: level}, (), over)
        detection = self._alarm(x, common)
        self._statistics.reset()
        self._level = 0.0
        return Verdict({self.name: level}, () if detection is None else (detection,), over)

    def _scores(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Take the exchanges that have waited; the raw scores after the last of them."""
        self._recent.put(rows, self._waiting.vectors)
        increments, columns = self._fitted.lens.look(rows)
        scores = self._statistics.steps(increments[None], columns[None])
        first: npt.NDArray[np.float64] = scores[0]
        return first

    def state(self) -> State:
        """Save what was seen since the last alarm, and the recent exchanges."""
        return {
            "statistics": self._statistics.state(),
            "episodes": self._episodes.state(),
            "recent": self._recent.state(),
            "waiting": self._waiting.state(),
            "level": self._level,
        }

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._statistics.restore(state["statistics"])
        self._episodes.restore(state["episodes"])
        self._recent.restore(state["recent"])
        self._waiting.restore(state["waiting"])
        self._level = float(state["level"])

    def _alarm(self, x: Observation, common: np.ndarray) -> Detection | None:
        """Make the detection of an alarm; None where it only says again what is known."""
        fitted = self._fitted
        ages = age_of(fitted.layout, self._statistics.cusum.zero_at[0], self._statistics.seen)
        finding = find(common, fitted.layout, fitted.scale, ages)
        rule = f"drift.{finding.kind}"
        news = self._episodes.is_news(finding, now=self._recent.taken, at=x.at)
        if not news or rule in self.policy.disabled_rules:
            return None
        shift = explain(finding, fitted.frame, fitted.lens.ranks, self._recent.last())
        return Detection(
            rule=rule,
            detector=self.detector,
            detection_type=f"{finding.kind}_drift",
            score=float(common.max()),
            threshold=fitted.scale.threshold,
            evidence=evidence_of(shift),
            at=x.at,
            model=x.model,
            exchange_id=x.id,
            shift=shift,
        )

    def _recoveries(self, x: Observation) -> tuple[Recovery, ...]:
        """Say which changes are over: nothing has pointed to them for long enough."""
        over = self._episodes.ended(self._recent.taken)
        return tuple(
            Recovery(
                rule=f"drift.{kind}",
                detector=self.detector,
                model=x.model,
                at=x.at,
                reason=f"No sign of it in the last {quiet} exchanges.",
            )
            for kind, quiet in over.items()
        )
