"""Generative guards: language models that answer whether a text is safe, scored by their logits."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from detectors.errors import DetectorError
from detectors.safety.models.families import Family, family_of
from detectors.safety.models.loading import Loaded, load
from detectors.safety.models.parts import batches, strongest
from detectors.safety.models.questions import Question, Questions, Template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detectors.base import Label
    from detectors.safety.models.kinds import GuardModel

_LEAST_WINDOW = 16
_WORD = re.compile(r"[A-Za-z0-9_]+")


class GenerativeGuard:
    """Scores texts by how a guard would begin its answer, on a CPU or a GPU.

    The score is the probability of the unsafe word against the safe one as the first word of the
    answer; blanks before it are passed over. Where the family asks about all risks at once, the
    categories whose codes the answer goes on to name take that score, and the others have none.
    Where it asks about one risk at a time, each category has a score of its own, and `unsafe` is
    the largest if it is not asked for. A response is judged with the prompt it answers. A long
    text is asked about in overlapping windows; each category takes its largest score. For one
    caller at a time.
    """

    def __init__(self, name: str, chosen: GuardModel, loaded: Loaded) -> None:
        self.name = name
        self._family = family_of(chosen)
        self._batch = chosen.batch
        self._tokenizer = loaded.tokenizer
        self._model = loaded.model
        self._device = loaded.device
        template = Template(name, chosen, self._family, loaded.tokenizer)
        fitting = _fitting(chosen, loaded.model.config)
        self._questions = Questions(fitting, self._family, loaded.tokenizer, template)
        self._unsafe, self._safe = _answers(name, self._family, loaded.tokenizer)

    @classmethod
    def load(cls, name: str, chosen: GuardModel) -> GenerativeGuard:
        """Read the model. Raises DetectorError when it cannot be, or cannot be asked."""
        return cls(name, chosen, load(name, chosen, "generate"))

    def classify(
        self,
        texts: Sequence[str],
        embeddings: object = None,
        contexts: Sequence[str] | None = None,
    ) -> list[list[Label]]:
        """Labels for each text, `unsafe` among them; none for a text without tokens.

        `contexts` are the prompts that responses answer. Raises DetectorError when the model
        gives something that is no number.
        """
        asked = list(self._questions.about(texts, contexts))
        scores: list[dict[str, float]] = [{} for _ in asked]
        rows = [{"input_ids": x.ids, "attention_mask": [1] * len(x.ids)} for x in asked]
        pads = {"input_ids": self._padding(), "attention_mask": 0}
        for chosen, batch in batches(rows, pads, self._batch, left=True):
            for row, (score, answer) in zip(chosen, self._answer(batch), strict=True):
                scores[row] = self._by_category(asked[row], score, answer)
        return strongest(len(texts), [x.part for x in asked], scores)

    def _answer(self, batch: dict[str, list[list[int]]]) -> list[tuple[float, str]]:
        """Probability of unsafe, and the answer's text, for each question."""
        import torch  # noqa: PLC0415 - heavy; loaded with the model

        inputs = {name: torch.tensor(x, device=self._device) for name, x in batch.items()}
        with torch.inference_mode():
            told = self._model.generate(
                **inputs,
                max_new_tokens=self._family.tokens,
                do_sample=False,
                num_beams=1,
                pad_token_id=self._padding(),
                output_logits=True,
                return_dict_in_generate=True,
            )
        written = told.sequences[:, inputs["input_ids"].shape[1] :].tolist()
        return [
            (
                self._score(told.logits[self._first(ids)][row].float()),
                self._tokenizer.decode(ids, skip_special_tokens=True),
            )
            for row, ids in enumerate(written)
        ]

    def _first(self, ids: list[int]) -> int:
        """Which of the written tokens begins the answer: the first that is not blank."""
        for place, token in enumerate(ids):
            if self._tokenizer.decode([token]).strip():
                return place
        return 0

    def _score(self, logits: Any) -> float:
        odds = logits[self._unsafe].logsumexp(0) - logits[self._safe].logsumexp(0)
        score: float = odds.sigmoid().item()
        if not 0.0 <= score <= 1.0:
            raise DetectorError(f"the model {self.name!r} gave a score that is no number")
        return score

    def _by_category(self, asked: Question, score: float, answer: str) -> dict[str, float]:
        if asked.category:
            return {asked.category: score} | (
                {} if "unsafe" in self._family.risks else {"unsafe": score}
            )
        named = [self._family.codes.get(code, []) for code in _WORD.findall(answer)]
        return {"unsafe": score} | {category: score for own in named for category in own}

    def _padding(self) -> int:
        """Padding is masked, so any token serves where there is none for it."""
        padding: int | None = self._tokenizer.pad_token_id
        return self._tokenizer.eos_token_id or 0 if padding is None else padding


def _fitting(chosen: GuardModel, config: Any) -> GuardModel:
    """Leave half of the model's positions for the template and the prompt before a response."""
    positions = getattr(config, "max_position_embeddings", None)
    if not isinstance(positions, int) or chosen.window <= positions // 2:
        return chosen
    window = max(_LEAST_WINDOW, positions // 2)
    return replace(chosen, window=window, overlap=min(chosen.overlap, window // 4))


def _answers(name: str, family: Family, tokenizer: Any) -> tuple[list[int], list[int]]:
    """Tokens with which each word can begin; raises DetectorError where they do not differ."""
    unsafe, safe = _beginnings(family.unsafe, tokenizer), _beginnings(family.safe, tokenizer)
    own, other = sorted(unsafe - safe), sorted(safe - unsafe)
    if not own or not other:
        raise DetectorError(
            f"the model {name!r} has no tokens to tell {family.unsafe!r} from {family.safe!r} by: "
            "set unsafe and safe to the words that it answers with"
        )
    return own, other


def _beginnings(word: str, tokenizer: Any) -> set[int]:
    """First tokens of a word as it is written, in lower case or capitalised, or after a blank."""
    found = set()
    for spelling in {word, word.lower(), word.capitalize()}:
        for text in (spelling, f" {spelling}"):
            ids = tokenizer(text, add_special_tokens=False)["input_ids"]
            told = [x for x in ids if x != tokenizer.unk_token_id and tokenizer.decode([x]).strip()]
            found.update(told[:1])
    return found
