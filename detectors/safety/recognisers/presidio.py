"""Microsoft Presidio beside our own recognisers: its results in our words.

Needs the extra `presidio`. Importing this module does not import Presidio.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from detectors.errors import DetectorError
from detectors.safety.recognisers.finding import Finding, apart
from detectors.safety.recognisers.search import find

if TYPE_CHECKING:
    from presidio_analyzer import RecognizerRegistry

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

    `analyze` takes a text: `load` makes one, or take that of an `AnalyzerEngine` of your own. Results
    below `least` are left out, and so are dates, addresses of pages and UUIDs.
    """

    def __init__(self, analyze: Callable[[str], Iterable[Result]], least: float = 0.5) -> None:
        self._analyze = analyze
        self._least = least

    @classmethod
    def load(cls, language: str = "en", least: float = 0.5, *, model: str = "") -> Presidio:
        """With every recogniser of Presidio that needs neither a language model nor the network.

        With `model`, a spaCy pipeline that is installed or a folder with one, also with those that
        need it: names, places. Raises DetectorError when Presidio or the pipeline is not there.
        """
        try:
            analyze = _engine(language, model) if model else _patterns(language)
        except ImportError as error:
            raise DetectorError(
                "Presidio is not installed; pip install 'sidewatch[presidio]' brings it"
            ) from error
        return cls(analyze, least)

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
    from presidio_analyzer import PatternRecognizer  # noqa: PLC0415 - optional, slow to load
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer  # noqa: PLC0415 - the same

    chosen = [
        recogniser
        for recogniser in _registry(language).recognizers
        if isinstance(recogniser, PatternRecognizer | PhoneRecognizer)
    ]

    def analyze(text: str) -> Iterable[Result]:
        return [
            result
            for recogniser in chosen
            for result in recogniser.analyze(text, recogniser.supported_entities, None) or ()
        ]

    return analyze


def _engine(language: str, model: str) -> Callable[[str], Iterable[Result]]:
    from presidio_analyzer import AnalyzerEngine  # noqa: PLC0415 - optional, slow to load
    from presidio_analyzer.nlp_engine import NlpEngineProvider  # noqa: PLC0415 - the same
    from spacy.util import is_package  # noqa: PLC0415 - the same

    # Presidio fetches a pipeline that is not there; nothing is ever fetched here.
    if not is_package(model) and not (Path(model) / "meta.json").is_file():
        raise DetectorError(
            f"the spaCy pipeline {model!r} is neither installed nor a folder with one"
        )
    chosen = {"nlp_engine_name": "spacy", "models": [{"lang_code": language, "model_name": model}]}
    engine = AnalyzerEngine(
        registry=_registry(language),
        nlp_engine=NlpEngineProvider(nlp_configuration=chosen).create_engine(),
        supported_languages=[language],
    )
    return partial(engine.analyze, language=language)


def _registry(language: str) -> RecognizerRegistry:
    from presidio_analyzer import RecognizerRegistry  # noqa: PLC0415 - optional, slow to load
    from presidio_analyzer.predefined_recognizers import EmailRecognizer  # noqa: PLC0415 - the same

    registry = RecognizerRegistry(supported_languages=[language])
    registry.load_predefined_recognizers(languages=[language])
    # Its e-mail recogniser asks the network for the list of public suffixes; ours asks nobody.
    registry.recognizers = [
        recogniser
        for recogniser in registry.recognizers
        if not isinstance(recogniser, EmailRecognizer)
    ]
    return registry
