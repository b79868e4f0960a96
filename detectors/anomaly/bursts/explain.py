"""A burst as evidence in units a person reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detectors.anomaly.bursts.measures import MEASURES
from detectors.base import Evidence

if TYPE_CHECKING:
    from detectors.anomaly.bursts.scope import Burst

_MINUTE = 60.0
_LEAST_SECONDS = 1.0


def evidence_of_burst(burst: Burst, whose: str, at: float) -> tuple[Evidence, ...]:
    """What is seen against what the key's history leads to expect, how long it has gone on, whose.

    `whose` names who made most of it, a user by the start of a hash: the exchange says who that is.
    """
    measure = MEASURES[burst.measure]
    excursion = burst.stream.excursions[burst.measure]
    if burst.measure == 0:
        seen = _MINUTE * excursion.events / max(_LEAST_SECONDS, excursion.trials)
        usual = _MINUTE * burst.expected
    else:
        seen, usual = excursion.events / max(1.0, excursion.trials), burst.expected
    found = [
        Evidence(measure.name, round(seen, 4), round(usual, 4), excursion.level, measure.unit),
        Evidence(
            "went on for", round(at - excursion.since, 1), None, 0.9 * excursion.level, "seconds"
        ),
        Evidence(
            "largest sum before",
            round(burst.stream.records[burst.measure], 2),
            round(burst.limit, 2),
            0.8 * excursion.level,
            "nats, this key's own and the limit",
        ),
    ]
    prompts = burst.stream.prompts.texts
    if prompts:
        different = len(set(prompts)) / len(prompts)
        unit = f"share of the last {len(prompts)} prompts"
        found.append(Evidence("different prompts", round(different, 4), None, 0.2, unit))
    return (*found, Evidence("mostly from", whose, f"judged as {burst.scope}", 0.1))
