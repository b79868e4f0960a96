"""Check digits. Every function takes ASCII digits only, unless it says otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence

_DIHEDRAL = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_PERMUTED = (
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def digits(text: str) -> str:
    """Keep the ASCII digits."""
    return re.sub(r"[^0-9]", "", text)


def weighted(number: str, weights: Sequence[int]) -> int:
    """Sum of the digits, each times its weight."""
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=True))


def luhn(number: str) -> bool:
    """ISO/IEC 7812, annex B."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def verhoeff(number: str) -> bool:
    """Verhoeff's check over the dihedral group of order ten."""
    check = 0
    for place, digit in enumerate(reversed(number)):
        check = int(_DIHEDRAL[check][int(_PERMUTED[place % 8][int(digit)])])
    return check == 0


def mod11_10(number: str) -> bool:
    """ISO/IEC 7064, MOD 11,10: one hybrid check digit at the end."""
    rest = 10
    for digit in number[:-1]:
        rest = ((rest + int(digit)) % 10 or 10) * 2 % 11
    return (11 - rest) % 10 == int(number[-1])


def mod97(text: str) -> bool:
    """ISO/IEC 7064, MOD 97-10, of digits and capitals, as in an IBAN with its head at the end."""
    return int("".join(str(int(c, 36)) for c in text)) % 97 == 1


def day_of_month(month: str, day: str) -> bool:
    """Whether these two-digit numbers can be a month and a day in it, leap years or not."""
    longest = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}.get(int(month), 31)
    return 1 <= int(month) <= 12 and 1 <= int(day) <= longest
