"""An incident of our own: a safety model that goes on failing, batch after batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from detectors.base import Detection, Evidence
from detectors.observation import Observation
from monitor.pipeline.circuit import Circuit
from monitor.pipeline.observe import FAILED
from monitor.pipeline.watch import Finding

KIND = "model_failing"
BATCHES = 3
"""Batches in a row without an answer that make a finding; then twice as many, and so on."""


class FailingModels:
    """Counts by model the batches since it last answered, and says when they are too many.

    A finding is about the last exchange of its batch. It is critical where that batch has texts that
    nobody judged, as nobody else could.
    """

    def __init__(self) -> None:
        self._batches: Counter[str] = Counter()
        self._next: dict[str, int] = {}

    def seen(self, circuits: Mapping[str, Circuit], batch: Sequence[Observation]) -> list[Finding]:
        """Take the end of a batch, which has exchanges; what is to be told."""
        down = [circuit for circuit in circuits.values() if not circuit.up]
        for name in self._batches.keys() - {circuit.name for circuit in down}:
            del self._batches[name]
            self._next.pop(name, None)
        return [
            Finding(self._detection(circuit, batch), batch[-1], {})
            for circuit in down
            if self._is_time(circuit.name)
        ]

    def _is_time(self, name: str) -> bool:
        self._batches[name] += 1
        if self._batches[name] < self._next.setdefault(name, BATCHES):
            return False
        self._next[name] *= 2
        return True

    def _detection(self, circuit: Circuit, batch: Sequence[Observation]) -> Detection:
        lost = sum(FAILED in x.unscored.values() for x in batch)
        count = self._batches[circuit.name]
        return Detection(
            rule=f"pipeline.model.{circuit.name}",
            detector="pipeline",
            detection_type=KIND,
            score=float(count),
            threshold=float(BATCHES),
            evidence=(
                Evidence("batches without an answer", float(count), float(BATCHES), weight=3.0),
                Evidence("exchanges of the last batch that nobody judged", float(lost), weight=2.0),
                Evidence("trouble", circuit.trouble, weight=1.0),
            ),
            at=batch[-1].at,
            model=circuit.name,
            severity="critical" if lost else "warning",
            exchange_id=batch[-1].id,
        )
