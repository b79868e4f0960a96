"""Error budgets of the objectives, by model and route, and alerts when one burns too fast."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from detectors.base import Detection, DetectorName, Evidence, Recovery, State, Verdict
from detectors.latency.alerted import Alerts
from detectors.latency.budget import Budget, Burning
from detectors.latency.limits import limits_by
from detectors.latency.measures import MEASURES, failure
from detectors.rules import NOTHING, Key, by_model_and_route

if TYPE_CHECKING:
    from detectors.latency.policy import LatencyPolicy
    from detectors.observation import Observation

NAME = "latency.budget"
KINDS = tuple(f"budget_{name}" for name in (*MEASURES, "errors"))
"""Types of detection of `latency.budget`."""

_KEYS = 128
_FAILED = 0.5
_LOOK = 60.0


class BudgetRule:
    """Speaks when an objective's error budget burns too fast to last for 30 days.

    The budget is the share of exchanges that need not keep within a limit (1 - target), for each
    of the times that an objective limits, and `error_share` for failures; by model and route. The
    alerts are those of multi-window, multi-burn-rate alerting: 14.4 times as fast as lasts over an
    hour and five minutes, or 6 times over six hours and half an hour, is critical; 3 times over a
    day and two hours, or faster than lasts over three days and six hours, is a warning. A budget
    of more than 7% cannot burn 14.4 times as fast. While one burns it is told once a `cooldown`;
    when no alert has held for the length of its short window, that is over. Once a minute its scores
    are how fast the budget of each limit burnt in the last hour, where it burnt fastest, and what
    is left of it where that is least.
    """

    name = NAME
    detector: DetectorName = "latency"

    def __init__(self, policy: LatencyPolicy) -> None:
        self._policy = policy
        self._limits = limits_by(policy)
        self._budgets: OrderedDict[Key, dict[str, Budget]] = OrderedDict()
        self._alerts = Alerts(policy.cooldown)
        self._looked = 0.0

    def observe(self, x: Observation) -> Verdict:
        """Count the exchange; only one that misses its objective can make a budget burn."""
        known = self._known(x)
        if not known:
            return NOTHING
        budgets = self._of(by_model_and_route(x))
        found = []
        for name, value, limit in known:
            bad = value > limit
            budget = budgets.get(name)
            if budget is None:
                budget = budgets[name] = Budget(self._allowed_of(x.model, x.route, name))
            budget.add(x.at, value, bad=bad)
            if bad and (detection := self._look(x, name, budget, limit)) is not None:
                found.append(detection)
        if abs(x.at - self._looked) >= _LOOK:
            self._looked = x.at
            return Verdict(self._levels(x.at), tuple(found), self._recoveries(x.at))
        return Verdict({}, tuple(found)) if found else NOTHING

    def state(self) -> State:
        """Every budget, keys longest unseen first, and when each last spoke."""
        return {
            "budgets": [
                [*key, {name: budget.state() for name, budget in budgets.items()}]
                for key, budgets in self._budgets.items()
            ],
            "looked": self._looked,
            **self._alerts.state(),
        }

    def restore(self, state: State) -> None:
        """Go on from a saved state; a budget is counted on by the objective of now."""
        self._budgets.clear()
        for model, route, kept in state["budgets"]:
            budgets = self._of((model, route))
            for name, each in kept.items():
                budgets[name] = Budget(self._allowed_of(model, route, name))
                budgets[name].restore(each)
        self._looked = float(state.get("looked", 0.0))
        self._alerts.restore(state)

    def _known(self, x: Observation) -> list[tuple[str, float, float]]:
        """Name, value and limit of all that is known of an exchange."""
        known = [
            (name, value, limit)
            for name, limit in self._limits(x.model, x.route).items()
            if (value := MEASURES[name](x)) is not None
        ]
        failed = failure(x)
        return known if failed is None else [*known, ("errors", failed, _FAILED)]

    def _allowed_of(self, model: str, route: str, name: str) -> float:
        objective = self._policy.objective(model, route)
        if name == "errors" or objective is None:
            return self._policy.error_share
        return 1.0 - objective.target

    def _of(self, key: Key) -> dict[str, Budget]:
        budgets = self._budgets.get(key)
        if budgets is not None:
            self._budgets.move_to_end(key)
            return budgets
        if len(self._budgets) >= _KEYS:
            forgotten, _ = self._budgets.popitem(last=False)
            self._alerts.forget(*forgotten)
        budgets = self._budgets[key] = {}
        return budgets

    def _look(self, x: Observation, name: str, budget: Budget, limit: float) -> Detection | None:
        of = (x.model, x.route, name)
        if not self._alerts.may_tell(of, x.at):
            return None
        burning = budget.burning(x.at)
        if burning is None or not self._alerts.is_news(of, burning, x.at):
            return None
        return Detection(
            rule=self.name,
            detector=self.detector,
            detection_type=f"budget_{name}",
            score=burning.long,
            threshold=burning.alert.burn,
            evidence=_evidence(name, burning, budget, limit, x.at),
            at=x.at,
            model=x.model,
            severity=burning.alert.severity,
            route=x.route,
            exchange_id=x.id,
        )

    def _levels(self, at: float) -> dict[str, float]:
        levels: dict[str, float] = {}
        for budgets in self._budgets.values():
            for name, budget in budgets.items():
                burn, left = f"budget_{name}_burn", f"budget_{name}_left"
                levels[burn] = max(levels.get(burn, 0.0), budget.burn(at))
                levels[left] = min(levels.get(left, 1.0), budget.left(at))
        return levels

    def _recoveries(self, at: float) -> tuple[Recovery, ...]:
        """Say of which budgets the burn has stopped, and what is left of them."""
        return tuple(
            Recovery(
                rule=self.name,
                detector=self.detector,
                model=model,
                at=at,
                reason=f"It burns no longer; {_left(self._budgets[model, route][name], at)}.",
                route=route,
                detection_type=f"budget_{name}",
            )
            for model, route, name in self._alerts.over(self._budgets, at)
        )


def _left(budget: Budget, now: float) -> str:
    left = budget.left(now)
    if left < 0.0:
        return f"the budget by the traffic of the last 30 days is overdrawn by {-left:.0%}"
    return f"{left:.0%} of the budget by the traffic of the last 30 days is left"


def _evidence(
    name: str, burning: Burning, budget: Budget, limit: float, now: float
) -> tuple[Evidence, ...]:
    alert, seen = burning.alert, burning.seen
    told = [
        Evidence("burn_rate", burning.long, alert.burn, 9.0, f"over {_span(alert.long)}"),
        Evidence("burn_rate", burning.short, alert.burn, 8.0, f"over {_span(alert.short)}"),
        Evidence("missed", float(seen.bad), None, 7.0, f"of {seen.total} exchanges"),
        Evidence("budget_left", burning.left, 1.0, 6.0, "of 30 days' traffic so far"),
    ]
    if name in MEASURES:
        times = budget.times(now)
        told += [
            Evidence(f"{name}_p{q}", seconds, limit, 5.0 - q / 100, "s, last hour")
            for q in (50, 99)
            if (seconds := times.quantile(q / 100)) is not None
        ]
    return tuple(told)


def _span(seconds: float) -> str:
    return f"{seconds / 3600:g} h" if seconds >= 3600 else f"{seconds / 60:g} min"
