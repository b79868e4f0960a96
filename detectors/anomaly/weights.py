"""How much each factor counts where all are added up.

Learnt by `benchmarks/anomaly/train_weights.py` from planted exchanges, on other seeds than those
that the figures are from. They decide the order of exchanges of which no single factor says
enough; how rare a sum is among ordinary exchanges is read off each baseline.
"""

from __future__ import annotations

WEIGHTS: dict[tuple[str, int], float] = {
    ("rare_response_format", 1): 0.9,
    ("pair_system_echo", 1): 0.8,
    ("response_declining", 1): 0.7,
    ("broken_json", 1): 0.7,
    ("response_broken_off", 1): 0.6,
    ("pair_echo", 1): 0.5,
    ("pair_fit", -1): 0.4,
    ("response_repeated_sentences", 1): 0.4,
    ("response_unfinished", 1): 0.4,
    ("response_misread", 1): 0.4,
    ("response_log_length", -1): 0.3,
    ("log_seconds_per_token", 1): 0.3,
    ("response_misplaced_ends", 1): 0.3,
    ("response_refusal", 1): 0.3,
    ("length_residual", 1): 0.3,
    ("ttft_residual", 1): 0.3,
    ("response_word_order", -1): 0.3,
    ("response_letter_surprise", 1): 0.2,
    ("pair_rare_overlap", -1): 0.2,
    ("response_elsewhere", 1): 0.2,
    ("rare_response_language", 1): 0.2,
    ("language_gap", 1): 0.2,
    ("response_zlib_ratio", -1): 0.2,
    ("pair_cosine", -1): 0.2,
    ("response_longest_chunk", 1): 0.2,
    ("rare_response_first", 1): 0.1,
    ("prompt_elsewhere", 1): 0.1,
    ("tokens_residual", 1): 0.1,
    ("log_ttft", 1): 0.1,
    ("rare_response_last", 1): 0.1,
    ("tokens_residual", -1): 0.1,
    ("response_newlines", 1): 0.1,
}
"""By channel and side; factors that are not listed count nothing in the sum of all."""
