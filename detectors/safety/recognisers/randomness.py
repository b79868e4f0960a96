"""Whether a text was drawn at random, as keys are, or put there as a placeholder."""

from __future__ import annotations

import math
import re
from collections import Counter

_PLACEHOLDER = re.compile(
    r"placeholder|redacted|changeme|your|x{5}|\*{3}|\.{3}|<|\$\{|\{\{|%\(", re.IGNORECASE
)
_MADE_UP = re.compile(r"example|dummy|sample|12345678|abcdefgh", re.IGNORECASE)


def entropy(text: str) -> float:
    """Shannon's entropy of the characters, in bits each; 0 for an empty text."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def placeholder(text: str) -> bool:
    """Whether this stands where a secret would, such as `your_api_key_here`."""
    return bool(_PLACEHOLDER.search(text))


def random_looking(text: str, least: float = 3.0) -> bool:
    """Whether this could be a key: enough entropy a character, and no placeholder."""
    return entropy(text) >= least and not placeholder(text)


def made_up(text: str) -> bool:
    """Whether somebody typed this to show what a secret looks like; a vendor's own form says more."""
    return bool(_MADE_UP.search(text))
