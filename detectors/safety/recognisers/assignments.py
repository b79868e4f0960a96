"""Secrets by assignment: `api_key = "..."`, where the name and the value's look speak for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.safety.recognisers.finding import Finding
from detectors.safety.recognisers.randomness import entropy, placeholder

SIGNS = (
    "ey=", "ey:", "ey =", 'ey"', "ey'", "ey\\", "EY", "oken", "OKEN", "ecret", "ECRET", "assw",
    "ASSW", "pwd", "PWD",
)  # fmt: skip

_VALUE = r"[A-Za-z0-9_\-/+=.!@#$%^&*~]"
_ASSIGNED = (
    r"[\"'\\]{0,2}[ \t]{0,4}+(?:=>|:=|[:=])[ \t]{0,4}+[\"'\\]{0,2}"
    rf"(?P<value>{_VALUE}{{8,200}}+)(?!{_VALUE}|\()"
)
_KEY = re.compile(
    r"(?:(?:(?<=api)|(?<=access)|(?<=auth)|(?<=account)|(?<=secret)|(?<=private)|(?<=encryption)"
    r"|(?<=signing)|(?<=master)|(?<=shared)|(?<=service)|(?<=app))[_\- ]?key"
    r"|token|secret)" + _ASSIGNED,
    re.IGNORECASE,
)
_PASSWORD = re.compile(r"(?:password|passwd|passphrase|pwd)" + _ASSIGNED, re.IGNORECASE)
_AWS_SECRET = re.compile(
    r"aws_?(?:secret_?)?(?:access_?)?key[\"']?[ \t]{0,4}+[:=][ \t]{0,4}+[\"']?"
    r"(?P<value>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
    re.IGNORECASE,
)
_KEY_LENGTH, _KEY_ENTROPY, _PASSWORD_ENTROPY = 12, 3.0, 2.5
# Code that reads a secret from elsewhere, and words: dotted names, paths, one case throughout.
_REFERENCE = re.compile(
    r"[A-Za-z_]++(?:[./\-][A-Za-z_]++)*+|[A-Za-z_]\w*+(?:\.[A-Za-z_]\w*+)++"
    r"|[a-z_]++\.[a-z_].*|/.*|\$.*|https?.*"
)


def assignments(text: str) -> Iterator[Finding]:
    """Values of names such as `client_secret`, `password` or `aws_secret_access_key`."""
    for match in _AWS_SECRET.finditer(text):
        if entropy(match["value"]) >= _KEY_ENTROPY + 0.5 and not placeholder(match["value"]):
            yield _finding("aws_secret_key", match, 0.97)
    for match in _KEY.finditer(text):
        if len(match["value"]) >= _KEY_LENGTH and _drawn(match["value"], _KEY_ENTROPY):
            yield _finding("assigned_secret", match, 0.8)
    for match in _PASSWORD.finditer(text):
        if _drawn(match["value"], _PASSWORD_ENTROPY):
            yield _finding("assigned_secret", match, 0.75)


def _drawn(value: str, least: float) -> bool:
    digit, letter = re.search("[0-9]", value), re.search("[A-Za-z]", value)
    named = placeholder(value) or _REFERENCE.fullmatch(value)
    return bool(digit and letter) and not named and entropy(value) >= least


def _finding(name: str, match: re.Match[str], confidence: float) -> Finding:
    return Finding(f"secret.{name}", *match.span("value"), validated=False, confidence=confidence)
