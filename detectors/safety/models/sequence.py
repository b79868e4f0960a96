"""Sequence classifiers of `transformers`: their labels as probabilities of our categories."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any

from detectors.errors import DetectorError
from detectors.safety.models.kinds import categories_of
from detectors.safety.models.loading import Loaded, load
from detectors.safety.models.parts import Columns, Part, batches, both_ends, strongest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detectors.base import Label
    from detectors.safety.models.kinds import ClassifierModel

_MOST_SHOWN = 40
_NO_LIMIT = 1_000_000


class SequenceClassifier:
    """Scores texts with a fine-tuned classifier, on a CPU or a GPU.

    A long text is read in overlapping windows over the whole of it; each category takes its
    largest score, and its label then says in which window. Several labels of one category add up
    where only one of them holds (softmax); otherwise the largest counts. For one caller at a time.
    """

    def __init__(self, name: str, chosen: ClassifierModel, loaded: Loaded) -> None:
        self.name = name
        self._chosen = chosen
        self._tokenizer = loaded.tokenizer
        self._model = loaded.model
        self._device = loaded.device
        self._columns = _columns(name, chosen, loaded.model.config)
        self._sigmoid = _is_sigmoid(chosen, loaded.model.config)
        self._pads = _pads(loaded)

    @classmethod
    def load(cls, name: str, chosen: ClassifierModel) -> SequenceClassifier:
        """Read the model. Raises DetectorError when it cannot be, or lacks a label."""
        return cls(name, chosen, load(name, chosen, "classify"))

    def classify(
        self,
        texts: Sequence[str],
        embeddings: object = None,
        contexts: Sequence[str] | None = None,
    ) -> list[list[Label]]:
        """One label for each category that is mapped; none for a text without tokens.

        `contexts` are the prompts that responses answer, read by a model of pairs. Raises
        DetectorError when the model gives something that is no number.
        """
        if not texts:
            return []
        before = contexts if self._chosen.pair else None
        parts, rows = self._cut(texts, before)
        scores: list[dict[str, float]] = [{} for _ in rows]
        for chosen, batch in batches(rows, self._pads, self._batch_size()):
            for row, found in zip(chosen, self._read(batch), strict=True):
                scores[row] = found
        return strongest(len(texts), parts, scores)

    def _cut(
        self, texts: Sequence[str], contexts: Sequence[str] | None
    ) -> tuple[list[Part], list[Columns]]:
        """Windows over every text, each behind the ends of its prompt where there is one."""
        window = self._window()
        firsts = both_ends(self._tokenizer, contexts, window // 4) if contexts else list(texts)
        found = self._tokenizer(
            firsts,
            list(texts) if contexts else None,
            truncation="only_second" if contexts else "only_first",
            max_length=window,
            stride=min(self._chosen.overlap, window // 4),
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )
        judged = 1 if contexts else 0
        parts, rows = [], []
        for i, text in enumerate(found["overflow_to_sample_mapping"]):
            owners = found.sequence_ids(i)
            places = [x for x, owner in zip(found["offset_mapping"][i], owners, strict=True)
                      if owner == judged]  # fmt: skip
            if places:
                parts.append(Part(text, places[0][0], places[-1][1]))
                rows.append({name: found[name][i] for name in self._pads if name in found})
        return parts, rows

    def _window(self) -> int:
        """Most tokens at once: what is wished, and no more than the model has positions for.

        Models of the RoBERTa line keep two positions for themselves, so of 514 they have 512.
        """
        positions = getattr(self._model.config, "max_position_embeddings", None)
        room = positions // 8 * 8 if isinstance(positions, int) and positions > 0 else _NO_LIMIT
        known = int(self._tokenizer.model_max_length)
        return min(self._chosen.window, known, room)

    def _read(self, batch: dict[str, list[list[int]]]) -> list[dict[str, float]]:
        import torch  # noqa: PLC0415 - heavy; loaded with the model

        inputs = {name: torch.tensor(x, device=self._device) for name, x in batch.items()}
        with torch.inference_mode():
            logits = self._model(**inputs).logits.float().cpu()
        if not torch.isfinite(logits).all():
            raise DetectorError(f"the model {self.name!r} gave scores that are no numbers")
        scores = logits.sigmoid() if self._sigmoid else logits.softmax(dim=-1)
        return [self._by_category(row) for row in scores.tolist()]

    def _by_category(self, row: list[float]) -> dict[str, float]:
        joined = max if self._sigmoid else sum
        return {
            category: min(1.0, joined(row[i] for i in columns))
            for category, columns in self._columns.items()
        }

    def _batch_size(self) -> int:
        """One at a time without a padding token: the model could not tell padding from text."""
        return self._chosen.batch if self._model.config.pad_token_id is not None else 1


def _pads(loaded: Loaded) -> dict[str, int]:
    """What the model takes, and what it is padded with. Some tokenizers give more than that."""
    known = {
        "input_ids": loaded.model.config.pad_token_id or 0,
        "attention_mask": 0,
        "token_type_ids": loaded.tokenizer.pad_token_type_id,
    }
    taken = signature(loaded.model.forward).parameters
    return {name: pad for name, pad in known.items() if name in taken}


def _columns(name: str, chosen: ClassifierModel, config: Any) -> dict[str, list[int]]:
    """Category to the columns of its labels."""
    known = {str(label): int(i) for i, label in config.id2label.items()}
    if unknown := sorted(set(chosen.labels) - set(known)):
        shown = ", ".join(list(known)[:_MOST_SHOWN])
        raise DetectorError(
            f"the model {name!r} has no label {', '.join(unknown)}; its labels are {shown}"
        )
    columns: dict[str, list[int]] = {}
    for label in chosen.labels:
        for category in categories_of(chosen.labels, label):
            columns.setdefault(category, []).append(known[label])
    return columns


def _is_sigmoid(chosen: ClassifierModel, config: Any) -> bool:
    if chosen.activation != "auto":
        return chosen.activation == "sigmoid"
    return bool(config.num_labels == 1 or config.problem_type == "multi_label_classification")
