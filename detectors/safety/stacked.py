"""Both stages together: the cheap one points, the encoder reads, a curve weighs what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from detectors.safety import weights
from detectors.safety.classifier import (
    Encoder,
    Passage,
    SafetyClassifier,
    labelled,
    probabilities,
)
from detectors.safety.encoder import SafetyEncoder, Tokens
from detectors.safety.normalise import undisguise
from detectors.safety.overall import with_overall
from detectors.safety.sequences import (
    TokenSequence,
    prompt_sequence,
    response_sequence,
    spans,
)
from detectors.safety.windows import SIZE, STEP, Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from detectors.base import Label
    from detectors.observation import Side

Matrix = npt.NDArray[np.float32]

MOST_READ = 8
"""Sequences of one text that the encoder reads at most."""

CONTENT_SHARE = 0.25
"""How much of what the content categories say is added to `unsafe`."""

_CONTEXT_CHARACTERS = 1200


@dataclass(frozen=True, slots=True)
class _Reading:
    """One sequence for the encoder: its text, the passage it is from, its place in the text."""

    text: int
    passage: int
    window: Window
    sequence: TokenSequence


class StackedClassifier:
    """Scores texts of one side by the cheap classifier and the encoder.

    The log-odds of a category are a weighted sum of both stages', weighed on sources that neither
    had seen. The encoder reads a response together with the prompt it answers. Of a text that
    takes more than `MOST_READ` sequences it reads those passages that stand out most to the cheap
    stage, wherever they are; each category takes its largest value, and its label then says
    where. Safe to share between threads.
    """

    def __init__(self, cheap: SafetyClassifier, encoder: SafetyEncoder, stack: Matrix) -> None:
        self.name = cheap.name
        self.side: Side = cheap.side
        self._cheap = cheap
        self._encoder = encoder
        self._stack = stack

    def classify(
        self,
        texts: Sequence[str],
        embeddings: Matrix | None = None,
        contexts: Sequence[str] | None = None,
    ) -> list[list[Label]]:
        """One label a category for each text, in the order of `CATEGORIES`.

        A text without words has no labels. `embeddings`, of shape (texts, 256), are the texts'
        unit vectors where the caller has them already; `contexts`, as many as texts, are the
        prompts that responses answer.
        """
        places, cheap, read = self.read(texts, embeddings, contexts)
        logits = stacked(self._stack, cheap, read)
        return labelled(len(texts), places, probabilities(logits))

    def read(
        self,
        texts: Sequence[str],
        embeddings: Matrix | None = None,
        contexts: Sequence[str] | None = None,
    ) -> tuple[list[tuple[int, Window]], Matrix, Matrix]:
        """Give what was read, as text and place in it, and the log-odds of either stage for it."""
        passages, cheap = self._cheap.read(texts, embeddings)
        readings = list(self._readings(passages, cheap, contexts))
        read = self._encoder.logits([x.sequence for x in readings])
        places = [(x.text, x.window) for x in readings]
        return places, cheap[[x.passage for x in readings]], read

    def _readings(
        self, passages: list[Passage], cheap: Matrix, contexts: Sequence[str] | None
    ) -> Iterator[_Reading]:
        tokens = self._encoder.tokens([passage.plain for passage in passages])
        before = self._contexts(passages, contexts)
        for place, first, last in self._chosen(passages, cheap, tokens):
            passage, ids = passages[place], tokens[place].ids[first:last]
            window = _window(passage, tokens[place], first, last)
            yield _Reading(passage.text, place, window, self._sequence(ids, before[place]))

    def _chosen(
        self, passages: list[Passage], cheap: Matrix, tokens: list[Tokens]
    ) -> Iterator[tuple[int, int, int]]:
        """Passages and windows over their tokens, at most `MOST_READ` of a text."""
        texts: dict[int, list[int]] = {}
        for place, passage in enumerate(passages):
            texts.setdefault(passage.text, []).append(place)
        for own in texts.values():
            found = [
                (place, first, last)
                for place in _by_salience(own, cheap)
                for first, last in self._spans(passages, place, tokens[place])
            ]
            yield from found[:MOST_READ]

    def _sequence(self, ids: list[int], before: list[int]) -> TokenSequence:
        return prompt_sequence(ids) if self.side == "prompt" else response_sequence(ids, before)

    def _contexts(self, passages: list[Passage], contexts: Sequence[str] | None) -> list[list[int]]:
        if self.side == "prompt" or contexts is None:
            return [[] for _ in passages]
        needed = sorted({passage.text for passage in passages})
        found = self._encoder.tokens([_short(contexts[i]) for i in needed])
        ids = {i: x.ids for i, x in zip(needed, found, strict=True)}
        return [ids[passage.text] for passage in passages]

    def _spans(self, passages: list[Passage], place: int, tokens: Tokens) -> list[tuple[int, int]]:
        """Windows over a passage; what its neighbour begins with is left to the neighbour."""
        found = spans(len(tokens.ids), self.side)
        follows = place + 1 < len(passages) and _overlap(passages[place], passages[place + 1])
        if not follows or len(found) == 1:
            return found
        return [(first, last) for first, last in found if first < len(tokens.ids) * STEP / SIZE]


def stacked(stack: Matrix, cheap: Matrix, read: Matrix) -> Matrix:
    """Give what both stages say together; `stack` has their weights and an offset by category."""
    own, other, offset = stack
    return with_overall(own * cheap + other * read + offset, CONTENT_SHARE)


def load(
    side: Side, encoder: Encoder, reader: SafetyEncoder, folder: Path = weights.FOLDER
) -> StackedClassifier:
    """Read the stack of a side. Raises DetectorError when weights are missing or damaged."""
    stack = weights.read(f"{side}-stack.npz", folder)["stack"].astype(np.float32)
    cheap = SafetyClassifier.load(side, encoder=encoder, folder=folder)
    return StackedClassifier(cheap, reader, stack)


def _by_salience(places: list[int], cheap: Matrix) -> list[int]:
    """Order a text's passages by how far any category stands out from the text's usual."""
    if len(places) == 1:
        return places
    own = cheap[places]
    salience = (own - np.median(own, axis=0)).max(axis=1)
    return [places[i] for i in np.argsort(-salience, kind="stable")]


def _overlap(one: Passage, other: Passage) -> bool:
    """Whether the other goes on where the one ends."""
    return (
        one.text == other.text
        and other.window.start < one.window.end < other.window.end
        and one.window.start < other.window.start
    )


def _short(context: str) -> str:
    """Both ends of a prompt: the middle of a long one is not read."""
    if len(context) > 2 * _CONTEXT_CHARACTERS:
        context = f"{context[:_CONTEXT_CHARACTERS]} {context[-_CONTEXT_CHARACTERS:]}"
    return undisguise(context)


def _window(passage: Passage, tokens: Tokens, first: int, last: int) -> Window:
    """Place of tokens in the text; that of the passage where undoing a disguise moved letters."""
    window = passage.window
    if len(passage.plain) != window.end - window.start or not tokens.places:
        return window
    start, end = tokens.places[first][0], tokens.places[last - 1][1]
    return Window(window.start + start, window.start + end)
