"""Numbers that European states give to persons, where digits make all of them."""

from __future__ import annotations

from collections import Counter

from detectors.safety.recognisers.checksums import day_of_month, luhn, mod11_10, weighted
from detectors.safety.recognisers.numbers import Number
from detectors.safety.recognisers.recogniser import words


def _nhs(number: str) -> bool:
    check = -weighted(number[:9], range(10, 1, -1)) % 11
    return check == int(number[9]) and number[:3] != "000" and len(set(number)) > 2


def _steuer_id(number: str) -> bool:
    """Of the first ten digits one stands there twice or thrice, no other more than once."""
    repeated = sorted(n for n in Counter(number[:10]).values() if n > 1)
    return number[0] != "0" and repeated in ([2], [3]) and mod11_10(number)


def _nir(number: str) -> bool:
    month = int(number[3:5])
    born = 1 <= month <= 12 or 20 <= month <= 42 or month >= 50
    return number[0] in "123478" and born and int(number[:13]) % 97 == 97 - int(number[13:])


def _pesel(number: str) -> bool:
    """The century is added to the month, in twenties."""
    day = day_of_month(f"{int(number[2:4]) % 20:02}", number[4:6])
    return day and weighted(number, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def _bsn(number: str) -> bool:
    total = weighted(number, (9, 8, 7, 6, 5, 4, 3, 2, -1))
    return total % 11 == 0 and len(set(number)) > 2


def _belgian(number: str) -> bool:
    """A two is put before it for who was born from 2000 on."""
    check = int(number[9:])
    born = int(number[2:4]) <= 52 and int(number[4:6]) <= 31
    return born and check in {97 - int(century + number[:9]) % 97 for century in ("", "2")}


def _personnummer(number: str) -> bool:
    short = number[-10:]
    return day_of_month(short[2:4], short[4:6]) and luhn(short)


def _norwegian(number: str) -> bool:
    first = weighted(number[:10], (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11 == 0
    second = weighted(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
    return day_of_month(number[2:4], number[:2]) and first and second


def _ahv(number: str) -> bool:
    return number.startswith("756") and weighted(number, (1, 3) * 6 + (1,)) % 10 == 0


def _portuguese(number: str) -> bool:
    check = 11 - weighted(number[:8], range(9, 1, -1)) % 11
    return number[0] in "123" and (check if check < 10 else 0) == int(number[8])


NUMBERS = (
    Number("pii.uk_nhs", _nhs, (), words("nhs"), ("000 000 0000", "000-000-0000", "0" * 10)),
    Number(
        "pii.de_steuer_id",
        _steuer_id,
        ("00 000 000 000",),
        words(r"steuer\w{0,24}", r"idnr\.?", "tin", r"tax id\w{0,12}"),
        ("0" * 11, "00000000000", "00/000/000/000"),
    ),
    Number(
        "pii.fr_nir",
        _nir,
        ("0" * 15, "0 00 00 00 000 000 00", "0000000000000 00"),
        words("nir", "insee", r"s[ée]curit[ée] sociale", r"n° s[ée]cu"),
    ),
    Number("pii.pl_pesel", _pesel, (), words("pesel"), ("0" * 11,)),
    Number(
        "pii.nl_bsn",
        _bsn,
        (),
        words("bsn", r"burgerservice\w{0,10}", "sofi"),
        ("0" * 9, "0000.00.000", "000 000 000", "0000 00 000"),
    ),
    Number(
        "pii.be_national_number",
        _belgian,
        ("00.00.00-000.00",),
        words(r"rijksregister\w{0,10}", "registre national", "niss", "insz"),
        ("0" * 11,),
    ),
    Number(
        "pii.se_personnummer",
        _personnummer,
        ("000000-0000", "00000000-0000"),
        words("personnummer", r"pers\.?nr\.?"),
        ("0" * 10, "0" * 12),
    ),
    Number(
        "pii.no_fodselsnummer",
        _norwegian,
        ("000000 00000",),
        words(r"f[øo]dselsnummer", r"personnummer", r"f\.?nr\.?"),
        ("0" * 11,),
    ),
    Number("pii.ch_ahv", _ahv, ("000.0000.0000.00",), words("ahv", "avs"), ("0" * 13,)),
    Number(
        "pii.pt_nif", _portuguese, (), words("nif", "contribuinte"), ("0" * 9, "000 000 000")
    ),
)  # fmt: skip
