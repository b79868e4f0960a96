"""How far two samples are apart, and how far chance alone would put them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from detectors.comparison.result import Distance

if TYPE_CHECKING:
    import numpy.typing as npt

    from detectors.comparison.features import Counts, Feature

_DEALS = 199
_QUANTILE = 0.95


def judged(features: list[Feature], in_b: npt.NDArray[np.bool_]) -> list[Distance]:
    """Measure every feature, and deal the blocks out anew to see what chance makes of it."""
    rng = np.random.default_rng(20261121)
    deals = np.array([in_b, *(rng.permutation(in_b) for _ in range(_DEALS))])
    measured = [_distances(feature, deals) for feature in features]
    ks = np.array([each[0] for each in measured])
    by_chance = ks[:, 1:]
    spread = np.maximum(by_chance.std(axis=1), 1e-9)
    standard = (ks - by_chance.mean(axis=1)[:, None]) / spread[:, None]
    limit = float(np.quantile(standard[:, 1:].max(axis=0), _QUANTILE))
    order = np.argsort(-standard[:, 0], kind="stable").tolist()
    return [
        _told(features[i], measured[i], in_b, moved=bool(standard[i, 0] > limit)) for i in order
    ]


def _distances(feature: Feature, deals: npt.NDArray[np.bool_]) -> tuple[Counts, Counts]:
    """Give KS and PSI of a feature for each way to deal its blocks out."""
    later = deals.astype(np.float64)
    b = later @ feature.counts
    a = (1 - later) @ feature.counts
    return _ks(feature, _shares(a[:, :-1]), _shares(b[:, :-1])), _psi(a, b)


def _ks(feature: Feature, a: Counts, b: Counts) -> Counts:
    if feature.kind == "channel":
        found: Counts = np.abs(a.cumsum(axis=1) - b.cumsum(axis=1)).max(axis=1)
        return found
    half: Counts = np.abs(a - b).sum(axis=1) / 2
    return half


def _psi(a: Counts, b: Counts) -> Counts:
    """Give the population stability index, with half a row added to each bin."""
    p, q = _shares(a + 0.5), _shares(b + 0.5)
    found: Counts = ((p - q) * np.log(p / q)).sum(axis=1)
    return found


def _told(
    feature: Feature,
    measured: tuple[Counts, Counts],
    in_b: npt.NDArray[np.bool_],
    *,
    moved: bool,
) -> Distance:
    ks, psi = measured
    a, b, value = feature.a, feature.b, ""
    if feature.values:
        shares_a = _shares(feature.counts[~in_b].sum(axis=0)[None])[0]
        shares_b = _shares(feature.counts[in_b].sum(axis=0)[None])[0]
        top = int(np.argmax(shares_b - shares_a))
        a, b = round(float(shares_a[top]), 4), round(float(shares_b[top]), 4)
        value = feature.values[top]
    return Distance(
        name=feature.name,
        side=feature.side,
        kind=feature.kind,
        unit=feature.unit or ("share" if feature.values else ""),
        value=value,
        a=a,
        b=b,
        ks=round(float(ks[0]), 4),
        ks_noise=round(float(np.quantile(ks[1:], _QUANTILE)), 4),
        psi=round(float(psi[0]), 4),
        psi_noise=round(float(np.quantile(psi[1:], _QUANTILE)), 4),
        moved=moved,
    )


def _shares(counts: Counts) -> Counts:
    total = np.maximum(counts.sum(axis=1, keepdims=True), 1e-12)
    shares: Counts = counts / total
    return shares
