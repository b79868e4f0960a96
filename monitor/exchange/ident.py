"""Exchange ids: ULIDs, so that ids sort by time (https://github.com/ulid/spec)."""

from __future__ import annotations

import os

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]
_SHIFTS = tuple(range(120, -1, -10))


def ulid(at: float) -> str:
    """A fresh ULID for the time `at`, in seconds since the epoch: 26 characters."""
    value = int(at * 1000) << 80 | int.from_bytes(os.urandom(10))
    return "".join([_PAIRS[value >> shift & 1023] for shift in _SHIFTS])
