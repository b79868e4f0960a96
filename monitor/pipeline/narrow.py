"""Watches parts of a model's traffic for drift besides the whole, each by a baseline of its own."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from detectors.base import Detection, Recovery, Rule, State
from detectors.baseline import Baseline
from detectors.drift.rules import rules as drift_rules
from detectors.observation import Observation
from monitor.baselines.traffic import Traffic
from monitor.policy import Policy

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Watched:
    baseline: str
    digest: str
    rules: list[Rule]


@dataclass
class NarrowWatch:
    """The drift rules of each route or tenant that a baseline was promoted for.

    A change among a few is lost in a model's whole traffic for long; here it is all there is. What is
    found names the part, so its incidents are its own. `failures` counts by rule, `began_anew` names
    the parts that are judged by another baseline than before, or no longer at all.
    """

    policy: Policy
    failures: Counter[str]
    began_anew: list[Traffic] = field(default_factory=list)
    _watched: dict[Traffic, _Watched] = field(default_factory=dict)

    def observe(self, x: Observation) -> tuple[list[Detection], list[Recovery]]:
        """What the rules of the parts that an exchange belongs to have found, and what is over."""
        found: list[Detection] = []
        over: list[Recovery] = []
        for traffic, watched in self._watched.items():
            if traffic.holds(x):
                for rule in watched.rules:
                    self._ask(rule, x, traffic, found, over)
        return found, over

    def use(self, model: str, baselines: Mapping[Traffic, Baseline]) -> None:
        """Judge these parts of a model's traffic from now on, and no other parts of it."""
        if "drift" not in self.policy.detectors:
            return
        gone = [each for each in self._watched if each.model == model and each not in baselines]
        for traffic in gone:
            del self._watched[traffic]
        self.began_anew += gone
        for traffic, baseline in baselines.items():
            self._judge_by(traffic, baseline)

    def state(self) -> State:
        """What `restore` needs to go on."""
        return {
            traffic.key: {
                "baseline": watched.digest,
                "rules": {rule.name: rule.state() for rule in watched.rules},
            }
            for traffic, watched in self._watched.items()
        }

    def restore(self, state: State) -> None:
        """Go on from a saved state with what `use` was told before; a changed baseline begins anew."""
        for key, saved in state.items():
            traffic = Traffic.of_key(key)
            watched = self._watched.get(traffic)
            if watched is None or watched.digest != saved["baseline"]:
                self.began_anew.append(traffic)
                continue
            for rule in watched.rules:
                self._restore_rule(rule, saved["rules"].get(rule.name))

    def _judge_by(self, traffic: Traffic, baseline: Baseline) -> None:
        before = self._watched.get(traffic)
        if before is not None and before.digest == baseline.digest:
            return
        if before is not None:
            self.began_anew.append(traffic)
        rules = drift_rules(self.policy.drift, baseline)
        self._watched[traffic] = _Watched(baseline.name, baseline.digest, rules)

    def _ask(
        self,
        rule: Rule,
        x: Observation,
        traffic: Traffic,
        found: list[Detection],
        over: list[Recovery],
    ) -> None:
        """Add what a rule says; one that raises costs nobody else anything."""
        try:
            verdict = rule.observe(x)
        except Exception:
            self.failures[rule.name] += 1
            log.exception("rule %s failed on %s", rule.name, traffic)
            return
        route, tenant = traffic.route, traffic.tenant
        found += [replace(each, route=route, tenant=tenant) for each in verdict.detections]
        over += [replace(each, route=route, tenant=tenant) for each in verdict.recoveries]

    def _restore_rule(self, rule: Rule, state: State | None) -> None:
        try:
            if state is not None:
                rule.restore(state)
        except Exception:
            self.failures[rule.name] += 1
            log.exception("the saved state of rule %s does not fit; it starts afresh", rule.name)
