"""One policy's findings on observations, whoever scored them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from detectors.observation import Observation
from monitor.pipeline.watch import WatchStage
from monitor.policy import Policy
from monitor.whatif.difference import Difference, Found, difference
from monitor.whatif.stored import under


@dataclass
class Judge:
    """Watches traffic by one policy and keeps what it finds."""

    policy: Policy
    watch: WatchStage
    found: list[Found] = field(default_factory=list)

    @classmethod
    def of(cls, policy: Policy) -> Judge:
        """One without baselines, as latency and safety need none."""
        return cls(policy, WatchStage(policy, lambda _model: None))

    def take(self, x: Observation) -> None:
        """The next observation."""
        _, findings = self.watch.observe(under(x, self.policy.safety))
        self.found += [Found.of(finding.detection) for finding in findings]


def compare(
    pairs: Iterable[tuple[Observation, Observation]], before: Judge, after: Judge
) -> Difference:
    """What two judges find in the same traffic, each in its own observation of it."""
    count = 0
    for old, new in pairs:
        before.take(old)
        after.take(new)
        count += 1
    return difference(before.found, after.found, exchanges=count)
