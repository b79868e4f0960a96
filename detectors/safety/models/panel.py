"""Several classifiers that judge the same texts, and one verdict of them all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from detectors.base import Label
from detectors.errors import DetectorError
from detectors.safety.categories import CATEGORIES
from detectors.safety.models.combining import combination

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import Executor

    from detectors.observation import Side, Vector
    from detectors.safety.models.policy import ModelsPolicy

Found = list[Label] | None
"""What one model says of one text; None where it failed."""


class UnavailableError(DetectorError):
    """A model cannot be asked just now: asking again, text by text, would only take longer."""


class Member(Protocol):
    """A classifier that is told the prompts that responses answer."""

    def classify(
        self,
        texts: Sequence[str],
        embeddings: Vector | None = None,
        contexts: Sequence[str] | None = None,
    ) -> Sequence[Found]:
        """One list of labels for each text; None where it failed."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts of one side, and what is known of them."""

    texts: Sequence[str]
    embeddings: Vector | None
    contexts: Sequence[str] | None

    def row(self, i: int) -> Batch:
        """The text number `i` alone."""
        embeddings = None if self.embeddings is None else self.embeddings[i : i + 1]
        contexts = None if self.contexts is None else self.contexts[i : i + 1]
        return Batch(self.texts[i : i + 1], embeddings, contexts)


class Panel:
    """Asks each of its members about every text, and combines what they say by category.

    With `threads` the members are asked at the same time. What they say together does not depend on
    who is done first. A member that raises has no say on that text; `failed` is told its name and the error, once a
    text. Those that gave scores are named in every label. A member without a score for a category
    has no say in it. A text is None when a member failed and without it nobody says whether the
    text is unsafe: what was not judged never reads as clean.
    """

    def __init__(
        self,
        side: Side,
        members: Mapping[str, Member],
        policy: ModelsPolicy,
        failed: Callable[[str, Exception], None],
        threads: Executor | None = None,
    ) -> None:
        self.name = f"safety.{side}"
        self.side: Side = side
        self._members = members
        self._combine = combination(policy)
        self._failed = failed
        self._threads = threads

    def classify(
        self,
        texts: Sequence[str],
        embeddings: Vector | None = None,
        contexts: Sequence[str] | None = None,
    ) -> list[list[Label] | None]:
        """Labels for each text, in the order of `CATEGORIES`; None as the class says."""
        batch = Batch(texts, embeddings, contexts)
        told = self._ask_all(batch)
        return [
            self._verdict({name: found[i] for name, found in told.items()})
            for i in range(len(texts))
        ]

    def _ask_all(self, batch: Batch) -> dict[str, list[Found]]:
        if self._threads is None or len(self._members) == 1:
            return {name: self._ask(name, batch) for name in self._members}
        asked = {name: self._threads.submit(self._ask, name, batch) for name in self._members}
        return {name: answer.result() for name, answer in asked.items()}

    def _ask(self, name: str, batch: Batch) -> list[Found]:
        try:
            return self._told(name, batch)
        except Exception as error:  # noqa: BLE001 - a model may raise anything; the others go on
            if len(batch.texts) == 1 or isinstance(error, UnavailableError):
                for _ in batch.texts:
                    self._failed(name, error)
                return [None] * len(batch.texts)
        # One bad text must not cost the others this model's say: try each alone.
        return [found for i in range(len(batch.texts)) for found in self._ask(name, batch.row(i))]

    def _told(self, name: str, batch: Batch) -> list[Found]:
        found = self._members[name].classify(batch.texts, batch.embeddings, batch.contexts)
        if len(found) != len(batch.texts):
            raise DetectorError(f"the model {name!r} did not answer for every text")
        return list(found)

    def _verdict(self, told: Mapping[str, Found]) -> Found:
        judged = tuple(name for name, found in told.items() if found)
        by_category: dict[str, dict[str, Label]] = {}
        for name in judged:
            for label in told[name] or ():
                by_category.setdefault(label.name, {})[name] = label
        labels = [
            label
            for category in CATEGORIES
            if category in by_category
            for label in self._label(category, by_category[category], judged)
        ]
        if any(label.name == "unsafe" for label in labels):
            return labels
        return None if None in told.values() else []

    def _label(
        self, category: str, found: Mapping[str, Label], judged: tuple[str, ...]
    ) -> list[Label]:
        """One label, in the place where the strongest of them has it; none without a weight."""
        score = self._combine(category, {name: label.score for name, label in found.items()})
        if score is None:
            return []
        strongest = max(found.values(), key=lambda label: label.score)
        return [replace(strongest, score=score, by=judged)]
