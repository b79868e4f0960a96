"""What is told of why a text has its score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detectors.base import Evidence

if TYPE_CHECKING:
    from detectors.observation import Side
    from detectors.safety.attribution.prototypes import Likeness

_SHOWN = 6
_LEAST = 0.05
_STAGES = {1: "first stage alone", 2: "both stages"}


@dataclass(frozen=True, slots=True)
class SpanShare:
    """A run of words: what it adds to the log-odds, with the standard error of that.

    `text` is short, secrets and personal data masked; `start` and `end` are its place in the text.
    """

    text: str
    start: int
    end: int
    share: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why the built-in model gives one category of a text its score; all shares are log-odds.

    `log_odds` is what it says of the window that spoke loudest, `base` what it would say of nothing:
    `base`, the shares of all `spans` and `around` add up to it but for `delta`. `around` is the share
    of what stands around the window that the second stage reads, None if nothing does. `context`
    tells how much lower the score were without the prompt that a response is read with; it is part
    of the shares. `passes` counts the texts that were judged, `exact` says that these were all
    there are, so that the shares have no error. `like` names labelled examples.
    """

    side: Side
    category: str
    model: str
    stages: int
    log_odds: float
    base: float
    spans: tuple[SpanShare, ...]
    around: float | None
    context: float | None
    delta: float
    passes: int
    exact: bool
    like: tuple[Likeness, ...]

    def evidence(self, *, texts: bool = True) -> list[Evidence]:
        """Contributing factors: the spans with the largest shares, then what the shares rest on.

        Without `texts` spans are told by their place alone.
        """
        top = sorted(self.spans, key=lambda span: -abs(span.share))[:_SHOWN]
        told = [self._span(span, texts=texts) for span in top if abs(span.share) >= _LEAST]
        return [*sorted(told, key=lambda factor: -factor.weight), *self._rest()]

    def _span(self, span: SpanShare, *, texts: bool) -> Evidence:
        speaks = "for" if span.share > 0 else "against"
        shown = span.text if texts else f"characters {span.start} to {span.end}"
        return Evidence(f"span {speaks} {self.category}", shown, weight=span.share, unit="log-odds")

    def _rest(self) -> list[Evidence]:
        """What is no span: weightless, so that it stands below whatever speaks for the finding."""
        told = [
            Evidence("log-odds explained", self.log_odds, self.base, weight=0.0, unit="log-odds"),
            Evidence("explained model", f"{self.model}, {_STAGES[self.stages]}", weight=0.0),
            Evidence("convergence delta", self.delta, 0.0, weight=0.0, unit="log-odds"),
        ]
        if self.context is not None:
            told.append(Evidence("from its prompt", self.context, weight=0.0, unit="log-odds"))
        if self.like:
            names = ", ".join(f"{x.name} {x.similarity:.2f}" for x in self.like)
            told.append(Evidence("like", names, weight=0.0, unit="cosine"))
        return told
