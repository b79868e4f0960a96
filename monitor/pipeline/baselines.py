"""The baselines in use: loaded from the store once, looked up by model."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from detectors.baseline import Baseline
from detectors.errors import DetectorError
from monitor.store.base import BaselineRecord, ConflictError, Store

log = logging.getLogger(__name__)


@dataclass
class BaselineShelf:
    """Baselines by model, as far as asked for.

    The watch stage asks without waiting; `refresh` is what talks to the store.
    """

    store: Store
    encoder: str
    _by_model: dict[str, Baseline | None] = field(default_factory=dict)

    def get(self, model: str) -> Baseline | None:
        """The baseline of a model as of the last refresh."""
        return self._by_model.get(model)

    async def refresh(self, models: Iterable[str]) -> dict[str, Baseline]:
        """Look up the active baselines of these models; those that are others than before."""
        changed = {}
        for model in models:
            name = await self.store.active_baseline(model)
            current = self._by_model.get(model)
            if name is None or (current is not None and current.name == name):
                continue
            loaded = await self._load(name)
            if loaded is not None:
                self._by_model[model] = changed[model] = loaded
        return changed

    async def keep(self, model: str, baseline: Baseline) -> None:
        """Store a provisional baseline that the watch stage built, and make it the model's own."""
        record = BaselineRecord(
            name=baseline.name,
            created=baseline.created,
            size=baseline.size,
            encoder=baseline.encoder,
            model=model,
            provisional=True,
        )
        try:
            await self.store.put_baseline(record, baseline.to_bytes())
        except ConflictError:
            log.warning("baseline %s exists already with other data; it stays", baseline.name)
            return
        await self.store.promote_baseline(baseline.name, model=model)
        self._by_model[model] = baseline

    async def _load(self, name: str) -> Baseline | None:
        found = await self.store.get_baseline(name)
        if found is None:
            return None
        try:
            baseline = Baseline.from_bytes(found[1])
        except DetectorError as error:
            log.error("baseline %s cannot be used: %s", name, error)  # noqa: TRY400 - no trace
            return None
        if baseline.encoder != self.encoder:
            log.error(
                "baseline %s was made with encoder %s, this worker uses %s; build it again",
                name,
                baseline.encoder,
                self.encoder,
            )
            return None
        return baseline
