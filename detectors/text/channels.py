"""Numeric and nominal features of one exchange; nothing here is fitted to anything."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from detectors.text.answer import answer, answer_format, json_validity
from detectors.text.declining import declining
from detectors.text.embedding import words
from detectors.text.ending import broken_off, misplaced_ends, unfinished
from detectors.text.function_words import LANGUAGES_OF
from detectors.text.junk import junk
from detectors.text.language import language_of_words
from detectors.text.loops import tail_repetition
from detectors.text.order import word_order
from detectors.text.readability import log_sentence_length
from detectors.text.scripts import script
from detectors.text.shape import shape
from detectors.text.tables import rarity
from detectors.text.tone import tone

if TYPE_CHECKING:
    from detectors.observation import Observation

_PIECE = 20
_PIECES = 24
_LANGUAGE_CHARACTERS = 300
_LANGUAGE_WORDS = 60
_TOOL_CHARACTERS = 64


def channels(x: Observation) -> dict[str, float]:
    """Numeric features by name; one that has no meaning for this exchange is absent.

    Names begin with what they are about: `prompt_`, `response_`, `pair_` (how the two hang
    together); the rest is timing and token counts. Shares are 0 to 1, `log_` means a natural
    logarithm (of one more, for counts), times are in seconds.
    """
    return _channels(x, *_words(x))


def categories(x: Observation) -> dict[str, str]:
    """Nominal features by name; a side that is absent has none."""
    return _categories(x, *_words(x))


def features(x: Observation) -> tuple[dict[str, float], dict[str, str]]:
    """Give `channels` and `categories` together: each text is cut into words once."""
    prompt_words, response_words = _words(x)
    return _channels(x, prompt_words, response_words), _categories(x, prompt_words, response_words)


def _words(x: Observation) -> tuple[list[str], list[str]]:
    return words(x.prompt or ""), words(x.response or "")


def _channels(
    x: Observation, prompt_words: list[str], response_words: list[str]
) -> dict[str, float]:
    found: dict[str, float] = {}
    if x.prompt is not None:
        found |= {f"prompt_{k}": v for k, v in shape(x.prompt, prompt_words).items()}
        found |= {f"prompt_{k}": v for k, v in _language_like(x.prompt, prompt_words).items()}
    if x.response is not None:
        found |= {f"response_{k}": v for k, v in shape(x.response, response_words).items()}
        found |= {f"response_{k}": v for k, v in answer(x.response, response_words).items()}
        found |= {f"response_{k}": v for k, v in _language_like(x.response, response_words).items()}
        found["response_declining"] = declining(x.response)
        found["response_misplaced_ends"] = misplaced_ends(x.response)
        found["response_tool_calls"] = math.log1p(len(x.called))
        if not x.truncated:
            found |= _ending(x.response, response_words)
    if x.prompt and x.response:
        found |= _pair(x, prompt_words, response_words)
    return found | _timing(x)


def _categories(
    x: Observation, prompt_words: list[str], response_words: list[str]
) -> dict[str, str]:
    found = {"finish_reason": x.finish_reason or "none"}
    if x.prompt is not None:
        found["prompt_script"] = script(x.prompt)
        found["prompt_language"] = _language(x.prompt, prompt_words, found["prompt_script"])
    if x.response is not None:
        found["response_language"] = _language(x.response, response_words, script(x.response))
        valid = None if x.truncated else json_validity(x.response)
        found["response_format"] = answer_format(x.response, json_valid=valid)
        found["response_first"] = _first(x.response)
        found["response_last"] = _last(x.response)
        found["response_tool"] = (
            (x.called[0] or "unnamed")[:_TOOL_CHARACTERS] if x.called else "none"
        )
    return found


def _language_like(text: str, text_words: list[str]) -> dict[str, float]:
    found = junk(text)
    length, said = log_sentence_length(text, text_words), tone(text_words)
    if length is not None:
        found["log_sentence_length"] = length
    if said is not None:
        found["tone"] = said
    order, repetition = word_order(text), tail_repetition(text_words)
    if order is not None:
        found["word_order"] = order
    if repetition is not None:
        found["tail_repetition"] = repetition
    return found


def _ending(response: str, response_words: list[str]) -> dict[str, float]:
    found = {
        "response_broken_off": broken_off(response, response_words),
        "response_unfinished": unfinished(response, response_words),
    }
    valid = json_validity(response)
    if valid is not None:
        found["response_json_valid"] = float(valid)
    return found


def _language(text: str, text_words: list[str], text_script: str) -> str:
    return language_of_words(text[:_LANGUAGE_CHARACTERS], text_words[:_LANGUAGE_WORDS], text_script)


def _first(response: str) -> str:
    """Name the kind of character an answer opens with."""
    first = response.lstrip()[:1]
    if not first:
        return "none"
    if first.isalpha():
        return "capital" if first.isupper() else "letter"
    return "digit" if first.isdigit() else "symbol"


def _last(response: str) -> str:
    """Name the kind of character an answer closes with."""
    last = response.rstrip()[-1:]
    if not last:
        return "none"
    if last.isalpha():
        return "letter"
    if last.isdigit():
        return "digit"
    return "end" if last in ".!?\u3002" else "symbol"


def _pair(x: Observation, prompt_words: list[str], response_words: list[str]) -> dict[str, float]:
    assert x.prompt is not None
    assert x.response is not None
    found = {"pair_echo": _pieces_in(x.prompt, x.response)}
    content = set(response_words).difference(LANGUAGES_OF)
    if content:
        shared = content.intersection(prompt_words)
        found["pair_word_overlap"] = len(shared) / len(content)
        found["pair_rare_overlap"] = _weight(shared) / _weight(content)
    if x.system:
        found["pair_system_echo"] = _pieces_in(x.system, x.response)
    if x.prompt_embedding is not None and x.response_embedding is not None:
        found["pair_cosine"] = float(np.dot(x.prompt_embedding, x.response_embedding))
    return found


def _weight(some: set[str]) -> float:
    """Sum of how rare words are in English."""
    return sum(map(rarity().__getitem__, some))


def _pieces_in(source: str, response: str) -> float:
    """Share of a text's 20-character pieces, evenly chosen, that an answer says again."""
    step = max(_PIECE, len(source) // _PIECES)
    pieces = [source[i : i + _PIECE] for i in range(0, max(1, len(source) - _PIECE + 1), step)]
    return sum(map(response.__contains__, pieces)) / len(pieces)


def _timing(x: Observation) -> dict[str, float]:
    found: dict[str, float] = {}
    if x.input_tokens is not None:
        found["log_input_tokens"] = math.log1p(x.input_tokens)
    if x.output_tokens is not None:
        found["log_output_tokens"] = math.log1p(x.output_tokens)
    timing = x.timing
    if x.stream and timing.ttft is not None and timing.ttft > 0:
        found["log_ttft"] = math.log(timing.ttft)
    per_token = _seconds_per_token(x)
    if per_token is not None and per_token > 0:
        found["log_seconds_per_token"] = math.log(per_token)
    return found


def _seconds_per_token(x: Observation) -> float | None:
    """Time of each token after the first; of all tokens where the answer came in one piece."""
    duration, ttft = x.timing.duration, x.timing.ttft
    if duration is None or x.output_tokens is None or x.output_tokens < 2:
        return None
    if x.stream and ttft is not None:
        return (duration - ttft) / (x.output_tokens - 1)
    return duration / x.output_tokens
