"""From exchanges to a baseline: scored by the cheap stage, with its origin and its thresholds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from detectors.origin import Origin
from monitor import version

if TYPE_CHECKING:
    from detectors.baseline import Baseline
    from monitor.exchange.model import Exchange
    from monitor.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which exchanges to take; an empty name takes all.

    `unnamed` takes those alone that name no model.
    """

    model: str = ""
    route: str = ""
    tenant: str = ""
    unnamed: bool = False

    def leaves_out(self, exchange: Exchange) -> str:
        """Why an exchange is not taken; "" if it is."""
        if self.unnamed and exchange.model:
            return "another model"
        for name in ("model", "route", "tenant"):
            wanted = getattr(self, name)
            if wanted and getattr(exchange, name) != wanted:
                return f"another {name}"
        return ""


@dataclass
class Sieve:
    """Lets the chosen exchanges through, and counts the others by reason."""

    selection: Selection
    read: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def through(self, exchanges: Iterable[Exchange]) -> Iterator[Exchange]:
        """The exchanges that are taken, in order."""
        for exchange in exchanges:
            self.read += 1
            reason = self.selection.leaves_out(exchange)
            if reason:
                self.skipped[reason] += 1
            else:
                yield exchange


def build(
    exchanges: Iterable[Exchange],
    name: str,
    policy: Policy,
    *,
    origin: Origin,
    selection: Selection | None = None,
) -> Baseline:
    """A baseline of the chosen exchanges, with thresholds if the policy has drift looked for.

    `origin` says where they are from; what is known of their number is added. The same exchanges
    make the same baseline, whenever it is built.

    Raises
    ------
    DetectorError
        Too few of them went through; the message says how many more are needed.
    """
    from detectors.baseline import Baseline  # noqa: PLC0415 - NumPy, and models: only when used
    from detectors.drift.scaled import with_scale  # noqa: PLC0415
    from detectors.safety.builtin import screen_version  # noqa: PLC0415
    from monitor.pipeline.replay import observations  # noqa: PLC0415
    from monitor.pipeline.score import ScoreStage  # noqa: PLC0415

    chosen = selection or Selection()
    stage = ScoreStage.load(policy.safety, judge=False)
    sieve = Sieve(chosen)
    scored = list(observations(sieve.through(exchanges), stage))
    baseline = Baseline.build(
        scored,
        name=name,
        encoder=stage.encoder.name,
        # The time of the last exchange, not of the clock: the same input makes the same file.
        created=max((x.at for x in scored), default=0.0),
        origin=replace(
            origin,
            model=chosen.model,
            route=chosen.route,
            tenant=chosen.tenant,
            read=origin.read or sieve.read,
            skipped=dict(sieve.skipped + Counter(origin.skipped)),
            screen=screen_version(),
            policy=policy.version,
            sidewatch=version(),
        ),
    )
    if "drift" not in policy.detectors:
        return baseline
    return with_scale(baseline, policy.drift.false_alarms)
