"""Two small pictures of a category, as SVG: precision over recall, and reliability."""

from __future__ import annotations

from collections.abc import Sequence

from detectors.safety.evaluation.calibration import Bin
from detectors.safety.evaluation.figures import Point

_SIZE = 180
_LEFT, _TOP, _FOOT = 40, 24, 34


def precision_recall(points: Sequence[Point]) -> str:
    """Precision over recall, from the highest threshold to the lowest."""
    line = " ".join(f"{_x(p.recall)},{_y(p.precision)}" for p in points)
    drawn = f'<polyline class="curve" points="{line}"/>'
    return _frame("precision over recall", "recall", drawn)


def reliability(bins: Sequence[Bin]) -> str:
    """The share of positives over the mean score; on the diagonal a probability means what it says."""
    diagonal = f'<path class="guide" d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}"/>'
    dots = "".join(
        f'<circle class="dot" cx="{_x(b.score)}" cy="{_y(b.positive)}" r="3">'
        f"<title>{b.texts} texts: score {b.score:.2f}, positive {b.positive:.2f}</title></circle>"
        for b in bins
    )
    return _frame("share of positives over score", "score", diagonal + dots)


def _frame(title: str, axis: str, drawn: str) -> str:
    width, height = _LEFT + _SIZE + 12, _TOP + _SIZE + _FOOT
    box = f'<path class="axis" d="M{_x(0)} {_y(1)}V{_y(0)}H{_x(1)}"/>'
    words = (
        f'<text x="{_LEFT}" y="15">{title}</text>'
        f'<text x="{_x(0.5)}" y="{height - 4}" text-anchor="middle">{axis}</text>'
    )
    ticks = "".join(
        f'<text x="{_x(v)}" y="{_y(0) + 14}" text-anchor="middle">{v:g}</text>'
        f'<text x="{_LEFT - 6}" y="{_y(v) + 4}" text-anchor="end">{v:g}</text>'
        for v in (0.0, 0.5, 1.0)
    )
    return (
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{title}">{box}{words}{ticks}{drawn}</svg>'
    )


def _x(share: float) -> float:
    return round(_LEFT + share * _SIZE, 1)


def _y(share: float) -> float:
    return round(_TOP + (1 - share) * _SIZE, 1)
