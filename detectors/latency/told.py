"""What of a trouble that lasts was told already."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.base import State

_VAGUE = "heavier_tail"


class Told:
    """Decides which alarms are news.

    After an alarm the bets start afresh, so what lasts raises it again and again; that keeps the
    trouble open. It is over when no alarm has come for `quiet` exchanges. Each kind is told once
    in a trouble, and again after `repeat` seconds; that some are late is no news while something
    clearer is told.
    """

    def __init__(self, quiet: int, repeat: float) -> None:
        self._quiet, self._repeat = quiet, repeat
        self._kinds: dict[str, float] = {}
        self._routes: list[str] = []
        self._last = 0
        self._began = 0

    def is_news(self, kind: str, *, now: int, at: float, route: str = "") -> bool:
        """Say whether to report an alarm raised at exchange number `now`, `at` seconds.

        `route` is the one it is reported of, "" for all traffic.
        """
        self._last = now
        known = self._kinds.get(_clearest(self._kinds) if kind == _VAGUE else kind)
        if known is not None and at - known < self._repeat:
            return False
        self._kinds[kind] = at
        if route not in self._routes:
            self._routes.append(route)
        return True

    def since(self, index: int) -> int:
        """Give the number of the exchange at which the trouble of an alarm began: it, or one told of."""
        self._began = min(self._began, index) if self._kinds else index
        return self._began

    def ended(self, now: int) -> tuple[int, list[str]] | None:
        """Close the trouble if it is over at exchange number `now`.

        For how many exchanges it has been, and the routes it was reported of; None if it is not.
        """
        if not self._kinds or now - self._last <= self._quiet:
            return None
        routes, self._routes = self._routes, []
        self._kinds.clear()
        return now - self._last, routes

    def state(self) -> State:
        """All that `restore` needs."""
        return {
            "kinds": dict(self._kinds),
            "routes": list(self._routes),
            "last": self._last,
            "began": self._began,
        }

    def restore(self, state: State) -> None:
        """Go on from a saved state."""
        self._kinds = {str(kind): float(at) for kind, at in state["kinds"].items()}
        self._routes = list(state.get("routes", [""]))
        self._last, self._began = int(state["last"]), int(state["began"])


def _clearest(kinds: dict[str, float]) -> str:
    return max(kinds, key=lambda kind: kinds[kind]) if kinds else _VAGUE
