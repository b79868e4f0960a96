"""What may be unusual about an exchange: channels, the side on which they are, what it is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scale = Literal["plain", "words", "tokens", "seconds"]


STRONG, LARGE, MEDIUM, WEAK = 25.0, 11.0, 9.0, 5.0
"""How much a factor can say at most, in nats: alarm alone, alarm with little else, only add."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One side of one channel.

    `sign` is 1 where large values are unusual, -1 where small ones are. `handicap` is taken off
    its surprise, in nats: many weak signs together must not drown a strong one (unequal shares of
    one false-alarm budget, as in weighted Bonferroni); `cap` is the most that is left of it, for
    channels whose ordinary tails are longer than any law fitted to them. `scale` says how to show
    a value that is kept as a logarithm.
    """

    channel: str
    sign: int
    kind: str
    handicap: float = 0.0
    cap: float = STRONG
    unit: str = ""
    scale: Scale = "plain"


def _both(
    channel: str,
    kind: str,
    handicap: float = 0.0,
    cap: float = STRONG,
    *,
    unit: str = "",
    scale: Scale = "plain",
) -> tuple[Factor, ...]:
    return tuple(Factor(channel, sign, kind, handicap, cap, unit, scale) for sign in (1, -1))


TELLING = frozenset(
    {
        *("repetition", "gibberish", "language_mismatch", "refusal", "echo", "prompt_leak"),
        *("broken_format", "unusual_speed"),
    }
)
"""Kinds that say what is wrong, not only that something is: they name a finding before others."""

FACTORS: tuple[Factor, ...] = (
    Factor("response_tail_repetition", 1, "repetition", 0.0, MEDIUM),
    Factor("response_repeated_sentences", 1, "repetition", 0.0, MEDIUM),
    Factor("response_doubled_words", 1, "repetition", 1.0, WEAK),
    Factor("response_zlib_ratio", -1, "repetition", 0.0, MEDIUM),
    Factor("response_distinct_words", -1, "repetition", 1.0, WEAK),
    Factor("response_word_order", -1, "gibberish"),
    Factor("response_letter_surprise", 1, "gibberish", 0.0, MEDIUM),
    Factor("response_longest_chunk", 1, "gibberish", 0.5, MEDIUM),
    Factor("response_misread", 1, "gibberish", -1.5),
    Factor("response_zlib_ratio", 1, "gibberish", 1.0, WEAK),
    *_both("response_word_length", "gibberish", 1.0, WEAK),
    *_both("response_function_words", "gibberish", 1.0, WEAK),
    Factor("prompt_word_order", -1, "gibberish_prompt", 1.0, MEDIUM),
    Factor("prompt_letter_surprise", 1, "gibberish_prompt", 1.0, WEAK),
    Factor("prompt_longest_chunk", 1, "gibberish_prompt", 1.0, WEAK),
    Factor("prompt_misread", 1, "gibberish_prompt", 0.5, MEDIUM),
    Factor("prompt_tail_repetition", 1, "gibberish_prompt", 1.0, WEAK),
    Factor("response_broken_off", 1, "cut_off", unit="signs of a broken end"),
    Factor("response_unfinished", 1, "cut_off", unit="nats"),
    Factor("response_misplaced_ends", 1, "gibberish"),
    *_both("response_capitals", "unusual_format", 2.0, WEAK),
    *_both("response_digits", "unusual_format", 2.0, WEAK),
    *_both("response_punctuation", "unusual_format", 2.0, WEAK),
    *_both("response_newlines", "unusual_format", 2.0, WEAK),
    Factor("response_non_ascii", 1, "unusual_format", 1.0, MEDIUM),
    Factor("response_markdown", 1, "unusual_format", 2.0, WEAK),
    Factor("response_refusal", 1, "refusal", -2.0),
    Factor("response_declining", 1, "refusal", -2.0, unit="signs of a refusal"),
    Factor("pair_echo", 1, "echo", -1.5, unit="share of the prompt"),
    Factor("pair_system_echo", 1, "prompt_leak", unit="share of the system prompt"),
    Factor("pair_cosine", -1, "off_topic", 0.0, LARGE, unit="cosine of prompt and answer"),
    Factor("pair_word_overlap", -1, "off_topic", 1.0, MEDIUM),
    Factor("pair_rare_overlap", -1, "off_topic", 0.5, MEDIUM, unit="share of the answer's words"),
    *_both("response_log_length", "unusual_length", 0.5, 13.0, unit="words", scale="words"),
    *_both("prompt_log_length", "unusual_length", 1.5, WEAK, unit="words", scale="words"),
    *_both("log_output_tokens", "unusual_length", 1.0, MEDIUM, unit="tokens", scale="tokens"),
    Factor("log_input_tokens", 1, "unusual_length", 1.5, WEAK, "tokens", "tokens"),
    Factor("log_ttft", 1, "unusual_speed", 0.5, WEAK, "s", "seconds"),
    *_both(
        "log_seconds_per_token", "unusual_speed", 0.5, LARGE, unit="s per token", scale="seconds"
    ),
    Factor("prompt_capitals", 1, "novel_prompt", 2.0, WEAK),
    Factor("prompt_digits", 1, "novel_prompt", 2.0, WEAK),
    Factor("prompt_punctuation", 1, "novel_prompt", 2.0, WEAK),
    Factor("prompt_newlines", 1, "novel_prompt", 2.0, WEAK),
    Factor("prompt_non_ascii", 1, "novel_prompt", 1.0, WEAK),
    Factor("prompt_unsafe", 1, "unusual_risk", 1.0, WEAK, "probability"),
    Factor("response_unsafe", 1, "unusual_risk", 1.0, WEAK, "probability"),
    Factor("prompt_attack", 1, "unusual_risk", 1.0, WEAK, "probability"),
)
"""Factors of the channels that every exchange has as they are."""

FITTED: tuple[Factor, ...] = (
    Factor(
        "prompt_novelty",
        1,
        "novel_prompt",
        0.0,
        LARGE,
        unit="1 - cosine to the nearest ordinary ones",
    ),
    Factor(
        "response_novelty",
        1,
        "novel_response",
        0.5,
        LARGE,
        unit="1 - cosine to the nearest ordinary ones",
    ),
    Factor("prompt_distance", 1, "novel_prompt", 0.5, LARGE),
    Factor("response_distance", 1, "novel_response", 0.5, LARGE),
    Factor("prompt_elsewhere", 1, "novel_prompt", 0.5, LARGE, "log of how much likelier elsewhere"),
    Factor(
        "response_elsewhere", 1, "novel_response", 0.5, LARGE, "log of how much likelier elsewhere"
    ),
    Factor("rare_response_last", 1, "cut_off", 0.5, MEDIUM, "nats"),
    Factor("pair_fit", -1, "off_topic", 0.0, LARGE, unit="standard deviations from other answers"),
    *_both("length_residual", "unusual_length", 0.5, LARGE),
    *_both("tokens_residual", "unusual_length", 1.0, WEAK),
    Factor("ttft_residual", 1, "unusual_speed", 0.5, LARGE, unit="log of seen over expected"),
    Factor("language_gap", 1, "language_mismatch", -2.0, unit="nats"),
    Factor("broken_json", 1, "broken_format", -4.0),
    Factor("rare_response_language", 1, "language_mismatch", 0.5, unit="nats"),
    Factor("rare_prompt_language", 1, "novel_prompt", 1.0, MEDIUM, "nats"),
    Factor("rare_response_format", 1, "unusual_format", 1.0, WEAK, "nats"),
    Factor("rare_response_first", 1, "unusual_format", 1.5, WEAK, "nats"),
    Factor("rare_finish_reason", 1, "cut_off", 0.5, unit="nats"),
)
"""Factors that compare an exchange with the baseline's rows; see `detectors.anomaly.fitted`."""
