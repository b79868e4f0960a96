"""The policy: every threshold and rule by which verdicts are made, versioned by its content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Annotated

import msgspec

from detectors.anomaly.policy import AnomalyPolicy
from detectors.drift.policy import DriftPolicy
from detectors.latency.policy import LatencyPolicy
from detectors.safety.policy import SafetyPolicy
from monitor.grouping.policy import SeverityPolicy, StoryPolicy


@dataclass(frozen=True, slots=True)
class IncidentPolicy:
    """How detections become incidents."""

    cooldown: float = 1_800.0
    """Seconds after the last detection of an incident within which the next one joins it; a later
    one, or one after the incident was resolved, opens a new incident."""
    reopen: float = 3_600.0
    """Seconds after an incident was over by itself within which a detection opens it again; one
    that a person resolved stays so, and a new one names it."""
    quiet: float = 86_400.0
    """Seconds without another detection, and without anybody touching it, after which an incident is
    over by itself; 0 for never. One of drift lasts until its change is over."""
    alike: float = 0.7
    """Cosine of two texts from which on they are the same attack in other words, and join one
    safety incident of the same side, model and tenant, whatever its category; above 1 for never."""
    tenants: Annotated[int, msgspec.Meta(ge=0)] = 20
    """Incidents of one finding on a model that may open within the cool-down, each for a tenant of
    its own; what more tenants have is one incident of no tenant. 0 for any number."""
    story: StoryPolicy = field(default_factory=StoryPolicy)
    """Which incidents are one story."""
    severity: SeverityPolicy = field(default_factory=SeverityPolicy)
    """How grave an incident is."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Thresholds of all detectors."""

    detectors: list[str] = field(default_factory=lambda: ["latency", "safety", "drift", "anomaly"])
    """Which detectors run."""
    latency: LatencyPolicy = field(default_factory=LatencyPolicy)
    safety: SafetyPolicy = field(default_factory=SafetyPolicy)
    drift: DriftPolicy = field(default_factory=DriftPolicy)
    anomaly: AnomalyPolicy = field(default_factory=AnomalyPolicy)
    incidents: IncidentPolicy = field(default_factory=IncidentPolicy)

    @property
    def version(self) -> str:
        """Hash of the content: two policies with the same version judge the same."""
        canonical = msgspec.json.encode(self, order="sorted")
        return hashlib.sha256(canonical).hexdigest()[:12]
