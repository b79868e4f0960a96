"""Both stages together: the cheap one points, the encoder reads, a curve weighs what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from detectors.safety import weights
from detectors.safety.categories import CATEGORIES
from detectors.safety.classifier import (
    Encoder,
    Passage,
    SafetyClassifier,
    labelled,
    probabilities,
)
from detectors.safety.context import Context
from detectors.safety.encoder import SafetyEncoder
from detectors.safety.normalise import undisguise
from detectors.safety.overall import with_overall
from detectors.safety.reading import MOST_READ, parts, place_of, salient
from detectors.safety.sequences import (
    TokenSequence,
    fitting,
    prompt_sequence,
    response_sequence,
)
from detectors.safety.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from detectors.base import Label
    from detectors.observation import Side
    from detectors.safety.policy import Doubt

Matrix = npt.NDArray[np.float32]

CONTENT_SHARE = 0.25
"""How much of what the content categories say is added to `unsafe`."""

_CONTEXT_CHARACTERS = 1200
_BEFORE_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Reading:
    """One sequence for the encoder: its text, the passage it is from, its place in the text.

    `places` are where the judged tokens stand in the passage.
    """

    text: int
    passage: int
    window: Window
    sequence: TokenSequence
    places: list[tuple[int, int]]


class StackedClassifier:
    """Scores texts of one side by the cheap classifier and the encoder.

    The log-odds of a category are a weighted sum of both stages', weighed on sources that neither
    had seen. The encoder reads a response together with the prompt it answers. Of a text that
    takes more than `MOST_READ` sequences it reads those passages that stand out most to the cheap
    stage, wherever they are; each category takes its largest value, and its label then says
    where. With a `doubt` the encoder reads only the texts that it is about; the others get what
    the cheap stage says alone. Safe to share between threads.
    """

    def __init__(
        self,
        cheap: SafetyClassifier,
        encoder: SafetyEncoder,
        stack: Matrix,
        doubt: Doubt | None = None,
    ) -> None:
        self.name = cheap.name
        self.side: Side = cheap.side
        self.cheap = cheap
        self.encoder = encoder
        self.stack = stack
        self._doubt = doubt

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
        passages, cheap = self.cheap.read(texts, embeddings)
        sure = self.sure(passages, cheap)
        doubtful = [passages[place] for place in np.flatnonzero(~sure)]
        places, own, read = self._read(doubtful, cheap[~sure], contexts)
        places += [(passages[i].text, passages[i].window) for i in np.flatnonzero(sure)]
        both, alone = stacked(self.stack, own, read), self.cheap.curved(cheap[sure])
        return labelled(len(texts), places, probabilities(np.concatenate([both, alone])))

    def read(
        self,
        texts: Sequence[str],
        embeddings: Matrix | None = None,
        contexts: Sequence[str] | None = None,
    ) -> tuple[list[tuple[int, Window]], Matrix, Matrix]:
        """Give what was read, as text and place in it, and the log-odds of either stage for it.

        The encoder reads every text here, doubtful or not.
        """
        return self._read(*self.cheap.read(texts, embeddings), contexts)

    def _read(
        self, passages: list[Passage], cheap: Matrix, contexts: Sequence[str] | None
    ) -> tuple[list[tuple[int, Window]], Matrix, Matrix]:
        readings = list(self.readings(passages, cheap, contexts))
        read = self.encoder.logits([x.sequence for x in readings])
        places = [(x.text, x.window) for x in readings]
        return places, cheap[[x.passage for x in readings]], read

    def readings(
        self, passages: list[Passage], cheap: Matrix, contexts: Sequence[str] | None
    ) -> Iterator[Reading]:
        """Say what the encoder reads of passages that the cheap stage has judged."""
        chosen = salient(passages, cheap)
        split = self.encoder.tokens([passages[place].plain for place in chosen])
        before = self._contexts(passages, contexts)
        left = dict.fromkeys((passage.text for passage in passages), MOST_READ)
        for place, tokens in zip(chosen, split, strict=True):
            passage = passages[place]
            for first, last in parts(passages, place, tokens, self.side)[: left[passage.text]]:
                left[passage.text] -= 1
                sequence = self._sequence(tokens.ids[first:last], before[passage.text])
                window = place_of(passage, tokens, first, last)
                yield Reading(passage.text, place, window, sequence, tokens.places[first:last])

    def sure(self, passages: list[Passage], cheap: Matrix) -> npt.NDArray[np.bool_]:
        """Which passages are of texts that the cheap stage has no doubt of."""
        if self._doubt is None or not passages:
            return np.zeros(len(passages), dtype=np.bool_)
        columns = [i for i, name in enumerate(CATEGORIES) if name in self._doubt.categories]
        most = probabilities(self.cheap.curved(cheap))[:, columns].max(axis=1, initial=0.0)
        doubtful = most >= self._doubt.least
        texts = np.array([passage.text for passage in passages])
        return ~np.isin(texts, texts[doubtful])

    def _sequence(self, ids: list[int], before: list[int]) -> TokenSequence:
        return prompt_sequence(ids) if self.side == "prompt" else response_sequence(ids, before)

    def _contexts(
        self, passages: list[Passage], contexts: Sequence[str] | None
    ) -> dict[int, list[int]]:
        """Tokens of what each text answers."""
        texts = sorted({passage.text for passage in passages})
        if self.side == "prompt" or contexts is None:
            return {text: [] for text in texts}
        own = [contexts[i] for i in texts]
        asked = self.encoder.tokens(
            [_short(x.prompt if isinstance(x, Context) else x) for x in own]
        )
        before = self.encoder.tokens(
            [_end(x.before if isinstance(x, Context) else "") for x in own]
        )
        return {i: fitting(x.ids, y.ids) for i, x, y in zip(texts, asked, before, strict=True)}


def stacked(stack: Matrix, cheap: Matrix, read: Matrix) -> Matrix:
    """Give what both stages say together; `stack` has their weights and an offset by category."""
    own, other, offset = stack
    return with_overall(own * cheap + other * read + offset, CONTENT_SHARE)


def load(
    side: Side,
    encoder: Encoder,
    reader: SafetyEncoder,
    folder: Path = weights.FOLDER,
    *,
    doubt: Doubt | None = None,
) -> StackedClassifier:
    """Read the stack of a side. Raises DetectorError when weights are missing or damaged."""
    stack = weights.read(f"{side}-stack.npz", folder)["stack"].astype(np.float32)
    cheap = SafetyClassifier.load(side, encoder=encoder, folder=folder)
    return StackedClassifier(cheap, reader, stack, doubt)


def _end(before: str) -> str:
    """The end of what was said before a prompt, where there may be room for it."""
    return undisguise(before[-_BEFORE_CHARACTERS:])


def _short(context: str) -> str:
    """Both ends of a prompt: the middle of a long one is not read."""
    if len(context) > 2 * _CONTEXT_CHARACTERS:
        context = f"{context[:_CONTEXT_CHARACTERS]} {context[-_CONTEXT_CHARACTERS:]}"
    return undisguise(context)
