"""Two baselines as counts by block and bin: channels, nominal features, topics of their texts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from detectors.comparison.clusters import clusters
from detectors.drift.frame import side_of
from detectors.units import Unit, unit_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.baseline import Baseline

    Counts = npt.NDArray[np.float64]
    Blocks = npt.NDArray[np.int64]

_LARGEST_BLOCK = 50
_BINS = 20
_LISTED = 20
_TOPICS = 12
_ABSENT = "(absent)"
_OTHER = "(other)"


@dataclass(frozen=True, slots=True)
class Feature:
    """Counts of each block of rows by bin, shape (blocks, bins), and how to tell what they mean.

    The last bin is of rows without a value, and no part of the order that `ks` goes by.
    """

    name: str
    side: str
    kind: str
    counts: Counts
    values: tuple[str, ...] = ()
    unit: str = ""
    a: float | None = None
    b: float | None = None


def blocks_of(size: int) -> npt.NDArray[np.int64]:
    """Number rows by the block of consecutive exchanges that they are in."""
    return np.arange(size) // min(_LARGEST_BLOCK, max(8, size // 20))


def features_of(a: Baseline, b: Baseline, blocks: Blocks) -> list[Feature]:
    """Count everything that two baselines can be compared by; `blocks` numbers the rows of both."""
    found = [*_numeric(a, b, blocks), *_nominal(a, b, blocks), *_topics(a, b, blocks)]
    # What is the same in every row of both cannot have moved.
    return [each for each in found if np.count_nonzero(each.counts.sum(axis=0)) > 1]


def _numeric(a: Baseline, b: Baseline, blocks: Blocks) -> list[Feature]:
    found = []
    for name in sorted({*a.channel_names, *b.channel_names}):
        x, y = _column(a, name), _column(b, name)
        both = np.concatenate([x, y])
        there = ~np.isnan(both)
        edges = np.unique(np.quantile(both[there], np.linspace(0, 1, _BINS + 1)[1:-1]))
        # A value that many rows have gets a bin of its own, whichever side of an edge it is on.
        edges = np.unique(np.concatenate([edges, np.nextafter(edges, np.inf)]))
        bins = np.where(there, np.searchsorted(edges, both, side="right"), len(edges) + 1)
        unit = unit_of(name)
        typical, what = _typical(x, y)
        found.append(
            Feature(
                name=unit.label,
                side=side_of(name),
                kind="channel",
                counts=_counted(blocks, bins, len(edges) + 2),
                unit=f"{what} {unit.unit}".strip(),
                a=_told(typical[0], unit),
                b=_told(typical[1], unit),
            )
        )
    return found


def _nominal(a: Baseline, b: Baseline, blocks: Blocks) -> list[Feature]:
    columns = {
        name: (a.categories.get(name, ("",) * a.size), b.categories.get(name, ("",) * b.size))
        for name in sorted({*a.categories, *b.categories})
    }
    columns["route"], columns["system_prompt"] = (a.routes, b.routes), (a.strata, b.strata)
    found = []
    for name, (x, y) in columns.items():
        both = np.array([*x, *y])
        values, counts = np.unique(both, return_counts=True)
        listed = [str(v) for v in values[np.argsort(-counts, kind="stable")] if v][:_LISTED]
        place = {value: i for i, value in enumerate(listed)} | {"": len(listed) + 1}
        bins = np.array([place.get(str(value), len(listed)) for value in both])
        found.append(
            Feature(
                name=name,
                side=side_of(name) if name in a.categories or name in b.categories else "prompt",
                kind="value",
                counts=_counted(blocks, bins, len(listed) + 2),
                values=(*listed, _OTHER, _ABSENT),
            )
        )
    return found


def _topics(a: Baseline, b: Baseline, blocks: Blocks) -> list[Feature]:
    found = []
    for side in ("prompt", "response"):
        vectors = np.concatenate(
            [getattr(a, f"{side}_embeddings"), getattr(b, f"{side}_embeddings")]
        ).astype(np.float32)
        there = vectors.any(axis=1) if vectors.size else np.zeros(len(vectors), dtype=bool)
        if there.sum() < _TOPICS:
            continue
        bins = np.full(len(vectors), _TOPICS)
        bins[there] = clusters(vectors[there], _TOPICS)
        found.append(
            Feature(
                name=f"{side}_topics",
                side=side,
                kind="topics",
                counts=_counted(blocks, bins, _TOPICS + 1),
                values=(*(f"topic {i + 1} of {_TOPICS}" for i in range(_TOPICS)), _ABSENT),
            )
        )
    return found


def _column(baseline: Baseline, name: str) -> npt.NDArray[np.float64]:
    if name not in baseline.channel_names:
        return np.full(baseline.size, np.nan)
    column = baseline.values[:, baseline.channel_names.index(name)]
    return np.asarray(column, dtype=np.float64)


def _typical(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]
) -> tuple[tuple[float, float], str]:
    """Give the medians; the means where the medians are the same and so tell nothing."""
    x, y = x[~np.isnan(x)], y[~np.isnan(y)]
    if not len(x) or not len(y):
        return (_median(x), _median(y)), "median"
    medians = _median(x), _median(y)
    return (medians, "median") if medians[0] != medians[1] else ((x.mean(), y.mean()), "mean")


def _median(values: npt.NDArray[np.float64]) -> float:
    return float(np.median(values)) if len(values) else math.nan


def _told(value: float, unit: Unit) -> float | None:
    return None if math.isnan(value) else round(float(unit.back(float(value))), 4)


def _counted(blocks: npt.NDArray[np.int64], bins: npt.NDArray[np.int64], width: int) -> Counts:
    flat = np.bincount(blocks * width + bins, minlength=int(blocks[-1] + 1) * width)
    return flat.reshape(-1, width).astype(np.float64)
