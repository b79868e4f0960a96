"""How long to wait between two tries."""

from __future__ import annotations

import random

FIRST = 2.0
LONGEST = 300.0


def pause(tries: int, *, chance: random.Random | None = None) -> float:
    """Seconds after so many failed tries: twice as long each time up to five minutes, at random.

    Between half and all of that, so that deliverers that failed together do not come back together.
    """
    longest = min(LONGEST, FIRST * 2.0 ** min(tries - 1, 16))
    return longest * (0.5 + 0.5 * (chance or random).random())
