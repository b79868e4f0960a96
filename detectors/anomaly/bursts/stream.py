"""One key's traffic against its own history: rates and shares, each by a sequential test."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from detectors.anomaly.bursts.excursion import RATIO, Excursion
from detectors.anomaly.bursts.measures import FIRST_SHARE, HABIT, LONGEST, MEASURES
from detectors.anomaly.bursts.peaks import LEAST_LIMIT
from detectors.anomaly.bursts.prompts import Asked, Print
from detectors.anomaly.bursts.week import Week, hour_of_week

if TYPE_CHECKING:
    from detectors.anomaly.bursts.arrival import Arrival
    from detectors.anomaly.bursts.common import Common

State = dict[str, Any]

_GAIN = math.log(RATIO)
_MOST_TOKENS = 10.0
_RECENT_LONGEST, _RECENT_PRIOR = 7_200.0, 1_800.0
_OWN_RECORD, _RECORD_FADES = 1.5, 0.999
_OWN_WEEK = 50.0
_FORGOTTEN = 7.0
_LEAST_SHARE = 0.01
_TIMES, _MORE = 3.0, 0.2


@dataclass(slots=True)
class Stream:
    """What is known of one key.

    A rate's sum grows by log 3 with each event and falls by twice what was expected meanwhile (the
    CUSUM of a Poisson process whose rate is tripled); a share's by the log likelihood ratio of
    three times the share, or 0.2 more; a share that is a habit is not judged. A sum that has come back to zero without an alarm becomes
    history; one that has alarmed does not, until alarms have gone on for `settles` seconds.
    """

    last: float = 0.0
    history: list[list[float]] = field(default_factory=lambda: [[0.0, 0.0] for _ in MEASURES])
    excursions: list[Excursion] = field(default_factory=lambda: [Excursion() for _ in MEASURES])
    records: list[float] = field(default_factory=lambda: [0.0] * len(MEASURES))
    alarmed: list[list[float]] = field(default_factory=lambda: [[0.0, 0.0] for _ in MEASURES])
    recently: list[float] = field(default_factory=lambda: [0.0, 0.0])
    week: Week = field(default_factory=Week)
    prompts: Asked = field(default_factory=Asked)

    def take(self, x: Arrival, common: Common, season: float, passed: set[int]) -> None:
        """Take an exchange, but for the measures in `passed`, which somebody else answers for.

        `season` is how many times the mean rate is usual at this hour for all traffic.
        """
        waited = max(0.0, x.at - self.last) if self.last else 0.0
        self.last = max(self.last, x.at)
        drain = (RATIO - 1.0) * waited * self.expected(x.at, common, season)
        self._remember(waited)
        self._wait(0, waited, drain, x.at, common)
        self._wait(1, 0.0, drain, x.at, common)
        if 0 not in passed:
            self._add(0, 1.0, 0.0, _GAIN)
        if x.tokens is not None and 1 not in passed:
            usual = max(1.0, self.usual(1, common))
            self._add(1, x.tokens, 1.0, _GAIN * min(_MOST_TOKENS, x.tokens / usual))
        hits = (x.refused, x.failed, x.flagged, *self._repeats(x.prompt))
        for measure, hit in enumerate(hits, start=FIRST_SHARE):
            if hit is not None and measure not in passed:
                self._share(measure, x.at, common, hit=hit)

    def alarms(self, at: float, common: Common, settles: float) -> list[int]:
        """Which measures are over their limits now."""
        found = []
        for measure, excursion in enumerate(self.excursions):
            if excursion.level <= LEAST_LIMIT:
                continue
            if excursion.alarm(self.limit(measure, at, common)):
                first, last = self.alarmed[measure]
                if at - last > _FORGOTTEN * settles:
                    first = at
                self.alarmed[measure] = [first, at]
                if at - first > settles:
                    excursion.alarmed = False
                else:
                    found.append(measure)
        return found

    def learn_at_once(self, at: float, common: Common) -> None:
        """Make all that was seen history, whatever the sums: there is nothing to go by yet."""
        for measure, excursion in enumerate(self.excursions):
            if excursion.events or excursion.trials:
                if measure == 0:
                    self._learn_time(excursion, at)
                    excursion.since = at
                self._learn(measure, excursion.events, excursion.trials, common)
                excursion.events = excursion.trials = 0.0
            if measure >= FIRST_SHARE and excursion.level > LEAST_LIMIT:
                excursion.begin(at)

    def limit(self, measure: int, at: float, common: Common) -> float:
        """Height from which on an excursion of this key is a burst."""
        return max(common.limit(measure, at), _OWN_RECORD * self.records[measure])

    def expected(self, at: float, common: Common, season: float) -> float:
        """Requests a second that are usual at this hour, or were of late if that is more."""
        rate = self.usual(0, common)
        usual = rate * self.week.factor(hour_of_week(at), rate, season)
        return max(usual, self.recently[0] / (self.recently[1] + _RECENT_PRIOR))

    def usual(self, measure: int, common: Common) -> float:
        """Events per trial in the key's history, with a little of what others do."""
        others = common.rate(measure)
        prior = MEASURES[measure].prior / (others if measure == 0 else 1.0)
        events, trials = self.history[measure]
        return (events + prior * others) / (trials + prior)

    def is_habit(self, measure: int, common: Common) -> bool:
        """Whether a share is so large that there is no burst of it."""
        events, trials = self.history[measure]
        # A key's own share is at most diluted by what others do, unless they do it still more.
        return events >= HABIT * trials > 0.0 and self.usual(measure, common) >= HABIT

    def _wait(self, measure: int, trials: float, drain: float, at: float, common: Common) -> None:
        excursion = self.excursions[measure]
        excursion.trials += trials
        excursion.level -= drain
        if excursion.level <= 0.0:
            self._close(measure, at, common)

    def _add(self, measure: int, events: float, trials: float, gain: float) -> None:
        excursion = self.excursions[measure]
        excursion.events += events
        excursion.trials += trials
        excursion.rise(gain)

    def _share(self, measure: int, at: float, common: Common, *, hit: bool) -> None:
        excursion = self.excursions[measure]
        if not hit and excursion.level <= 0.0:
            self._learn(measure, 0.0, 1.0, common)
            return
        usual = max(_LEAST_SHARE, self.usual(measure, common))
        if usual >= HABIT:
            excursion.level = 0.0
            self._add(measure, float(hit), 1.0, 0.0)
            self._close(measure, at, common)
            return
        raised = max(_TIMES * usual, usual + _MORE)
        if hit:
            if excursion.level <= 0.0:
                excursion.begin(at)
            self._add(measure, 1.0, 1.0, math.log(raised / usual))
            return
        self._add(measure, 0.0, 1.0, math.log((1.0 - raised) / (1.0 - usual)))
        if excursion.level <= 0.0:
            self._close(measure, at, common)

    def _close(self, measure: int, at: float, common: Common) -> None:
        """Make what was ordinary history, and begin anew."""
        excursion = self.excursions[measure]
        if not excursion.alarmed:
            if excursion.peak > 0.0:
                common.peaks[measure].add(excursion.peak)
                faded = _RECORD_FADES * self.records[measure]
                self.records[measure] = max(faded, excursion.peak)
            if measure == 0:
                self._learn_time(excursion, at)
            self._learn(measure, excursion.events, excursion.trials, common)
        excursion.begin(at)

    def _learn(self, measure: int, events: float, trials: float, common: Common) -> None:
        kept = self.history[measure]
        kept[0] += events
        kept[1] += trials
        if kept[1] > LONGEST[measure]:
            kept[0], kept[1] = 0.5 * kept[0], 0.5 * kept[1]
        common.learn(measure, events, trials)

    def _learn_time(self, excursion: Excursion, at: float) -> None:
        if self.week.waiting or self.history[0][0] >= _OWN_WEEK:
            self.week.learn(excursion.since, at, excursion.events)

    def _remember(self, waited: float) -> None:
        """Count a request for the last hour or two, burst or not: this is no history."""
        recent = self.recently
        recent[0] += 1.0
        recent[1] += waited
        while recent[1] > _RECENT_LONGEST:
            recent[0], recent[1] = 0.5 * recent[0], 0.5 * recent[1]

    def _repeats(self, new: Print | None) -> tuple[bool | None, bool | None]:
        """Whether a prompt is one of the recent ones, or nearly so; remembers it."""
        if new is None:
            return None, None
        return self.prompts.take(new)

    def state(self) -> State:
        """All that `of` needs."""
        return {
            "last": self.last,
            "history": [list(kept) for kept in self.history],
            "excursions": [each.state() for each in self.excursions],
            "records": list(self.records),
            "alarmed": [list(each) for each in self.alarmed],
            "recently": list(self.recently),
            "week": self.week.state(),
            "prompts": self.prompts.state(),
        }

    @classmethod
    def of(cls, state: State) -> Stream:
        """Go on from a saved state."""
        return cls(
            state["last"],
            [list(kept) for kept in state["history"]],
            [Excursion.of(each) for each in state["excursions"]],
            list(state["records"]),
            [list(each) for each in state["alarmed"]],
            list(state["recently"]),
            Week.of(list(state["week"])),
            Asked.of(state["prompts"]),
        )
