"""Exchange ids: ULIDs, so that ids sort by time (https://github.com/ulid/spec)."""

from __future__ import annotations

import hashlib
import os

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]
_SHIFTS = tuple(range(120, -1, -10))


def ulid(at: float) -> str:
    """A fresh ULID for the time `at`, in seconds since the epoch: 26 characters."""
    return _spelt(at, os.urandom(10))


def derived(at: float, name: str) -> str:
    """The same id for the same name, however often it is made; sorts by time as a ULID does."""
    return _spelt(at, hashlib.sha256(name.encode()).digest()[:10])


def _spelt(at: float, entropy: bytes) -> str:
    value = int(at * 1000) << 80 | int.from_bytes(entropy)
    return "".join([_PAIRS[value >> shift & 1023] for shift in _SHIFTS])
