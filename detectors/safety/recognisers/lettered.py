"""National ids that mix capitals and digits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from detectors.safety.recognisers.checksums import day_of_month, weighted
from detectors.safety.recognisers.finding import Finding
from detectors.safety.recognisers.recogniser import near, words

_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_CURP_LETTERS = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
_ODD = (
    1,
    0,
    5,
    7,
    9,
    13,
    15,
    17,
    19,
    21,
    2,
    4,
    18,
    20,
    11,
    3,
    6,
    8,
    12,
    14,
    16,
    10,
    22,
    25,
    24,
    23,
)
_OMOCODIA = "LMNPQRSTUV"


@dataclass(frozen=True, slots=True)
class _Lettered:
    """One kind: its form, matched where a word begins, and its proof, which is given the letters and digits alone."""

    kind: str
    pattern: re.Pattern[str]
    proof: Callable[[str], bool]
    validated: bool = True
    confidence: float = 0.9
    context: re.Pattern[str] | None = None


def lettered(text: str) -> Iterator[Finding]:
    """Every id that its check letter, or its form, speaks for."""
    for begin, kinds in _BY_BEGINNING:
        for start in begin.finditer(text):
            for kind in kinds:
                match = kind.pattern.match(text, start.start())
                if match and _holds(kind, text, match):
                    yield Finding(kind.kind, *match.span(), kind.validated, kind.confidence)


def _holds(kind: _Lettered, text: str, match: re.Match[str]) -> bool:
    named = kind.context is None or near(text, *match.span(), kind.context)
    return named and kind.proof(re.sub(r"[ .\-/]", "", match[0]))


def _dni(value: str) -> bool:
    """A foreigner's number begins with a letter that stands for a digit."""
    digits = str("XYZ".find(value[0])) + value[1:-1] if value[0] in "XYZ" else value[:-1]
    return _DNI_LETTERS[int(digits) % 23] == value[-1]


def _codice_fiscale(value: str) -> bool:
    total = 0
    for place, letter in enumerate(value[:15]):
        rank = int(letter) if letter.isdigit() else ord(letter) - ord("A")
        total += _ODD[rank] if place % 2 == 0 else rank
    return ord(value[15]) - ord("A") == total % 26


def _hetu(value: str) -> bool:
    """The sign between date and number is its century; a hyphen is gone by now."""
    number = int(value[:6] + value[-4:-1])
    return day_of_month(value[2:4], value[:2]) and _HETU_LETTERS[number % 31] == value[-1]


def _chinese(value: str) -> bool:
    total = weighted(value[:17], [2**place % 11 for place in range(17, 0, -1)])
    return day_of_month(value[10:12], value[12:14]) and "10X98765432"[total % 11] == value[17]


def _curp(value: str) -> bool:
    ranks = (_CURP_LETTERS.index(letter) for letter in value[:17])
    total = sum(rank * (18 - place) for place, rank in enumerate(ranks))
    return value[17] == str(-total % 10)


def _nric(value: str) -> bool:
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK"}
    total = weighted(value[1:8], (2, 7, 6, 5, 4, 3, 2)) + 4 * (value[0] in "TG")
    return letters[value[0]][total % 11] == value[8]


def _rut(value: str) -> bool:
    body = value[:-1][::-1]
    total = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(body))
    return "0123456789K0"[11 - total % 11 if total % 11 else 0] == value[-1].upper()


def _corsican(value: str) -> bool:
    """Corsica's departments are counted as 19 and 18."""
    number = int(value[:13].replace("2A", "19").replace("2B", "18"))
    return number % 97 == 97 - int(value[13:])


def _pps(value: str) -> bool:
    tail = value[8:]
    total = weighted(value[:7], range(8, 1, -1)) + (9 * (ord(tail) - ord("@")) if tail else 0)
    return "WABCDEFGHIJKLMNOPQRSTUV"[total % 23] == value[7]


def _any(value: str) -> bool:
    return len(set(value)) > 3


_D = rf"[0-9{_OMOCODIA}]"
_BY_LETTER = (
    _Lettered(
        "pii.uk_nino",
        re.compile(
            r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
            r" ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D](?!\w)"
        ),
        _any,
        validated=False,
        confidence=0.8,
    ),
    _Lettered("pii.es_dni", re.compile(r"[XYZ]-?[0-9]{7}[ \-]?[A-HJ-NP-TV-Z](?!\w)"), _dni),
    _Lettered(
        "pii.it_codice_fiscale",
        re.compile(rf"[A-Z]{{6}} ?{_D}{{2}}[ABCDEHLMPRST]{_D}{{2}} ?[A-Z]{_D}{{3}} ?[A-Z](?!\w)"),
        _codice_fiscale,
        confidence=0.98,
    ),
    _Lettered(
        "pii.mx_curp",
        re.compile(r"[A-Z][AEIOUX][A-Z]{2}[0-9]{6}[HMX][A-Z]{5}[0-9A-Z][0-9](?!\w)"),
        _curp,
        confidence=0.98,
    ),
    _Lettered("pii.sg_nric", re.compile(r"[STFG][0-9]{7}[A-Z](?!\w)"), _nric),
    _Lettered(
        "pii.in_pan",
        re.compile(r"[A-Z]{3}[ABCFGHJLPT][A-Z][0-9]{4}[A-Z](?!\w)"),
        _any,
        validated=False,
        confidence=0.75,
    ),
)
_BY_DIGIT = (
    _Lettered("pii.es_dni", re.compile(r"[0-9]{8}[ \-]?[A-HJ-NP-TV-Z](?!\w)"), _dni),
    _Lettered("pii.fi_hetu", re.compile(r"[0-9]{6}[\-+A-FU-Y][0-9]{3}[0-9A-Y](?!\w)"), _hetu),
    _Lettered(
        "pii.cn_resident",
        re.compile(r"[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9X](?!\w)"),
        _chinese,
    ),
    _Lettered(
        "pii.cl_rut",
        re.compile(r"[0-9]{1,2}\.[0-9]{3}\.[0-9]{3}-[0-9Kk](?!\w)"),
        _rut,
    ),
    _Lettered(
        "pii.fr_nir",
        re.compile(r"[12] ?[0-9]{2} ?[0-9]{2} ?2[AB] ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}(?!\w)"),
        _corsican,
    ),
    _Lettered(
        "pii.ie_pps",
        re.compile(r"[0-9]{7}[A-W][A-IW]?(?!\w)"),
        _pps,
        context=words("pps", "ppsn"),
    ),
)
# A set first and a look behind it after: the engine skips to members of the set.
_BY_BEGINNING = (
    (re.compile(r"[A-Z](?<![\w.].)(?=[A-Z]{0,5}[ \-]?[0-9])"), _BY_LETTER),
    (re.compile(r"[0-9](?<![\w.].)(?=(?:[ .]?[0-9]){5})"), _BY_DIGIT),
)
