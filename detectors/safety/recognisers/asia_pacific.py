"""Numbers that states of Asia, Africa and Oceania give to persons, where digits make all of them."""

from __future__ import annotations

from detectors.safety.recognisers.checksums import day_of_month, luhn, verhoeff, weighted
from detectors.safety.recognisers.numbers import Number
from detectors.safety.recognisers.recogniser import words


def _aadhaar(number: str) -> bool:
    return number[0] not in "01" and verhoeff(number) and len(set(number)) > 2


def _tfn(number: str) -> bool:
    return weighted(number, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0 and len(set(number)) > 2


def _medicare(number: str) -> bool:
    check = weighted(number[:8], (1, 3, 7, 9, 1, 3, 7, 9)) % 10
    return number[0] in "23456" and check == int(number[8])


def _my_number(number: str) -> bool:
    rest = weighted(number[:11], (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return int(number[11]) == (0 if rest <= 1 else 11 - rest) and len(set(number)) > 2


def _resident(number: str) -> bool:
    """South Korea; numbers given since October 2020 have no check digit and are not found."""
    check = (11 - weighted(number[:12], (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)) % 11) % 10
    return day_of_month(number[2:4], number[4:6]) and check == int(number[12])


def _turkish(number: str) -> bool:
    odd, even = sum(map(int, number[:9:2])), sum(map(int, number[1:8:2]))
    tenth = (7 * odd - even) % 10 == int(number[9])
    return number[0] != "0" and tenth and sum(map(int, number[:10])) % 10 == int(number[10])


def _south_african(number: str) -> bool:
    return day_of_month(number[2:4], number[4:6]) and number[10] in "012" and luhn(number)


def _israeli(number: str) -> bool:
    return luhn(number) and len(set(number)) > 2


NUMBERS = (
    Number(
        "pii.in_aadhaar",
        _aadhaar,
        (),
        words("aadhaar", "aadhar", "adhaar", "uidai", "uid"),
        ("0000 0000 0000", "0000-0000-0000", "0" * 12),
    ),
    Number("pii.au_tfn", _tfn, (), words("tfn", "tax file"), ("0" * 9, "000 000 000")),
    Number(
        "pii.au_medicare", _medicare, (), words("medicare"), ("0" * 10, "0000 00000 0")
    ),
    Number(
        "pii.jp_my_number",
        _my_number,
        (),
        words("my number", "individual number", "マイナンバー", "個人番号"),
        ("0" * 12, "0000 0000 0000", "0000-0000-0000"),
    ),
    Number("pii.kr_resident", _resident, ("000000-0000000",), words("주민등록번호", "rrn")),
    Number("pii.tr_kimlik", _turkish, (), words("kimlik", r"t\.?c\.?"), ("0" * 11,)),
    Number("pii.za_id", _south_african, (), words("id", "identity"), ("0" * 13, "000000 0000 000")),
    Number(
        "pii.il_id", _israeli, (), words("teudat zehut", "תעודת זהות", "ת.ז."), ("0" * 9,)
    ),
)  # fmt: skip
