"""What the safety rules judge by: thresholds, severities and which recognisers speak up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from detectors.safety.models.kinds import check_languages
from detectors.safety.models.policy import ModelsPolicy

Severity = Literal["info", "warning", "critical"]

_TABLES = {
    "prompt": "thresholds_prompt",
    "response": "thresholds_response",
    "given": "thresholds_given",
    "conversation": "thresholds_conversation",
}


def _prompt_thresholds() -> dict[str, float]:
    return {
        "unsafe": 0.45,
        "hate": 0.4,
        "harassment": 0.75,
        "sexual": 0.7,
        "sexual_minors": 0.6,
        "violence": 0.6,
        "self_harm": 0.5,
        "illicit": 0.45,
        "privacy": 0.9,
        "prompt_injection": 0.8,
        "jailbreak": 0.9,
    }


def _response_thresholds() -> dict[str, float]:
    return {
        "unsafe": 0.65,
        "hate": 0.7,
        "harassment": 0.95,
        "sexual": 0.85,
        "sexual_minors": 0.95,
        "violence": 0.75,
        "self_harm": 0.65,
        "illicit": 0.63,
        "privacy": 0.93,
    }


def _conversation_thresholds() -> dict[str, float]:
    return {**_prompt_thresholds(), "unsafe": 0.15}


def _given_thresholds() -> dict[str, float]:
    return {"prompt_injection": 0.5, "jailbreak": 0.9}


def _severities() -> dict[str, Severity]:
    return {
        "self_harm": "critical",
        "sexual_minors": "critical",
        "response.hate": "critical",
        "response.illicit": "critical",
        "response.violence": "critical",
        "response.secret": "critical",
        "prompt.secret": "info",
        "prompt.pii": "info",
        "toxic": "info",
        "refusal": "info",
    }


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the first stage leaves to the second: texts with one of the categories at this least."""

    least: float
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PresidioPolicy:
    """Presidio beside our own recognisers. Impossible values raise ValueError."""

    enabled: bool = False
    """Its recognisers look at every text too; needs the extra `presidio`."""
    model: str = ""
    """spaCy pipeline, installed or a folder, that tells names and places; empty: only what has a form."""
    language: str = "en"
    """Language whose recognisers are asked, as an ISO 639 code."""
    least: float = 0.5
    """Confidence from which a finding of its counts."""

    def __post_init__(self) -> None:
        check_languages([self.language])
        if not 0.0 <= self.least <= 1.0:
            raise ValueError(f"presidio.least is between 0 and 1, not {self.least}")


@dataclass(frozen=True, slots=True)
class SafetyPolicy:
    """Thresholds of the safety rules. Impossible values raise ValueError.

    The default thresholds flag fewer than one in a hundred benign texts, in the mean of sources that
    the judged model had not seen; `docs/safety.md` has the figures.

    A category without a threshold is scored and never flagged: by default `toxic`, since rude is
    not unsafe, and `refusal`.
    """

    thresholds_prompt: dict[str, float] = field(default_factory=_prompt_thresholds)
    """Probability from which a category of a prompt is a finding."""
    thresholds_response: dict[str, float] = field(default_factory=_response_thresholds)
    """The same for responses."""
    thresholds_given: dict[str, float] = field(default_factory=_given_thresholds)
    """The same for what tools and documents give: by default only attacks, as documents may speak of anything."""
    thresholds_conversation: dict[str, float] = field(default_factory=_conversation_thresholds)
    """The same for the user's last turns read together."""
    conversation_gain: float = 0.5
    """How much likelier than the likeliest of its turns alone, in log-odds, a conversation must be to be a finding."""
    pasted_as_prompt: bool = True
    """A document in the user's own text is held to the prompt's thresholds too: only its marks make it one."""
    conversations: bool = True
    """The user's last turns are read together too, where there is more than one."""
    severity: dict[str, Severity] = field(default_factory=_severities)
    """Severity by `side.category`, else by category; what has neither is a warning."""
    second_stage: Literal["all", "doubtful", "none"] = "all"
    """Which texts the built-in encoder reads; those that it does not, the cheap first stage scores alone, faster and worse."""
    second_stage_from: float = 0.15
    """With `doubtful`: the encoder reads a text to which the first stage gives this probability in any category that has a threshold."""
    languages: list[str] = field(default_factory=lambda: ["en"])
    """Languages that the built-in model is trusted with, as ISO 639 codes, or `*`; a text in another is marked as unscored unless it is over a threshold."""
    secrets: bool = True
    """Keys and tokens in a response are a finding, unless the prompt held the same kind."""
    secrets_in_prompts: bool = False
    """Keys and tokens in a prompt are a finding."""
    pii: bool = True
    """Personal data in a response is a finding, unless the prompt held the same kind."""
    pii_in_prompts: bool = False
    """Personal data in a prompt is a finding."""
    presidio: PresidioPolicy = field(default_factory=PresidioPolicy)
    """Presidio beside our own recognisers."""
    models: ModelsPolicy = field(default_factory=ModelsPolicy)
    """Models that judge beside the built-in one or in its place."""

    def __post_init__(self) -> None:
        check_languages(self.languages)
        if not 0.0 < self.second_stage_from <= 1.0:
            raise ValueError(
                f"safety: second_stage_from is a probability above 0, not {self.second_stage_from}"
            )
        for name in _TABLES.values():
            for category, limit in getattr(self, name).items():
                if not 0.0 < limit <= 1.0:
                    raise ValueError(
                        f"safety: {name}.{category} is a probability above 0, not {limit}"
                    )

    def severity_of(self, side: str, category: str) -> Severity:
        """Give the severity of a category found on one side."""
        return self.severity.get(f"{side}.{category}", self.severity.get(category, "warning"))

    def thresholds(self, part: str) -> dict[str, float]:
        """Give the thresholds of one part: `prompt`, `response`, `given` or `conversation`."""
        found: dict[str, float] = getattr(self, _TABLES[part])
        return found

    def thresholds_of_given(self, *, pasted: bool) -> dict[str, float]:
        """Give the thresholds of one text that a tool or a document gave."""
        if pasted and self.pasted_as_prompt:
            return {**self.thresholds_prompt, **self.thresholds_given}
        return self.thresholds_given

    def doubt(self, side: str) -> Doubt | None:
        """Say which texts of a side the encoder reads, where it does not read all."""
        if self.second_stage != "doubtful":
            return None
        return Doubt(self.second_stage_from, tuple(self.thresholds(side)))
