"""The latest exchanges of whatever has a baseline, as a report takes them; texts are never kept."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from detectors.baseline import Baseline, is_ordinary, stratum
from detectors.observation import Observation, Vector
from monitor.baselines.traffic import Traffic
from monitor.reports.table import Table, stacked

_MOST = 64


@dataclass(frozen=True, slots=True)
class _Row:
    """One exchange: some 1.5 kB."""

    at: float
    values: npt.NDArray[np.float32]
    nominal: tuple[str, ...]
    prompt: npt.NDArray[np.float16] | None
    response: npt.NDArray[np.float16] | None


@dataclass(slots=True)
class _Window:
    baseline: Baseline
    rows: deque[_Row]


@dataclass(slots=True)
class Recent:
    """Keeps the last `size` ordinary exchanges of each model, or part of its traffic, with a baseline.

    Bounded: beyond 64 windows the one that was silent longest is forgotten. A window begins anew
    with another baseline.
    """

    size: int
    _windows: OrderedDict[Traffic, _Window] = field(default_factory=OrderedDict)

    def take(self, x: Observation, traffic: Traffic, baseline: Baseline) -> bool:
        """Add an exchange to the window of this traffic; False for one that failed or is unfinished."""
        if not is_ordinary(x):
            return False
        window = self._windows.get(traffic)
        if window is None or window.baseline is not baseline:
            window = self._windows[traffic] = _Window(baseline, deque(maxlen=self.size))
        window.rows.append(_row(x, baseline))
        self._windows.move_to_end(traffic)
        if len(self._windows) > _MOST:
            self._windows.popitem(last=False)
        return True

    def count(self, traffic: Traffic) -> int:
        """How many exchanges of this traffic are kept."""
        window = self._windows.get(traffic)
        return len(window.rows) if window else 0

    def latest(self, traffic: Traffic, count: int) -> tuple[Baseline, Table]:
        """The traffic's baseline and last `count` exchanges, or as many as there are.

        Raises
        ------
        KeyError
            There is none of it.
        """
        window = self._windows[traffic]
        baseline, rows = window.baseline, list(window.rows)[-count:]
        columns = zip(*(row.nominal for row in rows), strict=True)
        table = Table(
            names=baseline.channel_names,
            values=np.stack([row.values for row in rows]),
            nominal=dict(zip(_nominal(baseline), columns, strict=True)),
            prompt_embeddings=stacked([row.prompt for row in rows]),
            response_embeddings=stacked([row.response for row in rows]),
            at=np.array([row.at for row in rows], dtype=np.float64),
        )
        return baseline, table


def _nominal(baseline: Baseline) -> list[str]:
    return [*baseline.categories, "route", "system_prompt"]


def _row(x: Observation, baseline: Baseline) -> _Row:
    categories = [x.categories.get(name, "") for name in baseline.categories]
    return _Row(
        at=x.at,
        values=baseline.row(x),
        nominal=(*categories, x.route, stratum(x.system)),
        prompt=_half(x.prompt_embedding),
        response=_half(x.response_embedding),
    )


def _half(vector: Vector | None) -> npt.NDArray[np.float16] | None:
    return None if vector is None else vector.astype(np.float16)
