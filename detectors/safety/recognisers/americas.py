"""Numbers that American states give to persons and firms, where digits make all of them."""

from __future__ import annotations

from detectors.safety.recognisers.checksums import luhn, weighted
from detectors.safety.recognisers.numbers import Number
from detectors.safety.recognisers.recogniser import words

_SHOWN_EVERYWHERE = {"078051120", "219099999"}


def _ssn(number: str) -> bool:
    """Whether the US Social Security Administration could have issued it."""
    area, group, serial = number[:3], number[3:5], number[5:]
    never = area in {"000", "666"} or area[0] == "9" or group == "00" or serial == "0000"
    return not never and number not in _SHOWN_EVERYWHERE and len(set(number)) > 2


def _itin(number: str) -> bool:
    group = int(number[3:5])
    return number[0] == "9" and (50 <= group <= 65 or 70 <= group <= 99) and group not in {89, 93}


def _sin(number: str) -> bool:
    return number[0] not in "08" and luhn(number) and len(set(number)) > 2


def _tail(number: str, weights: tuple[int, ...]) -> str:
    """One check digit as Brazil's Receita Federal makes it."""
    rest = weighted(number, weights) % 11
    return str(0 if rest < 2 else 11 - rest)


def _cpf(number: str) -> bool:
    first = _tail(number[:9], tuple(range(10, 1, -1)))
    second = _tail(number[:10], tuple(range(11, 1, -1)))
    return number[9:] == first + second and len(set(number)) > 1


def _cnpj(number: str) -> bool:
    weights = (5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    first = _tail(number[:12], weights)
    second = _tail(number[:13], (6, *weights))
    return number[12:] == first + second and len(set(number)) > 1


def _cuit(number: str) -> bool:
    check = -weighted(number[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return number[:2] in {"20", "23", "24", "25", "26", "27"} and check == int(number[10])


NUMBERS = (
    Number(
        "pii.us_ssn",
        _ssn,
        ("000-00-0000", "000 00 0000"),
        words("ssn", "social security", "social", "taxpayer"),
        ("0" * 9,),
        validated=False,
        confidence=0.85,
    ),
    Number(
        "pii.us_itin",
        _itin,
        ("000-00-0000",),
        words("itin", "taxpayer", "tax id"),
        ("0" * 9, "000 00 0000"),
        validated=False,
        confidence=0.8,
    ),
    Number(
        "pii.ca_sin",
        _sin,
        (),
        words("sin", "social insurance", "assurance sociale", "nas"),
        ("0" * 9, "000 000 000", "000-000-000"),
    ),
    Number("pii.br_cpf", _cpf, ("000.000.000-00",), words("cpf"), ("0" * 11, "000000000-00")),
    Number(
        "pii.br_cnpj", _cnpj, ("00.000.000/0000-00",), words("cnpj"), ("0" * 14, "00000000/0000-00")
    ),
    Number("pii.ar_cuit", _cuit, ("00-00000000-0",), words("cuit", "cuil"), ("0" * 11,)),
)
