"""Secrets by assignment: `api_key = "..."`, where the name and the value's look speak for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.safety.recognisers.finding import Finding
from detectors.safety.recognisers.randomness import entropy, made_up, placeholder, random_looking

_VALUE = r"[A-Za-z0-9_\-/+=.!@#$%^&*~]"
# From the sign on: what stands before it is looked at only where a value follows.
_GIVEN = re.compile(
    rf"(?:[:=](?:(?<==)>|(?<=:)=)?|[ ]is)[ \t]{{0,4}}+[\"'\\]{{0,2}}(?P<value>{_VALUE}{{6,200}}+)(?!{_VALUE}|\()"
)
_SIGN = re.compile("[:=]|[ ](?<=word )is ")
_NAME_LONGEST = 32
_UP_TO_SIGN = r"[\"'\\]{0,2}+[ \t]{0,4}+\Z"
_KEY = re.compile(
    r"(?:(?:api|access|auth|account|secret|private|encryption|signing|master|shared|service|app)"
    r"[_\- ]?key|token|secret)" + _UP_TO_SIGN,
    re.IGNORECASE,
)
_PASSWORD = re.compile(r"(?:password|passwd|passphrase|pwd)" + _UP_TO_SIGN, re.IGNORECASE)
_AWS_KEY = re.compile(r"aws_?(?:secret_?)?(?:access_?)?key" + _UP_TO_SIGN, re.IGNORECASE)
_AWS_VALUE = re.compile(r"[A-Za-z0-9/+]{40}")
_KEY_LENGTH, _KEY_ENTROPY, _PASSWORD_ENTROPY = 12, 3.0, 2.5
# Code that reads a secret from elsewhere, and words: dotted names, paths, one case throughout.
_REFERENCE = re.compile(
    r"[A-Za-z_]++(?:[./\-][A-Za-z_]++)*+|[A-Za-z_]\w*+(?:\.[A-Za-z_]\w*+)++"
    r"|[a-z_]++\.[a-z_].*|/.*|\$.*|https?.*"
)


def assignments(text: str) -> Iterator[Finding]:
    """Values of names such as `client_secret`, `password` or `aws_secret_access_key`."""
    for sign in _SIGN.finditer(text):
        match = _GIVEN.match(text, sign.start())
        if not match:
            continue
        name = text[max(0, sign.start() - _NAME_LONGEST) : sign.start()]
        value = match["value"]
        if _AWS_KEY.search(name) and _AWS_VALUE.fullmatch(value) and random_looking(value, 3.5):
            yield _finding("aws_secret_key", match, 0.97)
        elif _KEY.search(name) and len(value) >= _KEY_LENGTH and _drawn(value, _KEY_ENTROPY):
            yield _finding("assigned_secret", match, 0.8)
        elif _PASSWORD.search(name) and _drawn(value, _PASSWORD_ENTROPY):
            yield _finding("assigned_secret", match, 0.75)


def _drawn(value: str, least: float) -> bool:
    digit, letter = re.search("[0-9]", value), re.search("[A-Za-z]", value)
    named = placeholder(value) or made_up(value) or _REFERENCE.fullmatch(value)
    return bool(digit and letter) and not named and entropy(value) >= least


def _finding(name: str, match: re.Match[str], confidence: float) -> Finding:
    return Finding(f"secret.{name}", *match.span("value"), validated=False, confidence=confidence)
