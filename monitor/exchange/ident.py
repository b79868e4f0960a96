"""Exchange ids: ULIDs, so that ids sort by time (https://github.com/ulid/spec)."""

from __future__ import annotations

import hashlib
import os

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BYTES, _FETCHED = 10, 64
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]


def ulid(at: float) -> str:
    """A fresh ULID for the time `at`, in seconds since the epoch: 26 characters."""
    try:
        entropy = _entropy.pop()  # atomic, so that threads share it
    except IndexError:
        entropy = _fetch()
    return _spelt(at, entropy)


_entropy: list[bytes] = []
os.register_at_fork(after_in_child=_entropy.clear)


def _fetch() -> bytes:
    """Ask the system for many at a time: each call takes as long as making an id."""
    many = os.urandom(_FETCHED * _BYTES)
    _entropy.extend(many[at : at + _BYTES] for at in range(_BYTES, len(many), _BYTES))
    return many[:_BYTES]


def derived(at: float, name: str) -> str:
    """The same id for the same name, however often it is made; sorts by time as a ULID does."""
    return _spelt(at, hashlib.sha256(name.encode()).digest()[:_BYTES])


def _spelt(at: float, entropy: bytes) -> str:
    """Written out: a loop over the thirteen pairs takes three times as long."""
    pairs, when = _PAIRS, int(at * 1000)
    high, low = int.from_bytes(entropy[:5]), int.from_bytes(entropy[5:])
    return (
        f"{pairs[when >> 40 & 1023]}{pairs[when >> 30 & 1023]}{pairs[when >> 20 & 1023]}"
        f"{pairs[when >> 10 & 1023]}{pairs[when & 1023]}"
        f"{pairs[high >> 30]}{pairs[high >> 20 & 1023]}{pairs[high >> 10 & 1023]}{pairs[high & 1023]}"
        f"{pairs[low >> 30]}{pairs[low >> 20 & 1023]}{pairs[low >> 10 & 1023]}{pairs[low & 1023]}"
    )
