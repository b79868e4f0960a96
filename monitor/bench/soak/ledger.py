"""What the clients know of their own requests."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Ledger:
    """The outcome of every request, the ids that came back, and what was wrong.

    `reached` are the requests that the gateway must have seen: their head was sent on a connection
    that it had accepted.
    """

    reached: int = 0
    under_way: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    longest: float = 0.0

    def blame(self, what: str) -> None:
        """Note what should not have happened; the first hundred are kept in words."""
        self.outcomes["wrong"] += 1
        if len(self.wrong) < 100:
            self.wrong.append(what)
