"""Good and bad exchanges counted by slices of time, for windows that end now."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from detectors.base import State


class Counted(NamedTuple):
    """Exchanges of a window, and how many of them were bad."""

    total: int
    bad: int


class Slices:
    """The latest `count` slices of `width` seconds each; slices without exchanges take no room.

    An exchange that comes late counts in the newest slice that is not younger than itself, and in
    the oldest there is if all are.
    """

    def __init__(self, width: float, count: int) -> None:
        self.width, self.span, self._count = width, width * count, count
        self._kept: deque[list[int]] = deque()

    def add(self, at: float, *, bad: bool) -> None:
        """Count an exchange that ended `at` this time."""
        slot = int(at // self.width)
        each = self._kept[-1] if self._kept else None
        if each is None or each[0] != slot:
            each = self._slice(slot)
        each[1] += 1
        each[2] += bad

    def last(self, seconds: float, now: float) -> Counted:
        """Count the slices that began within the last `seconds`, and the one under way."""
        first = int(now // self.width) - round(seconds / self.width)
        total = bad = 0
        for slot, counted, over in reversed(self._kept):
            if slot <= first:
                break
            total, bad = total + counted, bad + over
        return Counted(total, bad)

    def _slice(self, slot: int) -> list[int]:
        """Find the slice that an exchange counts in, other than the newest; begin it if it is new."""
        kept = self._kept
        if kept and kept[-1][0] > slot:
            return next((older for older in reversed(kept) if older[0] <= slot), kept[0])
        kept.append([slot, 0, 0])
        while kept[0][0] <= slot - self._count:
            kept.popleft()
        return kept[-1]

    def state(self) -> State:
        """All that `restore` needs."""
        return {"kept": [list(each) for each in self._kept]}

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._kept = deque([int(n) for n in each] for each in state["kept"])
