"""Find personal data and secrets in a text, and mask them. The time is linear in the text."""

from __future__ import annotations

from collections.abc import Callable

from detectors.safety.recognisers.finding import Finding, apart
from detectors.safety.recognisers.registry import RECOGNISERS

Find = Callable[[str], list[Finding]]
"""Text in, findings in its order out, none over another."""

_DIGITS = b"0123456789"
_NO_DIGITS = bytes(byte for byte in range(256) if byte not in _DIGITS)


def find(text: str) -> list[Finding]:
    """Every finding with its place, in the order of the text; findings do not overlap."""
    digits = _count_digits(text)
    found: list[Finding] = []
    for recogniser in RECOGNISERS:
        if digits >= recogniser.digits and recogniser.may_match(text):
            found += recogniser.find(text)
    return apart(found, len(text)) if found else found


def mask(text: str, more: Find | None = None) -> tuple[str, list[str]]:
    """Put a token such as `[EMAIL]` in the place of every finding; also give the kinds, sorted.

    With `more` its findings are masked first. Nothing is found by `find` in what comes back, so
    masking it again changes nothing.
    """
    kinds: set[str] = set()
    if more is not None and (found := more(text)):
        kinds.update(finding.kind for finding in found)
        text = _masked(text, found)
    # Masking may lay bare what an overlap hid. Each round takes characters that are no token's.
    while found := find(text):
        kinds.update(finding.kind for finding in found)
        text = _masked(text, found)
    return text, sorted(kinds)


def _masked(text: str, found: list[Finding]) -> str:
    parts, done = [], 0
    for finding in found:
        parts += [text[done : finding.start], finding.token]
        done = finding.end
    return "".join(parts) + text[done:]


def _count_digits(text: str) -> int:
    """ASCII digits: one pass over the bytes decides on most recognisers of an ordinary text."""
    return len(text.encode("utf-8", "surrogatepass").translate(None, _NO_DIGITS))
