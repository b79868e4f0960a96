"""Two small kinds of picture, as SVG text: bars by name, and lines over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_WIDTH = 360
_LEFT, _RIGHT = 78, 70
_ROW = 20
_HEAD = 28
_COLUMNS = 2
_LINE_HEIGHT = 110
_THOUSAND = 1000
_COLOURS = ("#4a6fa5", "#c0603f", "#5b8c5a")
_STYLE = (
    "<style>text{font:12px sans-serif;fill:#333}.t{font-weight:bold}.s{fill:#777}"
    ".g{stroke:#ddd;fill:none}</style>"
)


def page(panels: Sequence[tuple[str, int]], *, columns: int = _COLUMNS) -> str:
    """Panels, each its SVG and height, set in columns."""
    parts, bottoms = [], [0] * columns
    for place, (drawn, height) in enumerate(panels):
        column = place % columns
        parts.append(f'<g transform="translate({column * _WIDTH},{bottoms[column]})">{drawn}</g>')
        bottoms[column] += height
    size = f'width="{columns * _WIDTH}" height="{max(bottoms)}"'
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{_STYLE}'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n'
    )


def bars(title: str, values: Mapping[str, float], *, left: int = _LEFT) -> tuple[str, int]:
    """One bar for each name, with its value; and the height of the panel. Names end at `left`."""
    parts = [_text(8, 18, title, "t")]
    most = max([*values.values(), 0.0]) or 1.0
    for row, (name, value) in enumerate(values.items()):
        y = _HEAD + row * _ROW
        length = max(0.0, value) / most * (_WIDTH - left - _RIGHT)
        parts.append(_text(8, y + 13, name))
        parts.append(
            f'<rect x="{left}" y="{y}" width="{length:.1f}" height="14" fill="{_COLOURS[0]}"/>'
        )
        parts.append(_text(left + length + 5, y + 13, shown(value), "s"))
    return "".join(parts), _HEAD + len(values) * _ROW + 14


def lines(
    title: str, xs: Sequence[float], series: Mapping[str, Sequence[float]], *, unit: str
) -> tuple[str, int]:
    """Series over the same x, from zero to their greatest value; and the height of the panel."""
    most = max((value for values in series.values() for value in values), default=0.0) or 1.0
    span = (xs[-1] - xs[0]) or 1.0
    width = _WIDTH - _LEFT - 16
    parts = [_text(8, 18, title, "t"), _text(8, _HEAD + 10, f"{shown(most)} {unit}", "s")]
    parts.append(f'<path class="g" d="M{_LEFT} {_HEAD}v{_LINE_HEIGHT}h{width}"/>')
    for place, (name, values) in enumerate(series.items()):
        points = " ".join(
            f"{_LEFT + (x - xs[0]) / span * width:.1f},"
            f"{_HEAD + (1 - max(0.0, y) / most) * _LINE_HEIGHT:.1f}"
            for x, y in zip(xs, values, strict=True)
        )
        colour = _COLOURS[place % len(_COLOURS)]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
        y = _HEAD + 26 + 15 * place
        parts.append(f'<text x="8" y="{y}" style="fill:{colour}">{escape(name)}</text>')
    foot = _HEAD + _LINE_HEIGHT + 16
    parts.append(_text(_LEFT, foot, f"{xs[0]:.0f} s", "s"))
    parts.append(_text(_WIDTH - 60, foot, f"{xs[-1]:.0f} s", "s"))
    return "".join(parts), foot + 18


def shown(value: float) -> str:
    """A figure to three places, or whole from a thousand on."""
    return f"{value:,.0f}" if abs(value) >= _THOUSAND else f"{value:.3g}"


def _text(x: float, y: float, text: str, kind: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}">{escape(text)}</text>'
