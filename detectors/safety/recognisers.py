"""Find personal data and secrets in a text, and mask them. The time is linear in the text."""

from __future__ import annotations

from detectors.base import Label
from detectors.safety.patterns import RECOGNISERS, Recogniser

_MASKS = {recogniser.name: recogniser.mask for recogniser in RECOGNISERS}


def find(text: str) -> list[Label]:
    """Every finding with its place, in the order of the text; findings do not overlap."""
    found: list[Label] = []
    taken = bytearray(len(text))
    for recogniser in RECOGNISERS:
        if recogniser.hint not in text:
            continue
        for start, end in _spans(recogniser, text):
            if not any(taken[start:end]):
                taken[start:end] = b"\x01" * (end - start)
                found.append(Label(recogniser.name, 1.0, start, end))
    return sorted(found, key=lambda label: label.start or 0)


def mask(text: str) -> tuple[str, list[str]]:
    """Put a token such as `[EMAIL]` in the place of every finding; also give the kinds, sorted."""
    parts, done, kinds = [], 0, set()
    for label in find(text):
        start, end = label.start or 0, label.end or 0
        parts += [text[done:start], _MASKS[label.name]]
        done = end
        kinds.add(label.name)
    return "".join(parts) + text[done:], sorted(kinds)


def _spans(recogniser: Recogniser, text: str) -> list[tuple[int, int]]:
    group = "value" if "value" in recogniser.pattern.groupindex else 0
    return [
        match.span(group)
        for match in recogniser.pattern.finditer(text)
        if recogniser.proof(match[group])
    ]
