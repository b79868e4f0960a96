"""Writes the overview board as Grafana reads it: python grafana/build.py [FILE]."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from board import BANDS, Tile
from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models

TARGET = Path(__file__).parent / "dashboards" / "overview.json"

_SOURCE = common_models.DataSourceRef(type_val="prometheus", uid="${datasource}")
_WIDTH = 24
_GRAPH, _NUMBER = (8, 8), (3, 4)
"""Width and height on Grafana's grid of 24 columns."""


def build() -> str:
    """The board as JSON, the same every time."""
    board = (
        dashboard.Dashboard("Sidewatch overview")
        .uid("sidewatch-overview")
        .description("Traffic, findings and the health of the monitoring itself.")
        .tags(["sidewatch"])
        .time("now-1h", "now")
        .refresh("10s")
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .with_variable(
            dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
        )
    )
    top = 0
    numbers = itertools.count(1)
    for band in BANDS:
        place = models.GridPos(h=1, w=_WIDTH, x=0, y=top)
        board.with_row(dashboard.Row(band.title).id(next(numbers)).grid_pos(place))
        top += 1
        left = height = 0
        for tile in band.tiles:
            width, tall = _NUMBER if tile.kind == "number" else _GRAPH
            if left + width > _WIDTH:
                left, top = 0, top + height
            place = models.GridPos(h=tall, w=width, x=left, y=top)
            board.with_panel(_panel(tile).id(next(numbers)).grid_pos(place))
            left, height = left + width, tall
        top += height
    return JSONEncoder(sort_keys=True, indent=2).encode(board.build()) + "\n"


def _panel(tile: Tile) -> stat.Panel | timeseries.Panel:
    panel = _number(tile) if tile.kind == "number" else _graph(tile)
    panel.title(tile.title).description(tile.description).unit(tile.unit).datasource(_SOURCE)
    for place, query in enumerate(tile.queries):
        target = prometheus.Dataquery().expr(query.expr).ref_id(chr(ord("A") + place))
        panel.with_target(target.legend_format(query.legend or "__auto"))
    return panel


def _number(tile: Tile) -> stat.Panel:
    steps = [models.Threshold(value=None, color="green")]
    steps += [models.Threshold(value=value, color=colour) for value, colour in tile.steps]
    thresholds = dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)
    return (
        stat.Panel()
        .graph_mode(common_models.BigValueGraphMode.AREA)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(thresholds)
    )


def _graph(tile: Tile) -> timeseries.Panel:
    legend = common.VizLegendOptions().display_mode(common_models.LegendDisplayMode.LIST)
    panel = timeseries.Panel().axis_soft_min(0).line_width(1).fill_opacity(10)
    panel.legend(
        legend.placement(common_models.LegendPlacement.BOTTOM).show_legend(show_legend=True)
    )
    if tile.stacked:
        panel.stacking(common.StackingConfig().mode(common_models.StackingMode.NORMAL))
    return panel


if __name__ == "__main__":
    (Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET).write_text(build(), encoding="utf-8")
