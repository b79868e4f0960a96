"""The closed sets that labels are from.

What has no series until it happens for the first time cannot be told from what is not measured,
and `increase` misses that first time. So every series of these sets is there from the start, at 0.
They are listed here, where nothing heavy is imported; a test compares them with their sources.
"""

from __future__ import annotations

UNRESOLVED = ("open", "acknowledged")
SEVERITIES = ("info", "warning", "critical")
DETECTORS = ("latency", "safety", "drift", "anomaly", "pipeline")
SIDES = ("prompt", "response", "given", "conversation")
"""Parts of an exchange that are scored."""
UNSCORED = ("blank", "no_words", "unparsed", "failed", "language")
LANGUAGES = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "sv", "pl", "tr", "id", "vi"),
    *("ru", "uk", "ar", "fa", "hi", "zh", "ja", "ko", "und", "other"),
)
"""Languages of texts that are told apart in metrics; `und` is not clear."""
STREAMS = ("exchanges", "pending", "observations", "dead")
REPORTS = ("made", "failed", "dropped")
EXPLANATIONS = ("made", "failed", "dropped")
SCRAPES = ("read", "failed")
DELIVERIES = ("delivered", "failed", "dead")
PARTS = ("embedding", "safety", "patterns", "languages", "orders", "features", "channels", "filing")
"""What may raise, apart from the rules of detectors, whose names depend on the policy."""

KINDS = {
    "latency": (
        *("ttft", "tpot", "duration", "slow_exchange", "stall", "errors", "cut_stream"),
        *("slower_ttft", "slower_decode", "slower_answer", "heavier_tail", "slow_replica"),
        *("periodic_stall", "budget_ttft", "budget_tpot", "budget_duration", "budget_errors"),
    ),
    "safety": (
        *("unsafe", "hate", "harassment", "sexual", "sexual_minors", "violence", "self_harm"),
        *("illicit", "privacy", "prompt_injection", "jailbreak", "toxic", "refusal"),
        *("secret", "pii"),
    ),
    "drift": ("input_drift", "output_drift", "relation_drift", "timing_drift"),
    "anomaly": (
        *("repetition", "gibberish", "gibberish_prompt", "empty", "cut_off", "echo", "refusal"),
        *("prompt_leak", "off_topic", "language_mismatch", "broken_format", "novel_prompt"),
        *("novel_response", "unusual_format", "unusual_length", "unusual_speed", "unusual_risk"),
        *("burst", "token_burst", "refusal_burst", "error_burst", "flagged_burst", "replay"),
        "extraction",
    ),
    "pipeline": ("model_failing", "alerts_failing"),
}
"""Types of detection by detector."""


def among(known: tuple[str, ...], value: str) -> str:
    """Give the value where it is of a closed set, else `other`."""
    return value if value in known else "other"
