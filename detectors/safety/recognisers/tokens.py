"""Tokens of vendors: each prefix is looked for as it stands, and only there an expression runs."""

from __future__ import annotations

import re
from binascii import crc32
from collections.abc import Iterator
from dataclasses import dataclass

from detectors.safety.recognisers.finding import Finding
from detectors.safety.recognisers.randomness import random_looking
from detectors.safety.recognisers.vendors import VENDORS, Vendor

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MARKS = "_-.="
_LEAST_ENTROPY = 2.5


@dataclass(frozen=True, slots=True)
class _Prefix:
    text: str
    kind: str
    token: re.Pattern[str]
    crc: bool


def tokens(text: str) -> Iterator[Finding]:
    """Every token of a known vendor that does not look like a placeholder."""
    for mark, prefixes in _BY_MARK.items():
        # Most texts have no underscore: one look spares a look for each prefix with one.
        if mark in text:
            for prefix in prefixes:
                if prefix.text in text:
                    yield from _of(prefix, text)


def _of(prefix: _Prefix, text: str) -> Iterator[Finding]:
    at = text.find(prefix.text)
    while at >= 0:
        end = at + len(prefix.text)
        match = prefix.token.match(text, at)
        if match and random_looking(match["rest"], _LEAST_ENTROPY):
            end = match.end()
            right = prefix.crc and _crc_holds(match["rest"])
            sure = 0.99 if right else 0.95
            yield Finding(f"secret.{prefix.kind}", at, end, validated=right, confidence=sure)
        at = text.find(prefix.text, end)


def _crc_holds(rest: str) -> bool:
    check, number = "", crc32(rest[:-6].encode())
    for _ in range(6):
        number, letter = divmod(number, 62)
        check = _BASE62[letter] + check
    return check == rest[-6:]


def _mark(prefix: str) -> str:
    return next((mark for mark in _MARKS if mark in prefix), "")


def _prefixes(vendor: Vendor) -> Iterator[_Prefix]:
    for prefix in vendor.prefixes:
        # A prefix that begins with a sign, as in a query, may follow anything.
        start = r"(?<![A-Za-z0-9_\-])" if prefix[0].isalnum() else ""
        token = re.compile(rf"{start}{re.escape(prefix)}(?P<rest>{vendor.rest})(?![A-Za-z0-9_\-])")
        yield _Prefix(prefix, vendor.kind, token, vendor.crc)


_ALL = [prefix for vendor in VENDORS for prefix in _prefixes(vendor)]
_BY_MARK = {
    mark: tuple(prefix for prefix in _ALL if _mark(prefix.text) == mark) for mark in ("", *_MARKS)
}
