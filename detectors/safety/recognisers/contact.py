"""E-mail addresses and telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.safety.recognisers.checksums import digits
from detectors.safety.recognisers.finding import Finding
from detectors.safety.recognisers.recogniser import near, words

_LOCAL = re.compile(r"(?<![A-Za-z0-9_.%+\-])[A-Za-z0-9_][A-Za-z0-9_.%+\-']{0,63}+\Z")
_DOMAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-]{0,62}+(?:\.[A-Za-z0-9][A-Za-z0-9\-]{0,62}+)++")
_TOP = re.compile(r"[A-Za-z]{2,24}|xn--[A-Za-z0-9\-]{2,58}")
_USER_OF_URL = re.compile(r"://[^\s/:@]{0,64}:\Z")
_LOCAL_LONGEST, _DOMAIN_LONGEST, _USER_LONGEST = 65, 254, 68
_FILES = {"png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css", "json"}

_JOIN = r"[ .\-/()\u00a0\u2010-\u2013]{0,2}+"
_CANDIDATE = re.compile(
    rf"[(+0-9](?<![\w+$€£=<].)(?<![0-9][.,\-/].)(?:{_JOIN}[0-9]){{6,15}}+"
    r"(?!(?!x[0-9])\w|[.,\-/][0-9]| ?[=*%])"
)
_INTERNATIONAL = re.compile(r"(?:\+|00)[1-9]")
_AMERICAN = re.compile(
    r"(?:1[ .\-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .\-])[2-9][0-9]{2}[ .\-][0-9]{4}"
)
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}([./\-])[0-9]{1,2}\1[0-9]{1,2}(?![0-9])"
    r"|[0-9]{1,2}([./\-])[0-9]{1,2}\2(?:19|20)[0-9]{2}(?![0-9])"
)
_EXTENSION = re.compile(r" ?(?:x|ext\.?|extension) ?[0-9]{1,6}(?!\w)", re.IGNORECASE)
_GROUP = re.compile(r"[0-9]++")
_TRIES, _NATIONAL_LONGEST = 3, 13
_PHONE_WORDS = words(
    "phone", "telephone", "tel", "call", "mobile", "cell", "fax", "whatsapp", "text me", "contact",
    "dial", "sms", "answering", "messages to", "desk", "office", "reach (?:me|us|him|her|them)",
    "handy", "telefon", "telefonnummer", "mobil", "rufnummer", "portable", "téléphone", "teléfono",
    "telefono", "móvil", "celular", "telefone", "cellulare", "telefoon", "mobiel", "puhelin",
)  # fmt: skip
_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "BR", "IN", "AU", "JP", "CN")


def emails(text: str) -> Iterator[Finding]:
    """Addresses with a domain of two labels or more; `user@localhost` is none."""
    at = text.find("@")
    while at >= 0:
        # One character more than may stand there, so that a longer word is seen to be one.
        local = _LOCAL.search(text[max(0, at - _LOCAL_LONGEST) : at])
        domain = _DOMAIN.match(text, at + 1, at + 1 + _DOMAIN_LONGEST)
        if local and domain and _address(local[0], domain[0]):
            start = at - len(local[0])
            # `scheme://user:password@host` holds no address.
            if not _USER_OF_URL.search(text[max(0, start - _USER_LONGEST) : start]):
                yield Finding("pii.email", start, domain.end(), validated=False, confidence=0.95)
        at = text.find("@", at + 1)


def _address(local: str, domain: str) -> bool:
    labels = domain.split(".")
    hyphened = any(label.endswith("-") for label in labels)
    dotted = local.endswith(".") or ".." in local
    top = _TOP.fullmatch(labels[-1])
    return bool(top) and not (dotted or hyphened or labels[-1].lower() in _FILES)


def phones(text: str) -> Iterator[Finding]:
    """Telephone numbers that some numbering plan holds.

    Abroad's form (`+44 ...`, `0044 ...`) and North America's stand for themselves; any other needs
    a word such as `call` near it.
    """
    for match in _CANDIDATE.finditer(text):
        # A bracket that opens around the whole is no part of it.
        start = match.start() + (match[0][0] == "(" and ")" not in match[0])
        ends = [group.end() for group in _GROUP.finditer(text, start, match.end())]
        yield from _phone(text, start, ends)


def _phone(text: str, start: int, ends: list[int]) -> Iterator[Finding]:
    whole = text[start : ends[-1]]
    if _INTERNATIONAL.match(whole):
        end = _planned(text, start, ends, (None,))
        validated, confidence = True, 0.95
    elif _AMERICAN.fullmatch(whole):
        end = _planned(text, start, ends[-1:], ("US",))
        validated, confidence = True, 0.8
    elif _can_be_national(whole) and near(text, start, ends[-1], _PHONE_WORDS):
        end = _planned(text, start, ends, _REGIONS)
        validated, confidence = False, 0.7
    else:
        return
    if end:
        extension = _EXTENSION.match(text, end)
        end = extension.end() if extension else end
        yield Finding("pii.phone", start, end, validated, confidence)


def _can_be_national(number: str) -> bool:
    return len(digits(number)) <= _NATIONAL_LONGEST and not _DATE.match(number)


def _planned(text: str, start: int, ends: list[int], regions: tuple[str | None, ...]) -> int | None:
    """Where the number ends that a plan holds; digits of something else may follow it."""
    for end in ends[: -_TRIES - 1 : -1]:
        number = text[start:end]
        if number.startswith("00"):
            number = "+" + number[2:]
        if any(_in_plan(number, region) for region in regions):
            return end
    return None


def _in_plan(number: str, region: str | None) -> bool:
    # Imported when the first candidate comes: the metadata is large.
    import phonenumbers  # noqa: PLC0415

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed)
