"""Exchange ids: ULIDs, so that ids sort by time (https://github.com/ulid/spec)."""

from __future__ import annotations

import os

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(at: float) -> str:
    """A fresh ULID for the time `at`, in seconds since the epoch: 26 characters."""
    value = (int(at * 1000) << 80) | int.from_bytes(os.urandom(10))
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5))
