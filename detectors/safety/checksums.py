"""Checks that tell a real number from one that merely looks like it."""

from __future__ import annotations

import ipaddress

_IBAN_LENGTH = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28,
    "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23,
    "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
    "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24,
    "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TN": 24, "TR": 26, "UA": 29, "VA": 22,
    "VG": 24, "XK": 20,
}  # fmt: skip


def digits(text: str) -> str:
    """Keep the ASCII digits."""
    return "".join(c for c in text if "0" <= c <= "9")


def luhn(text: str) -> bool:
    """Whether the digits pass ISO/IEC 7812's check; separators are passed over."""
    total = 0
    for place, digit in enumerate(reversed(digits(text))):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def card(text: str) -> bool:
    """Whether this can be a payment card: an issuer's range, its length, Luhn."""
    number = digits(text)
    if len(set(number)) < 2 or not luhn(number):
        return False
    two, four, size = int(number[:2]), int(number[:4]), len(number)
    amex = size == 15 and two in {34, 37}
    visa = size in {13, 16, 19} and number[0] == "4"
    mastercard = size == 16 and (51 <= two <= 55 or 2221 <= four <= 2720)
    other = size in {16, 17, 18, 19} and (four == 6011 or two in {35, 62, 64, 65, 81})
    diners = size == 14 and two in {30, 36, 38, 39}
    return amex or visa or mastercard or other or diners


def iban(text: str) -> bool:
    """Whether this is an IBAN: a country's length and ISO 7064 mod 97."""
    account = "".join(text.split()).upper()
    if _IBAN_LENGTH.get(account[:2]) != len(account) or not account.isalnum():
        return False
    turned = account[4:] + account[:4]
    return int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


def ssn(text: str) -> bool:
    """Whether the US Social Security Administration could have issued this number."""
    number = digits(text)
    area, group, serial = number[:3], number[3:5], number[5:]
    if area in {"000", "666"} or area[0] == "9" or group == "00" or serial == "0000":
        return False
    return number not in {"078051120", "219099999", "123456789"}


def ip_address(text: str) -> bool:
    """Whether this is an address of a host that could be somebody's: not loopback, not a mask."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    dull = address.is_loopback or address.is_unspecified or address.is_multicast
    return not (dull or text.startswith("255."))


def phone(text: str) -> bool:
    """Whether these digits can be a telephone number: E.164's length, not all the same."""
    number = digits(text)
    return 8 <= len(number) <= 15 and len(set(number)) > 2
