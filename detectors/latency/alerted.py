"""What was told of budgets that burn, and when that is over."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.base import Severity, State
    from detectors.latency.budget import Budget, Burning

_RANK: dict[Severity, int] = {"info": 0, "warning": 1, "critical": 2}

Of = tuple[str, str, str]
"""Model, route, and what the objective limits."""


@dataclass(slots=True)
class _Alerted:
    """When a budget was last told of and how grave, when an alert last held, and its short window."""

    at: float
    severity: Severity
    held: float = 0.0
    short: float = 0.0


class Alerts:
    """Which budgets burn, as far as was told.

    One is told again after `cooldown` seconds, or when it has become worse. It is over when no alert
    has held for as long as the short window of the one that last did: five minutes to six hours.
    """

    def __init__(self, cooldown: float) -> None:
        self._cooldown = cooldown
        self._told: dict[Of, _Alerted] = {}

    def may_tell(self, of: Of, at: float) -> bool:
        """Whether there can be anything to tell: nothing is graver than critical."""
        told = self._told.get(of)
        return told is None or told.severity != "critical" or not self._is_quiet(told, at)

    def is_news(self, of: Of, burning: Burning, at: float) -> bool:
        """Whether to tell of an alert that holds; it counts as told then."""
        told, alert = self._told.get(of), burning.alert
        graver = told is None or _RANK[alert.severity] > _RANK[told.severity]
        if told is not None and self._is_quiet(told, at) and not graver:
            return False
        self._told[of] = _Alerted(at, alert.severity, at, alert.short)
        return True

    def over(self, budgets: dict[tuple[str, str], dict[str, Budget]], at: float) -> list[Of]:
        """Close those that burn no longer."""
        ended = [of for of, told in self._told.items() if self._is_over(of, told, budgets, at)]
        for of in ended:
            del self._told[of]
        return ended

    def forget(self, model: str, route: str) -> None:
        """Say no more of a key that is no longer counted."""
        self._told = {of: told for of, told in self._told.items() if of[:2] != (model, route)}

    def state(self) -> State:
        """All that `restore` needs."""
        return {"told": [[*of, *astuple(told)] for of, told in self._told.items()]}

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._told = {(m, r, name): _Alerted(*said) for m, r, name, *said in state["told"]}

    def _is_quiet(self, told: _Alerted, at: float) -> bool:
        return at - told.at < self._cooldown

    @staticmethod
    def _is_over(
        of: Of, told: _Alerted, budgets: dict[tuple[str, str], dict[str, Budget]], at: float
    ) -> bool:
        budget = budgets.get(of[:2], {}).get(of[2])
        burning = None if budget is None else budget.burning(at)
        if burning is not None:
            told.held, told.short = at, burning.alert.short
            return False
        return at - told.held >= told.short
