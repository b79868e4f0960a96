"""What tools and documents gave, as texts to score, and what their labels say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from detectors.base import Label
from detectors.conversation import Given
from monitor.exchange.turns import GivenText

_RARER = 0.25
"""The odds of 0.8, the threshold of a prompt's injection, become those of 0.5."""

MOST = 8
"""Texts of one exchange that are scored apart; where there are more, neighbours are joined."""


def apart(texts: Sequence[GivenText]) -> tuple[Given, ...]:
    """At most `MOST` texts, none of them lost."""
    count = min(MOST, len(texts))
    cuts = [len(texts) * i // count for i in range(count + 1)] if count else []
    return tuple(_joined(texts[first:last]) for first, last in pairwise(cuts))


def with_order(labels: list[Label] | None, order: Label | None) -> list[Label] | None:
    """The likelier of two says of an injection: that it orders the model about, or reads like one.

    Those who judge prompts are taken down first, in log-odds: what reads like an injection is far
    more often about one in a document than in a prompt.
    """
    if not labels or order is None:
        return labels
    return [_likelier(label, order) if label.name == order.name else label for label in labels]


def _likelier(label: Label, order: Label) -> Label:
    odds = label.score / max(1.0 - label.score, 1e-9) * _RARER
    judged = odds / (1.0 + odds)
    if order.score > judged:
        return replace(order, by=label.by)
    return replace(label, score=judged)


def labelled(given: Given, labels: Sequence[Label] | None) -> Given:
    """With its scores, and the places that they are from."""
    found = labels or ()
    return replace(
        given,
        scores={label.name: label.score for label in found},
        places={
            label.name: (label.start, label.end)
            for label in found
            if label.start is not None and label.end is not None
        },
    )


def together(found: Sequence[list[Label] | None]) -> list[Label] | None:
    """The strongest label of each category; None where a text failed and no other has labels."""
    strongest: dict[str, Label] = {}
    for labels in found:
        for label in labels or ():
            if label.name not in strongest or label.score > strongest[label.name].score:
                strongest[label.name] = label
    return None if None in found and not strongest else list(strongest.values())


def _joined(texts: Sequence[GivenText]) -> Given:
    if len(texts) == 1:
        return Given(*texts[0])
    source = f"{texts[0].source} to {texts[-1].source}"
    text = "\n\n".join(each.text for each in texts)
    return Given(source, text, any(each.pasted for each in texts))
