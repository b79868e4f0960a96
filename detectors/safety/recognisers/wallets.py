"""Addresses and keys of crypto-currencies: base58 with its checksum, bech32, Ethereum's form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256

from detectors.safety.recognisers.finding import Finding

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_WORD = re.compile(r"[13579DKLMT2](?<!\w.)[1-9A-HJ-NP-Za-km-z]{25,51}+(?!\w)")
_VERSIONS = {
    0x00: "pii.bitcoin_address", 0x05: "pii.bitcoin_address",
    0x30: "pii.litecoin_address", 0x32: "pii.litecoin_address",
    0x1E: "pii.dogecoin_address", 0x41: "pii.tron_address",
}  # fmt: skip
_WIF = 0x80

_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_WORD = re.compile(rf"(?<!\w)(bc|ltc)1([{_BECH32}]{{14,87}}+)(?!\w)", re.IGNORECASE)
_BECH32_STEPS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_ENDS = {1, 0x2BC830A3}
_CURRENCY = {"bc": "pii.bitcoin_address", "ltc": "pii.litecoin_address"}

_ETHEREUM = re.compile(r"(?<!\w)0x[0-9A-Fa-f]{40}(?!\w)")


def base58(text: str) -> Iterator[Finding]:
    """Addresses and private keys that end in a right double SHA-256."""
    for match in _BASE58_WORD.finditer(text):
        kind = _kind(match[0])
        if kind:
            yield Finding(kind, *match.span(), validated=True, confidence=0.99)


def _kind(word: str) -> str | None:
    number = 0
    for letter in word:
        number = number * 58 + _BASE58.index(letter)
    zeros = len(word) - len(word.lstrip("1"))
    payload = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")
    body, check = payload[:-4], payload[-4:]
    if sha256(sha256(body).digest()).digest()[:4] != check:
        return None
    if body[0] == _WIF and len(body) in {33, 34}:
        return "secret.bitcoin_key"
    return _VERSIONS.get(body[0]) if len(body) == 21 else None


def bech32(text: str) -> Iterator[Finding]:
    """Segregated-witness addresses by BIP 173 and BIP 350."""
    for match in _BECH32_WORD.finditer(text):
        prefix, data = match[1].lower(), match[2].lower()
        if _bech32_holds(prefix, data):
            yield Finding(_CURRENCY[prefix], *match.span(), validated=True, confidence=0.99)


def _bech32_holds(prefix: str, data: str) -> bool:
    codes = [ord(c) for c in prefix]
    values = [c >> 5 for c in codes] + [0] + [c & 31 for c in codes]
    check = 1
    for value in values + [_BECH32.index(c) for c in data]:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, step in enumerate(_BECH32_STEPS):
            check ^= step if top >> bit & 1 else 0
    return check in _BECH32_ENDS


def ethereum(text: str) -> Iterator[Finding]:
    """Addresses by their form alone."""
    for match in _ETHEREUM.finditer(text):
        if len(set(match[0])) > 8:
            yield Finding("pii.ethereum_address", *match.span(), validated=False, confidence=0.85)
