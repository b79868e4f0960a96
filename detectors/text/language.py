"""Which language a text is in, cheaply, and honest about short ones."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from detectors.text.embedding import words
from detectors.text.function_words import LANGUAGES_OF
from detectors.text.scripts import script

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNKNOWN = "und"

_READ_CHARACTERS = 300
_CLASSIFIED_CHARACTERS = 160
_SHORTEST = 8
# Measured on English questions, names and tweets: with fewer than five words the classifier is
# often sure of a name's language, which says nothing of the text's.
FEW_WORDS = 5
_LEAST_CONFIDENCE = 0.3
_LEAST_CONFIDENCE_FEW = 0.5

LANGUAGE_OF_SCRIPT = {
    "armenian": "hy",
    "bengali": "bn",
    "georgian": "ka",
    "greek": "el",
    "gujarati": "gu",
    "gurmukhi": "pa",
    "han": "zh",
    "hangul": "ko",
    "hebrew": "he",
    "kana": "ja",
    "kannada": "kn",
    "malayalam": "ml",
    "tamil": "ta",
    "telugu": "te",
    "thai": "th",
}
"""Scripts that one language is written in, nearly always."""

# Told apart by the classifier. Fewer candidates make it both quicker and far less prone to call a
# short English prompt Nigerian Pidgin or Welsh.
_CANDIDATES = [
    *("ar", "bg", "ca", "cs", "da", "de", "en", "es", "et", "fa", "fi", "fr", "hi", "hr", "hu"),
    *("id", "it", "lt", "lv", "mr", "ms", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sr"),
    *("sv", "sw", "tl", "tr", "uk", "ur", "vi"),
]


def language(text: str) -> str:
    """ISO 639 code of a text's language, or `und` where it is too short or not clear.

    Reads the first 300 characters: the script first, which settles fifteen languages; then the
    function words, which settle most texts of a dozen words or more; and only for the rest
    py3langid, a naive Bayes model over byte n-grams (Lui and Baldwin, 2012).
    """
    sample = text[:_READ_CHARACTERS]
    return language_of_words(sample, words(sample), script(sample))


def language_of_words(sample: str, sample_words: list[str], sample_script: str) -> str:
    """Do as `language` does, for a caller that knows the words and the script already."""
    if sample_script in LANGUAGE_OF_SCRIPT:
        return LANGUAGE_OF_SCRIPT[sample_script]
    if sample_script == "latin":
        clear = voted(sample_words)
        if clear is not None:
            return clear
        letters = sum(map(str.isalpha, sample))
        if letters < _SHORTEST or 2 * letters < len(sample):
            return UNKNOWN
    elif sample_script == "none":
        return UNKNOWN
    return _classify(sample, few=len(sample_words) < FEW_WORDS)


def voted(sample_words: list[str], *, least: int = 2) -> str | None:
    """Name the language with most function words, where it has so many and leads clearly."""
    votes: dict[str, int] = {}
    for languages in filter(None, map(LANGUAGES_OF.get, sample_words)):
        for code in languages:
            votes[code] = votes.get(code, 0) + 1
    if not votes:
        return None
    leader = max(votes, key=votes.__getitem__)
    most = votes.pop(leader)
    return leader if most >= max(least, 2 * max(votes.values(), default=0) + 1) else None


def _classify(sample: str, *, few: bool) -> str:
    code, confidence = _identifier().classify(sample[:_CLASSIFIED_CHARACTERS])
    least = _LEAST_CONFIDENCE_FEW if few else _LEAST_CONFIDENCE
    return str(code) if confidence >= least else UNKNOWN


@cache
def _identifier() -> LanguageIdentifier:
    """Load the model once, when a text first needs it: about a second and 100 MB."""
    from py3langid.langid import LanguageIdentifier  # noqa: PLC0415 - slow to load

    identifier = LanguageIdentifier.from_model_file("data/model.npz.xz", norm_probs=True)
    identifier.set_languages(_CANDIDATES)
    return identifier
