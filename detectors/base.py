"""The words every detector speaks: labels and changes in, detections out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from detectors.shift import Shift

if TYPE_CHECKING:
    from detectors.observation import Observation

Severity = Literal["info", "warning", "critical"]
DetectorName = Literal["latency", "safety", "drift", "anomaly", "pipeline"]

X_contra = TypeVar("X_contra", contravariant=True)

State = dict[str, Any]
"""What a detector saves: numbers, strings, bytes, lists and dicts of them, NumPy arrays."""


@dataclass(frozen=True, slots=True)
class Label:
    """One finding of a classifier in one text.

    `score` is a probability. `start` and `end` are character offsets where the finding has a
    place, and None where it is about the whole text. Where several models may judge, `by` names
    those that judged the text.
    """

    name: str
    score: float
    start: int | None = None
    end: int | None = None
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One contributing factor of a detection, in units a person can read.

    `weight` orders the factors of one detection, the largest first. `value` is what was seen,
    `reference` what was expected. Never holds a text longer than a short, redacted excerpt.
    """

    name: str
    value: float | str
    reference: float | str | None = None
    weight: float = 1.0
    unit: str = ""

    def __post_init__(self) -> None:
        """Take NumPy's numbers as plain ones: evidence is stored and sent as JSON."""
        for name in ("value", "reference", "weight"):
            given = getattr(self, name)
            if given is not None and not isinstance(given, str):
                object.__setattr__(self, name, float(given))


@dataclass(frozen=True, slots=True)
class Change:
    """A change detector's alarm: what moved, by how much, since when."""

    kind: str
    score: float
    threshold: float
    since: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Detection:
    """One detector's finding on an exchange or over a window.

    `rule` names the rule that fired, `detection_type` the kind of finding (`ttft`, `self_harm`,
    `input_drift`, `repetition`, ...); together with model, route and tenant they make the
    incident's fingerprint. `at` is in seconds since the epoch, on the clock of the exchange.
    `shift` explains a change of the traffic.
    """

    rule: str
    detector: DetectorName
    detection_type: str
    score: float
    threshold: float
    evidence: tuple[Evidence, ...]
    at: float
    model: str
    severity: Severity = "warning"
    route: str = ""
    tenant: str = ""
    exchange_id: str = ""
    shift: Shift | None = None

    def __post_init__(self) -> None:
        """Take NumPy's numbers as plain ones."""
        for name in ("score", "threshold", "at"):
            object.__setattr__(self, name, float(getattr(self, name)))

    @property
    def id(self) -> str:
        """The same finding on the same exchange has the same id, however often it is made.

        A rule may find something of the whole and of a tenant or route at the same exchange.
        """
        part = f":{self.route}:{self.tenant}" if self.route or self.tenant else ""
        return f"{self.rule}:{self.exchange_id}{part}"


@dataclass(frozen=True, slots=True)
class Recovery:
    """The end of what a rule had reported and would have gone on to report.

    `rule`, `model`, `route` and `tenant` are those of the detection, `at` the time of the exchange that
    completed the quiet, in seconds since the epoch. `reason` is a sentence for the incident. Without
    a `detection_type` all that the rule found there is over.
    """

    rule: str
    detector: DetectorName
    model: str
    at: float
    reason: str
    route: str = ""
    tenant: str = ""
    detection_type: str = ""


class Scorer(Protocol[X_contra]):
    """Says how unusual one thing is; learns only when told to."""

    name: str

    def score(self, x: X_contra) -> float:
        """Higher is more unusual; no side effect."""
        ...

    def learn(self, x: X_contra) -> None:
        """Take `x` as part of what is normal."""
        ...


class ChangeDetector(Protocol[X_contra]):
    """Sees one thing after another and says when they are no longer what they were."""

    name: str

    def update(self, x: X_contra, *, at: float) -> Change | None:
        """Take the next one; the change that it completes, if any."""
        ...

    def reset(self) -> None:
        """Forget what was seen since the baseline, as after an alarm."""
        ...


class Classifier(Protocol):
    """Labels texts; stateless, batch first."""

    name: str

    def classify(self, texts: Sequence[str]) -> list[list[Label]]:
        """One list of labels for each text, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of one observation: its scores by name, and what it found, if anything.

    Scores are kept for the debug bundle of whatever else is found on the same exchange.
    `recoveries` say what of earlier findings is over; a rule need not know.
    """

    scores: dict[str, float] = field(default_factory=dict)
    detections: tuple[Detection, ...] = ()
    recoveries: tuple[Recovery, ...] = ()


class Rule(Protocol):
    """What the watch stage drives: a detector bound to its thresholds."""

    name: str
    detector: DetectorName

    def observe(self, x: Observation) -> Verdict:
        """Take the next observation of this model's traffic."""
        ...

    def state(self) -> State:
        """All that `restore` needs to go on as if nothing had happened; {} if stateless."""
        ...

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        ...
