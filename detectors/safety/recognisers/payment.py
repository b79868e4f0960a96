"""Payment cards and bank accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.safety.recognisers.checksums import luhn, mod97, weighted
from detectors.safety.recognisers.finding import Finding
from detectors.safety.recognisers.numbers import Number
from detectors.safety.recognisers.recogniser import words

IBAN_LENGTH = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BI": 27, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27,
    "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28,
    "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28,
    "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22,
    "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23,
    "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24,
    "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28,
    "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}  # fmt: skip
"""Characters of an account number by country, from the registry of ISO 13616."""
# A set first and a look behind it after: the engine skips to members of the set.
_IBAN_HEAD = re.compile(r"[0-9](?<=[A-Za-z]{2}.)(?<![A-Za-z0-9]...)[0-9](?=[ \-]?[A-Za-z0-9])")
_IBAN_REST = {
    size: re.compile(rf"(?:[ \-]?[A-Za-z0-9]){{{size - 4}}}(?![A-Za-z0-9])")
    for size in set(IBAN_LENGTH.values())
}
_CARD_WORDS = words(
    "cards?", "cc", "credit", "debit", "visa", "mastercard", "amex", "american express", "cvv", "cvc",
    "pan", "carte", "karte", "kreditkarte", "tarjeta", "carta",
)  # fmt: skip


def ibans(text: str) -> Iterator[Finding]:
    """Account numbers by ISO 13616: the country's length and its check digits."""
    for check in _IBAN_HEAD.finditer(text):
        start = check.start() - 2
        head = text[start : check.end()].upper()
        rest = _IBAN_REST.get(IBAN_LENGTH.get(head[:2], 0))
        match = rest and rest.match(text, check.end())
        if match and mod97(re.sub("[ -]", "", match[0]) + head):
            yield Finding("pii.iban", start, match.end(), validated=True, confidence=0.99)


def card(number: str) -> bool:
    """Whether this can be a payment card: an issuer's range, its length, Luhn."""
    two, four, size = int(number[:2]), int(number[:4]), len(number)
    visa = size in {13, 16, 19} and number[0] == "4"
    mastercard = size == 16 and (51 <= two <= 55 or 2221 <= four <= 2720)
    amex = size == 15 and two in {34, 37}
    diners = size == 14 and two in {30, 36, 38, 39}
    jcb = 3528 <= four <= 3589 and size >= 16
    discover = size >= 16 and (four == 6011 or 644 <= int(number[:3]) <= 649 or two == 65)
    jcb_once = size == 15 and four in {1800, 2131}
    maestro = size >= 12 and two in {50, 56, 57, 58, 60, 61, 62, 63, 67, 68, 69, 81}
    issued = visa or mastercard or amex or diners or jcb or discover or jcb_once or maestro
    return issued and len(set(number)) > 1 and luhn(number)


def routing(number: str) -> bool:
    """Whether the American Bankers Association's check and ranges hold."""
    two = int(number[:2])
    issued = two <= 12 or 21 <= two <= 32 or 61 <= two <= 72 or two == 80
    return issued and any(map(int, number)) and weighted(number, (3, 7, 1) * 3) % 10 == 0


NUMBERS = (
    Number(
        "pii.card",
        card,
        (
            "0" * 15, "0" * 16, "0000 0000 0000 0000", "0000-0000-0000-0000",
            "0000 000000 00000", "0000-000000-00000", "0000 000000 0000", "0000-000000-0000",
            "0000 0000 0000 0000 000",
        ),
        _CARD_WORDS,
        ("0" * 12, "0" * 13, "0" * 14, "0" * 17, "0" * 18, "0" * 19, "0000 0000 0000 000"),
    ),
    Number(
        "pii.us_routing",
        routing,
        (),
        words("routing", "aba", "rtn"),
        ("0" * 9, "0000-0000-0", "0000 0000 0"),
    ),
)  # fmt: skip
