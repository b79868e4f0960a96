"""Microsoft Presidio beside our own recognisers: its results in our words.

Needs the extra `presidio`. Importing this module does not import Presidio.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from detectors.errors import DetectorError
from detectors.safety.recognisers.finding import Finding, apart
from detectors.safety.recognisers.search import find

_KINDS = {
    "CREDIT_CARD": "pii.card",
    "EMAIL_ADDRESS": "pii.email",
    "IBAN_CODE": "pii.iban",
    "PHONE_NUMBER": "pii.phone",
    "CRYPTO": "pii.bitcoin_address",
    "US_BANK_NUMBER": "pii.bank_account",
    "US_DRIVER_LICENSE": "pii.driving_licence",
    "US_PASSPORT": "pii.passport",
}
_NOT_PERSONAL = {"DATE_TIME", "URL", "UUID"}
_CERTAIN = 1.0
"""Presidio's score of what passed a check beyond its pattern."""


class Result(Protocol):
    """What Presidio returns: an entity, its place and its score."""

    @property
    def entity_type(self) -> str: ...  # noqa: D102

    @property
    def start(self) -> int: ...  # noqa: D102

    @property
    def end(self) -> int: ...  # noqa: D102

    @property
    def score(self) -> float: ...  # noqa: D102


class Presidio:
    """Finds what Presidio finds, and what we find; where they overlap our rules of rank hold.

    `analyze` takes a text: `lambda text: engine.analyze(text, language="en")` of an
    `AnalyzerEngine` of your own, which may know names and places by a language model. Results
    below `least` are left out, and so are dates, addresses of pages and UUIDs.
    """

    def __init__(self, analyze: Callable[[str], Iterable[Result]], least: float = 0.5) -> None:
        self._analyze = analyze
        self._least = least

    @classmethod
    def load(cls, language: str = "en", least: float = 0.5) -> Presidio:
        """With every recogniser of Presidio that needs neither a language model nor the network.

        Raises DetectorError when Presidio is not installed.
        """
        return cls(_patterns(language), least)

    def find(self, text: str) -> list[Finding]:
        """Every finding with its place, in the order of the text; findings do not overlap."""
        theirs = (
            Finding(_kind(found.entity_type), found.start, found.end, certain, found.score)
            for found in self._analyze(text)
            for certain in [found.score >= _CERTAIN]
            if found.score >= self._least and found.entity_type not in _NOT_PERSONAL
        )
        return apart([*find(text), *theirs], len(text))


def _kind(entity: str) -> str:
    return _KINDS.get(entity, f"pii.{entity.lower()}")


def _patterns(language: str) -> Callable[[str], Iterable[Result]]:
    try:
        from presidio_analyzer import PatternRecognizer, RecognizerRegistry  # noqa: PLC0415
        from presidio_analyzer.predefined_recognizers import (  # noqa: PLC0415
            EmailRecognizer,
            PhoneRecognizer,
        )
    except ImportError as error:
        raise DetectorError(
            "Presidio is not installed; pip install 'sidewatch[presidio]' brings it"
        ) from error
    registry = RecognizerRegistry(supported_languages=[language])
    registry.load_predefined_recognizers(languages=[language])
    # Its e-mail recogniser asks the network for the list of public suffixes; ours asks nobody.
    chosen = [
        recogniser
        for recogniser in registry.recognizers
        if isinstance(recogniser, PatternRecognizer | PhoneRecognizer)
        and not isinstance(recogniser, EmailRecognizer)
    ]

    def analyze(text: str) -> Iterable[Result]:
        return [
            result
            for recogniser in chosen
            for result in recogniser.analyze(text, recogniser.supported_entities, None) or ()
        ]

    return analyze
