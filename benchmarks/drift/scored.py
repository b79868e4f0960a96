"""Traffic with safety scores, tenants and routes, as explanations need it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from benchmarks.drift.traffic import Traffic, timed
from detectors.safety import builtin
from detectors.text.embedding import StaticEncoder

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from benchmarks.drift.traffic import Pair
    from detectors.observation import Observation

TENANTS = tuple(f"tenant-{number}" for number in range(8))
_WEIGHTS = tuple(1 / (rank + 1) for rank in range(len(TENANTS)))
_ROUTES = ("/v1/chat/completions", "/v1/responses")


class ScoredTraffic(Traffic):
    """Observations that the cheap safety stage has judged, as those that drift compares."""

    def __init__(self, data: Path, cache: Path) -> None:
        # Scores of other weights would be of no use.
        super().__init__(data, cache.with_suffix(f".{builtin.screen_version()}.pickle"))
        self._judges = builtin.load(StaticEncoder.load(), both=False)

    def observe(self, pair: Pair) -> Observation:
        """Make an observation of a pair; without times, tenant and route."""
        known = super().observe(pair)
        if not known.scores:
            scores = {
                side: {label.name: label.score for label in judge.classify([text])[0] or []}
                for (side, judge), text in zip(self._judges.items(), pair, strict=True)
            }
            known = replace(known, scores={side: named for side, named in scores.items() if named})
            self._known[pair] = known
        return known


def placed(x: Observation, index: int, rng: np.random.Generator) -> Observation:
    """Give an observation ordinary times, a tenant and a route; few tenants have most of it."""
    total = sum(_WEIGHTS)
    tenant = TENANTS[int(rng.choice(len(TENANTS), p=[w / total for w in _WEIGHTS]))]
    route = _ROUTES[int(rng.random() < 0.2)]
    return replace(timed(x, index, rng), tenant=tenant, route=route)
