"""Numbers of known forms, such as `000-00-0000`: one pass finds them, a table says which.

A run is digits joined by single separators. Each stretch of whole groups in it that stands free
(spaces or the run's ends around it) is looked up by its form; only then does a proof run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from detectors.safety.recognisers.checksums import digits
from detectors.safety.recognisers.finding import Finding
from detectors.safety.recognisers.recogniser import near

_SPACES = " \u00a0\u2009\u202f"
_HYPHENS = "-\u2010\u2011\u2012\u2013"
_RUN = re.compile(rf"[0-9](?<![\w+].)[0-9]*+(?:[{_SPACES}.,/:{_HYPHENS[1:]}-][0-9]++)*+")
_GROUP = re.compile(r"[0-9]++")
_FORM = str.maketrans(
    dict.fromkeys("123456789", "0") | dict.fromkeys(_SPACES, " ") | dict.fromkeys(_HYPHENS, "-")
)


@dataclass(frozen=True, slots=True)
class Number:
    """A kind of number: its forms, its proof, the words that stand near it.

    `forms` are enough by themselves; `forms_near` need one of the words of `context`.
    `proof` is given the digits alone.
    """

    kind: str
    proof: Callable[[str], bool]
    forms: tuple[str, ...]
    context: re.Pattern[str]
    forms_near: tuple[str, ...] = ()
    validated: bool = True
    confidence: float = 0.9


class Numbers:
    """Finds numbers of several kinds in one pass."""

    def __init__(self, kinds: Iterable[Number]) -> None:
        self._by_form: dict[str, list[tuple[Number, bool]]] = {}
        for kind in kinds:
            for form in kind.forms:
                self._by_form.setdefault(form, []).append((kind, False))
            for form in kind.forms_near:
                self._by_form.setdefault(form, []).append((kind, True))
        self._longest = max(map(len, self._by_form))
        self.digits = min(form.count("0") for form in self._by_form)

    def find(self, text: str) -> Iterator[Finding]:
        """Every number that its form, its proof and, where needed, its context speak for."""
        for run in _RUN.finditer(text):
            if run.end() - run.start() < self.digits:
                continue
            for start, end in self._stretches(text, run):
                form = text[start:end].translate(_FORM)
                for number, needs_context in self._by_form.get(form, ()):
                    yield from _proven(number, text, start, end, needs_context=needs_context)

    def _stretches(self, text: str, run: re.Match[str]) -> Iterator[tuple[int, int]]:
        groups = [group.span() for group in _GROUP.finditer(text, *run.span())]
        ends = [end for _, end in groups if _ends_free(text, end, run.end())]
        first = 0
        for start, _ in groups:
            if start > run.start() and text[start - 1] not in _SPACES:
                continue
            while first < len(ends) and ends[first] <= start:
                first += 1
            for end in ends[first : first + self._longest // 2 + 1]:
                if self.digits <= end - start <= self._longest:
                    yield start, end


def _ends_free(text: str, end: int, run_end: int) -> bool:
    after = text[end : end + 1]
    if end < run_end:
        return after in _SPACES
    return not (after == "_" or after.isalnum())


def _proven(
    number: Number, text: str, start: int, end: int, *, needs_context: bool
) -> Iterator[Finding]:
    if not number.proof(digits(text[start:end])):
        return
    named = near(text, start, end, number.context)
    if named or not needs_context:
        sure = 0.99 if named and number.validated else number.confidence
        yield Finding(number.kind, start, end, number.validated, sure)
