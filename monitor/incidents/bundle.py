"""The debug bundle: what an on-call engineer needs to know of one incident, in one record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from detectors.base import Evidence, Severity
from detectors.shift import Shift
from monitor.incidents.moments import Moment
from monitor.labels.label import IncidentLabel, LabelVerdict
from monitor.markers.marker import MarkerKind


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarViolation:
    """An earlier incident like this one. `similarity` is a cosine, 1 for the same text.

    `verdict` is what people said of it, if they did. `outcome` tells how it ended, `done` what was
    done about it and by whom, the latest last, as far as that is known when the bundle is asked for.
    """

    incident_id: str
    similarity: float
    title: str
    status: str
    last_seen: float
    note: str = ""
    verdict: LabelVerdict | None = None
    outcome: str = ""
    done: list[str] = field(default_factory=list)


HowForm = Literal["text", "shell", "toml", "json"]
PriorKind = Literal[MarkerKind, "policy", "baseline", "traffic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorChange:
    """Something that was other from about then on: done by somebody, or seen in the traffic.

    `at` is in seconds since the epoch. `model` and `tenant` are those that it concerns, "" for all.
    `before` and `after` are what it was and what it is, such as versions or shares.
    """

    kind: PriorKind
    at: float
    what: str
    by: str = ""
    model: str = ""
    tenant: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something to do: what, why it helps here, how, what it risks.

    `form` says what `how` is: `shell` commands or a `toml` fragment of the configuration, whole and
    ready to be pasted, `json` for a request, or `text`.
    """

    what: str
    why: str
    how: str = ""
    risk: str = ""
    form: HowForm = "text"


ReportStatus = Literal["waiting", "made", "failed", "dropped", "unavailable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLink:
    """The incident's report: whether it is there, and where; `note` says why not."""

    status: ReportStatus
    html: str = ""
    json: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPart:
    """One incident of a story. `cause` is in a line what its own bundle puts first, if it has one."""

    incident_id: str
    title: str
    severity: Severity
    status: str
    began: float
    last_seen: float
    count: int
    tenant: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Incidents that began together, this one apart: what tells most of the cause comes first.

    `incidents` are up to fifty of them, `others` says how many there are.
    """

    id: str
    others: int
    incidents: list[StoryPart] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One incident's bundle.

    `contributing_factors` are ranked, the strongest first. `exchange` is the exchange that raised
    the incident, redacted as the policy says; `redacted` names what was taken out. `scores` holds
    what every detector said of that exchange, `unscored` what none could judge and why. `report` and
    `shift`, the change explained, are there for an incident of drift; what the shift's examples say
    is in the records of their exchanges, for as long as those are kept. `labels` are what people have
    said of the incident up to when the bundle was asked for, `story` what began together with it;
    of that, the two that tell most of the cause are among the first factors. `changed_before` is
    what was done to the service, or came about in the traffic, the nearest to the beginning first.
    `conversation` has what was said before and after in the same conversation, redacted, as long as
    exchanges are kept; `timeline` what happened to the incident, in order.
    """

    incident_id: str
    created: float
    severity: Severity
    severity_reason: str
    category: str
    summary: str
    contributing_factors: list[Evidence] = field(default_factory=list)
    exchange: dict[str, Any] | None = None
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    unscored: dict[str, str] = field(default_factory=dict)
    similar_violations: list[SimilarViolation] = field(default_factory=list)
    recommended_actions: list[Action] = field(default_factory=list)
    redacted: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    report: ReportLink | None = None
    shift: Shift | None = None
    labels: list[IncidentLabel] = field(default_factory=list)
    story: Story | None = None
    changed_before: list[PriorChange] = field(default_factory=list)
    conversation: list[dict[str, Any]] = field(default_factory=list)
    timeline: list[Moment] = field(default_factory=list)
