"""The closed set of categories that the safety classifier scores."""

from __future__ import annotations

CATEGORIES = (
    "unsafe",
    "hate",
    "harassment",
    "sexual",
    "sexual_minors",
    "violence",
    "self_harm",
    "illicit",
    "privacy",
    "prompt_injection",
    "jailbreak",
    "toxic",
    "refusal",
)

CONTENT = (
    "hate",
    "harassment",
    "sexual",
    "sexual_minors",
    "violence",
    "self_harm",
    "illicit",
    "privacy",
)
"""The categories of what a text says or asks for, as opposed to how it goes about it."""
