"""What columns are called in a report, and how their values are turned back into plain units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.floating[Any]]

_SIDES = {"prompt": "Prompt", "response": "Answer", "pair": "Prompt and answer"}
_TIMING = "Timing"


@dataclass(frozen=True, slots=True)
class Name:
    """A column's name for a person, the side it is about, and the way back to plain units."""

    label: str
    side: str
    back: Callable[[Numbers], Numbers] = np.asarray


_KNOWN = {
    "log_input_tokens": Name("Prompt: tokens", "prompt", np.expm1),
    "log_output_tokens": Name("Answer: tokens", "response", np.expm1),
    "log_ttft": Name("Timing: time to first token, s", "timing", np.exp),
    "log_seconds_per_token": Name("Timing: time per token, s", "timing", np.exp),
    "finish_reason": Name("Answer: finish reason", "response"),
    "prompt_unsafe": Name("Prompt: probability of unsafe", "prompt"),
    "response_unsafe": Name("Answer: probability of unsafe", "response"),
    "prompt_attack": Name("Prompt: probability of an attack", "prompt"),
    "prompt_distance": Name("Prompt: distance from known topics, 0 to 1", "prompt"),
    "response_distance": Name("Answer: distance from known topics, 0 to 1", "response"),
    "pair_cosine": Name("Prompt and answer: similarity of meaning", "pair"),
    "pair_echo": Name("Prompt and answer: share of the prompt repeated", "pair"),
    "pair_word_overlap": Name(
        "Prompt and answer: share of the answer's words in the prompt", "pair"
    ),
    "pair_rare_overlap": Name(
        "Prompt and answer: share of the answer's words in the prompt, rare ones first", "pair"
    ),
    "pair_system_echo": Name("Prompt and answer: share of the system prompt repeated", "pair"),
    "route": Name("Traffic: route", "traffic"),
    "system_prompt": Name("Traffic: system prompt, by hash", "traffic"),
}
_PLAIN: dict[str, tuple[str, Callable[[Numbers], Numbers]]] = {
    "log_length": ("words", np.expm1),
    "log_sentence_length": ("words to a sentence", np.expm1),
    "tool_calls": ("calls of tools", np.expm1),
    "longest_chunk": ("longest run of characters without a space", np.expm1),
    "refusal": ("refusals", np.asarray),
    "misread": ("share of mis-decoded characters", np.asarray),
    "word_length": ("mean length of a word", np.asarray),
    "letter_surprise": ("letters' surprise, bits", np.asarray),
    "ends_properly": ("ends properly", np.asarray),
    "broken_off": ("broken off", np.asarray),
    "unfinished": ("how unfinished the end looks, nats", np.asarray),
    "declining": ("signs of a refusal", np.asarray),
    "json_valid": ("valid JSON", np.asarray),
}
_SHARES = ("capitals", "digits", "punctuation", "newlines", "non_ascii")


def name_of(column: str) -> Name:
    """The name of a column; one that is not known keeps its own words."""
    if column in _KNOWN:
        return _KNOWN[column]
    head, _, rest = column.partition("_")
    if head not in _SIDES or not rest:
        return Name(f"{_TIMING}: {_words(column)}", "timing")
    if rest in _SHARES:
        return Name(f"{_SIDES[head]}: share of {_words(rest)}", head)
    words, back = _PLAIN.get(rest, (_words(rest), np.asarray))
    return Name(f"{_SIDES[head]}: {words}", head, back)


def _words(column: str) -> str:
    return column.replace("_", " ")
