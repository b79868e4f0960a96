"""Times against the baseline, with traffic explained away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.base import Detection, DetectorName, Recovery, State, Verdict
from detectors.baseline import is_ordinary
from detectors.latency.cause import cause_of
from detectors.latency.known import usual_times
from detectors.latency.load import samples
from detectors.latency.recent import Recent
from detectors.latency.stakes import StakesByPart
from detectors.latency.told import Told
from detectors.rules import NOTHING

if TYPE_CHECKING:
    from detectors.baseline import Baseline
    from detectors.latency.policy import LatencyPolicy
    from detectors.latency.stakes import Alarm
    from detectors.observation import Observation

NAME = "latency.shift"
_CRITICAL = 2.0


class LatencyShiftRule:
    """Says when a model has become slower than its baseline for the same tokens.

    Every time (to the first token, for each later one, of a plain answer) is compared with what
    the baseline took for as many tokens on the same route, and its rank among the baseline's is
    bet on: that all are longer, that a few are far longer, in all traffic, on one route, at one
    upstream. While times are as the baseline's the bets lose; a gain that luck gives less than
    `shift_false_alarms` times in 10,000 exchanges is an alarm. Traffic of another mix, and tokens
    the baseline did not see, do not move it; nor does being quicker.
    """

    name = NAME
    detector: DetectorName = "latency"

    def __init__(self, policy: LatencyPolicy, baseline: Baseline) -> None:
        self._usual = usual_times(baseline)
        self._stakes = StakesByPart(self._usual, policy.shift_false_alarms)
        self._recent = Recent()
        self._told = Told(policy.shift_quiet, policy.shift_repeat_seconds)
        self._seen = 0

    def observe(self, x: Observation) -> Verdict:
        """Take the next exchange; failed and unfinished ones are passed over."""
        phases = self._usual.of(x.model, x.route) if is_ordinary(x) else {}
        timed = {phase: s for phase, s in samples(x).items() if phase in phases}
        judged = {p: j for p, s in timed.items() if (j := phases[p].judge(s)) is not None}
        if not judged:
            return NOTHING
        self._seen += 1
        self._recent.add(x, self._seen, timed, judged)
        level, alarm = self._stakes.take(x, self._seen, phases, judged)
        over = self._recovery(x)
        if alarm is None:
            return Verdict({self.name: level}, (), over)
        detection = self._detection(x, alarm)
        self._stakes.reset()
        return Verdict({self.name: level}, () if detection is None else (detection,), over)

    def state(self) -> State:
        """Save the bets' gains, the recent exchanges, and what was told."""
        return {
            "stakes": self._stakes.state(),
            "recent": self._recent.state(),
            "told": self._told.state(),
            "seen": self._seen,
        }

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._stakes.restore(state["stakes"])
        self._recent.restore(state["recent"])
        self._told.restore(state["told"])
        self._seen = int(state["seen"])

    def _detection(self, x: Observation, alarm: Alarm) -> Detection | None:
        """Make the detection of an alarm; None where it says again what was told."""
        first = self._usual.of(x.model, x.route).get("ttft")
        began = self._told.since(alarm.since)
        cause = cause_of(alarm, self._recent, began, first.load if first else None)
        route = x.route if alarm.part == "route" else ""
        if not self._told.is_news(cause.kind, now=self._seen, at=x.at, route=route):
            return None
        return Detection(
            rule=self.name,
            detector=self.detector,
            detection_type=cause.kind,
            score=alarm.level,
            threshold=self._stakes.threshold,
            evidence=cause.evidence,
            at=x.at,
            model=x.model,
            severity="critical" if cause.ratio >= _CRITICAL else "warning",
            route=route,
            exchange_id=x.id,
        )

    def _recovery(self, x: Observation) -> tuple[Recovery, ...]:
        ended = self._told.ended(self._seen)
        if ended is None:
            return ()
        quiet, routes = ended
        reason = f"Times were as the baseline's over the last {quiet} exchanges."
        return tuple(
            Recovery(self.name, self.detector, x.model, x.at, reason, route) for route in routes
        )
