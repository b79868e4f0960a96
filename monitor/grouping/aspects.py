"""Which side of an exchange an incident is about: what is asked, what is answered, how quickly."""

from __future__ import annotations

from typing import Literal

from monitor.incidents.incident import Incident

Aspect = Literal["asked", "answered", "times"]

_ASKED = frozenset({"gibberish_prompt", "novel_prompt", "replay", "extraction", "burst"})
_TIMES = frozenset({"unusual_speed", "timing_drift"})


def aspect_of(incident: Incident) -> Aspect:
    """The side that an incident is about."""
    if incident.detector in {"latency", "pipeline"} or incident.kind in _TIMES:
        return "times"
    if incident.detector == "safety":
        return "answered" if incident.rule.startswith("safety.response") else "asked"
    if (
        incident.kind in _ASKED
        or incident.kind.endswith("_burst")
        or incident.kind == "input_drift"
    ):
        return "asked"
    return "answered"


def is_of_traffic(detector: str, rule: str, kind: str) -> bool:
    """Whether a finding is about traffic over a window, and not about its one exchange."""
    if detector == "latency":
        return kind not in {"slow_exchange", "stall"}
    return detector in {"drift", "pipeline"} or rule == "anomaly.burst"
