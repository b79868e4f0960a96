"""Which words made a score: exact contributions of the linear half."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from detectors.base import Evidence
from detectors.safety.categories import CATEGORIES
from detectors.safety.classifier import SafetyClassifier
from detectors.safety.normalise import normalise, words
from detectors.safety.recognisers import mask

if TYPE_CHECKING:
    from detectors.observation import Side

_WORDS = 5
_LONGEST = 24
_LEAST_SHARE = 0.02


def explain(text: str, side: Side, category: str = "") -> list[Evidence]:
    """Up to five words that spoke most for a category, by default the most probable one.

    `value` is the word's share in the linear half's log-odds, exactly; the half that reads the
    embedding has no shares of words. Secrets and personal data are masked first. Only the window
    with the highest score of a long text is looked at.
    """
    classifier = _classifier(side)
    (labels,) = classifier.classify([text])
    if not labels:
        return []
    told = [label for label in labels if label.name not in {"toxic", "refusal"}]
    label = next((x for x in told if x.name == category), max(told, key=lambda x: x.score))
    passage = text[label.start or 0 : label.end]
    found = words(normalise(mask(passage)[0]))
    shares = classifier.ngrams.by_word(found, CATEGORIES.index(label.name)) if found else {}
    top = sorted(shares.items(), key=lambda item: -item[1])[:_WORDS]
    return [
        Evidence(f"word for {label.name}", word[:_LONGEST], weight=share, unit=f"{share:+.2f}")
        for word, share in top
        if share > _LEAST_SHARE
    ]


@cache
def _classifier(side: Side) -> SafetyClassifier:
    return SafetyClassifier.load(side)
