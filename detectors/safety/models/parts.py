"""Texts cut into parts that a model can read, and the strongest part of each text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detectors.base import Label
from detectors.safety.categories import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Columns = dict[str, list[int]]
"""Token ids and what belongs to them, by the name of the model's input."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the text number `text`: its character offsets."""

    text: int
    start: int
    end: int


def strongest(
    count: int, parts: Sequence[Part], scores: Sequence[Mapping[str, float]]
) -> list[list[Label]]:
    """Labels of `count` texts: each category takes the largest score of its text's parts.

    Where a text has several parts, a label says in which the score was found. A text without
    parts has no labels.
    """
    found: list[dict[str, tuple[float, Part]]] = [{} for _ in range(count)]
    places: list[set[Part]] = [set() for _ in range(count)]
    for part, own in zip(parts, scores, strict=True):
        places[part.text].add(part)
        best = found[part.text]
        for category, score in own.items():
            if category not in best or score > best[category][0]:
                best[category] = score, part
    return [
        [
            Label(name, score, part.start, part.end) if len(place) > 1 else Label(name, score)
            for name in CATEGORIES
            if name in best
            for score, part in [best[name]]
        ]
        for best, place in zip(found, places, strict=True)
    ]


def token_spans(count: int, window: int, overlap: int) -> list[tuple[int, int]]:
    """Windows over `count` tokens, the last as long as the others; none over no tokens."""
    if count <= window:
        return [(0, count)] if count else []
    return [
        *((start, start + window) for start in range(0, count - window, window - overlap)),
        (count - window, count),
    ]


def both_ends(tokenizer: Any, texts: Sequence[str], room: int) -> list[str]:
    """Each text, or its first and last tokens where it has more than `room`."""
    if not texts:
        return []
    found = tokenizer(list(texts), add_special_tokens=False, return_offsets_mapping=True)
    return [
        text if len(places) <= room else _ends(text, places, room // 2)
        for text, places in zip(texts, found["offset_mapping"], strict=True)
    ]


def _ends(text: str, places: Sequence[tuple[int, int]], half: int) -> str:
    return f"{text[: places[half - 1][1]]} {text[places[-half][0] :]}"


def batches(
    rows: Sequence[Columns], pads: Mapping[str, int], size: int, *, left: bool = False
) -> Iterator[tuple[list[int], dict[str, list[list[int]]]]]:
    """Rows of like length together, padded to the longest of their batch; and which they are.

    The longest come first: what does not fit into memory fails at once.
    """
    order = sorted(range(len(rows)), key=lambda i: -len(rows[i]["input_ids"]))
    for first in range(0, len(order), size):
        chosen = order[first : first + size]
        longest = len(rows[chosen[0]]["input_ids"])
        yield (
            chosen,
            {
                name: [_padded(rows[i][name], pad, longest, left=left) for i in chosen]
                for name, pad in pads.items()
                if name in rows[chosen[0]]
            },
        )


def _padded(values: list[int], pad: int, length: int, *, left: bool) -> list[int]:
    filling = [pad] * (length - len(values))
    return filling + values if left else values + filling
