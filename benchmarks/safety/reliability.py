"""Whether `unsafe` means what it says: share of unsafe texts by score, its error and its picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from judging import Array, logistic, own_texts
from stacking import POSITIVE_SHARE, Scored

from detectors.safety.evaluation.calibration import BINS, Bin
from monitor.evaluation.curves import reliability

_STYLE = (
    "<style>text{font:11px sans-serif;fill:#333}path{stroke:#999;fill:none}"
    ".guide{stroke-dasharray:4 3}.dot{fill:#4a6fa5}</style>"
)
_WIDTH, _HEIGHT, _HEAD = 240, 238, 22


def reliability_bins(x: Scored, logits: Array) -> list[dict[str, float]]:
    """Mean score and share of unsafe texts, by tenth of the scale, on unseen public sources.

    Rows count so that every tenth text is unsafe, as the curves assume.
    """
    labels = x.labels("unsafe")
    chosen = x.unseen & np.isfinite(labels) & ~own_texts(x)
    y, p = labels[chosen], logistic(logits[chosen, 0])
    w = np.where(y == 1, POSITIVE_SHARE / (y == 1).sum(), (1 - POSITIVE_SHARE) / (y == 0).sum())
    place = np.minimum((p * BINS).astype(int), BINS - 1)
    inside = [place == number for number in range(BINS)]
    return [
        {
            "texts": int(own.sum()),
            "weight": round(float(w[own].sum()), 4),
            "score": round(float((w * p)[own].sum() / w[own].sum()), 3),
            "unsafe": round(float((w * y)[own].sum() / w[own].sum()), 3),
        }
        for own in inside
        if own.any()
    ]


def expected_error(bins: list[dict[str, float]]) -> float:
    """The mean distance between score and truth over all texts."""
    return round(sum(b["weight"] * abs(b["score"] - b["unsafe"]) for b in bins), 3)


def picture(sides: Mapping[str, Any]) -> str:
    """Both sides' curves as one SVG."""
    parts = []
    for place, (side, found) in enumerate(sides.items()):
        bins = [Bin(int(b["texts"]), b["score"], b["unsafe"]) for b in found["reliability"]]
        title = f'<text x="40" y="14">unsafe, {side}s: ECE {found["calibration_error"]}</text>'
        moved = f'<g transform="translate(0,{_HEAD})">{reliability(bins)}</g>'
        parts.append(f'<g transform="translate({place * _WIDTH},0)">{title}{moved}</g>')
    size = f'width="{len(parts) * _WIDTH}" height="{_HEIGHT + _HEAD}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{_STYLE}'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )
