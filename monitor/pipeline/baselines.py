"""The baselines in use: loaded from the store once, looked up by model."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from detectors.baseline import Baseline
from detectors.errors import DetectorError
from monitor.baselines.keeping import keep
from monitor.baselines.traffic import Traffic
from monitor.store.base import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Standing:
    baseline: Baseline
    provisional: bool


@dataclass
class BaselineShelf:
    """Baselines by model, as far as asked for.

    The watch stage asks without waiting; `refresh` is what talks to the store. A baseline made with
    another `encoder`, or another version of the cheap safety stage (`screen`), or with a channel that
    is no longer among those `added` by other packages, is not used; where a person promoted such a
    one, the model's provisional baseline stands in. An added channel that it does not have is
    ignored, which is logged.
    """

    store: Store
    encoder: str
    screen: str = ""
    added: frozenset[str] = frozenset()
    _by_model: dict[str, _Standing] = field(default_factory=dict)
    _narrow: dict[Traffic, Baseline] = field(default_factory=dict)
    _unusable: set[str] = field(default_factory=set)

    def get(self, model: str) -> Baseline | None:
        """The baseline of a model as of the last refresh, under the name that the store gives it."""
        found = self._by_model.get(model)
        return None if found is None else found.baseline

    def is_provisional(self, model: str) -> bool:
        """Whether a model is judged by its own first exchanges, for want of a promoted baseline."""
        found = self._by_model.get(model)
        return found is not None and found.provisional

    async def refresh(self, models: Iterable[str]) -> dict[str, Baseline]:
        """Look up the active baselines of these models; those that are others than before."""
        changed = {}
        for model in models:
            before = self.get(model)
            found = await self._find(model)
            if found is None:
                continue
            self._by_model[model] = found
            if before is None or before.name != found.baseline.name:
                changed[model] = found.baseline
        return changed

    def narrow(self, model: str) -> dict[Traffic, Baseline]:
        """Baselines of parts of a model's traffic as of the last `refresh_narrow`, by part.

        What was promoted for the same part of every model gives way to the model's own.
        """
        general = {each.at(model): found for each, found in self._narrow.items() if not each.model}
        own = {each: found for each, found in self._narrow.items() if each.model == model}
        return general | own

    async def refresh_narrow(self) -> None:
        """Look up what was promoted for parts of models' traffic."""
        names = await self.store.narrow_baselines()
        found = {
            each: await self._usable(self._narrow.get(each), name) for each, name in names.items()
        }
        self._narrow = {each: baseline for each, baseline in found.items() if baseline}

    async def keep(self, model: str, baseline: Baseline) -> None:
        """Store a provisional baseline that the watch stage built, and make it the model's own."""
        record = await keep(self.store, baseline, model=model, provisional=True)
        await self.store.promote_baseline(record.name, model=model, provisional=True)
        self._by_model[model] = _Standing(replace(baseline, name=record.name), provisional=True)
        log.info("model %s is judged by its first exchanges: %s", model or "unnamed", record.name)

    async def _find(self, model: str) -> _Standing | None:
        promoted, provisional = await self.store.standing_baselines(model)
        for name, is_provisional in ((promoted, False), (provisional, True)):
            baseline = await self._usable(self.get(model), name) if name else None
            if baseline is not None:
                return _Standing(baseline, provisional=is_provisional)
        return None

    async def _usable(self, current: Baseline | None, name: str) -> Baseline | None:
        """The baseline of this name; None where it cannot be used, which is logged once."""
        if current is not None and current.name == name:
            return current
        if name in self._unusable:
            return None
        found = await self.store.get_baseline(name)
        if found is None:
            return None
        try:
            baseline = replace(Baseline.from_bytes(found[1]), name=name)
            misfit = baseline.misfit(encoder=self.encoder, screen=self.screen, added=self.added)
        except DetectorError as error:
            misfit = f"baseline {name}: {error}"
        if misfit:
            self._unusable.add(name)
            log.error("not used: %s", misfit)
            return None
        unknown = sorted(self.added - baseline.added)
        if unknown:
            log.warning(
                "baseline %s was made without %s: ignored until it is built again",
                name,
                ", ".join(unknown),
            )
        return baseline
