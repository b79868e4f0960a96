"""A sliding window that alarms when more of a stream is over its limit than is allowed."""

from __future__ import annotations

from collections import deque

from detectors.base import Change, Evidence, State
from detectors.thresholds import binomial_tail


class ShareOverLimit:
    """Change detector for "too many are over the limit".

    Looks back on the last `minimum`, 2, 4, ... times as many values, up to `window` of them and
    `seconds` of time, and alarms when the values over `limit` in one of these stretches are more
    than the allowed share explains: P(that many or more | allowed) < 1 - confidence, by the exact
    binomial tail. Short stretches notice a sudden fault, long ones a small lasting one; one slow
    value is never enough. `confidence` is that of one look. Looks overlap and are many, so the
    rate of false alarms over a stream is higher, and highest when the share is exactly at its
    allowance; well within it alarms are practically absent.

    After an alarm the window is empty, so that the next one rests on new values only. `level` is
    the share over the limit in the whole window. Values may arrive a little out of time order.
    """

    def __init__(
        self,
        name: str,
        *,
        limit: float,
        allowed: float,
        window: int = 200,
        seconds: float = 600.0,
        minimum: int = 10,
        confidence: float = 0.99999,
        unit: str = "s",
    ) -> None:
        self.name = name
        self.level = 0.0
        self._limit = limit
        self._allowed = allowed
        self._window = window
        self._seconds = seconds
        self._minimum = minimum
        self._risk = 1.0 - confidence
        self._unit = unit
        self._values: deque[tuple[float, float]] = deque()
        self._over = 0

    def update(self, x: float, *, at: float) -> Change | None:
        """Take a value seen `at` this time; the alarm it completes, if any."""
        values = self._values
        values.append((at, x))
        self._over += x > self._limit
        while len(values) > self._window or at - values[0][0] > self._seconds:
            self._over -= values.popleft()[1] > self._limit
        self.level = self._over / len(values)
        change = self._look(at) if x > self._limit else None
        if change is not None:
            self.reset()
        return change

    def reset(self) -> None:
        """Forget the window."""
        self._values.clear()
        self._over = 0

    def state(self) -> State:
        """Give the window, oldest first."""
        return {"values": [list(pair) for pair in self._values]}

    def restore(self, state: State) -> None:
        """Go on from a saved window."""
        self._values = deque((at, value) for at, value in state["values"])
        self._over = sum(value > self._limit for _, value in self._values)
        self.level = self._over / max(1, len(self._values))

    def _look(self, at: float) -> Change | None:
        """Count back from the newest value; judge at each stretch's end."""
        total, over, check, since = len(self._values), 0, self._minimum, at
        for seen, (when, value) in enumerate(reversed(self._values), start=1):
            if value > self._limit:
                over, since = over + 1, when
            if seen == check or (seen == total and seen > self._minimum):
                check *= 2
                if self._is_over(over, seen):
                    return self._change(over, seen, since)
        return None

    def _is_over(self, over: int, seen: int) -> bool:
        return over > seen * self._allowed and binomial_tail(over, seen, self._allowed) < self._risk

    def _change(self, over: int, seen: int, since: float) -> Change:
        recent = sorted(value for _, value in list(self._values)[-seen:])
        middle, worst = recent[seen // 2], recent[-1]
        share = over / seen
        shares = Evidence(
            f"share_over_{self.name}", share, self._allowed, 3.0, f"of the last {seen} exchanges"
        )
        values = (
            Evidence(f"median_{self.name}", middle, self._limit, 2.0, self._unit),
            Evidence(f"largest_{self.name}", worst, self._limit, 1.0, self._unit),
        )
        evidence = (shares, *values) if self._unit else (shares,)
        return Change(self.name, share, self._allowed, since, evidence)
