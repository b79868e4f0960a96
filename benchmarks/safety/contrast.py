"""Generated texts: look-alikes that are harmless, and positives for categories that are thin.

The templates are dealt out to four sources, one for each fold, so that the models that judge a
template have not seen it (they have seen its fillers in other templates).
"""

from __future__ import annotations

import random
import re
from dataclasses import replace

import contrast_french as french
import contrast_pairs as pairs
from contrast_tables import (
    FILL,
    HARMLESS,
    KIND,
    NO_ATTACK,
    POSITIVE,
    POSITIVE_RESPONSE,
    REFUSAL,
)
from corpus import Row, key

from detectors.safety.categories import CONTENT

FOLDS = 4
PER_TEMPLATE = 24
WEIGHT = 0.6

_FILL = FILL | pairs.FILL | french.FILL
_SLOT = re.compile(r"\{(\w+)\}")
_ATTACKS = ("prompt_injection", "jailbreak")
_TOXIC = {"hate", "harassment"}

Known = dict[str, tuple[float, float]]


def contrast_rows() -> list[Row]:
    """All generated rows, in a fixed order; source `contrast_N` belongs to fold N."""
    rows: list[Row] = []
    for category, template in POSITIVE:
        rows += _rows("prompt", template, _positive(category), len(rows))
    for category, template in POSITIVE_RESPONSE:
        rows += _rows("response", template, _positive(category) | _refusal(0.0), len(rows))
    for template in HARMLESS + NO_ATTACK:
        rows += _rows("prompt", template, _harmless(), len(rows))
    for template in REFUSAL:
        rows += _rows("response", template, _harmless() | _refusal(1.0), len(rows))
    for template in KIND:
        rows += _rows("response", template, _harmless() | _refusal(0.0), len(rows))
    rows += _pairs(len(rows))
    for template in french.HARMLESS:
        own = _rows("prompt", template, _harmless(), len(rows))
        rows += [replace(row, lang="fr") for row in own]
    return rows


def _pairs(first: int) -> list[Row]:
    rows: list[Row] = []
    for category, template in pairs.POSITIVE:
        rows += _rows("prompt", template, _positive(category), first + len(rows))
    for template in pairs.HARMLESS:
        rows += _rows("prompt", template, _harmless(), first + len(rows))
    for template in pairs.REFUSAL:
        known = _harmless() | _refusal(1.0)
        rows += _rows("response", template, known, first + len(rows))
    for template in pairs.KIND:
        known = _harmless() | _refusal(0.0)
        rows += _rows("response", template, known, first + len(rows))
    return rows


def _rows(role: str, template: str, known: Known, seed: int) -> list[Row]:
    rng = random.Random(f"{template}{seed}")
    texts = dict.fromkeys(_filled(template, rng) for _ in range(PER_TEMPLATE))
    source = f"contrast_{rng.randrange(FOLDS)}"
    return [
        Row(f"{source}-{role}-{seed + i}", source, role, text, known, key(text), WEIGHT)
        for i, text in enumerate(texts)
    ]


def _filled(template: str, rng: random.Random) -> str:
    text = _SLOT.sub(lambda slot: rng.choice(_FILL[slot[1]]), template)
    return text[0].upper() + text[1:] if rng.random() < 0.5 else text


def _positive(category: str) -> Known:
    known: Known = dict.fromkeys(CONTENT + _ATTACKS, (0.0, 0.3))
    known |= {"unsafe": (1.0, 1.0), category: (1.0, 1.0)}
    if category == "sexual_minors":
        known["sexual"] = (1.0, 1.0)
    if category in _TOXIC:
        known["toxic"] = (1.0, 1.0)
    return known


def _harmless() -> Known:
    return dict.fromkeys((*CONTENT, *_ATTACKS, "unsafe", "toxic"), (0.0, 1.0))


def _refusal(value: float) -> Known:
    return {"refusal": (value, 1.0)}
