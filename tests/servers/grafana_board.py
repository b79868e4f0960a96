"""The committed board, as its panels' queries."""

import json
from pathlib import Path
from typing import NamedTuple

BOARD = Path(__file__).parents[2] / "grafana" / "dashboards" / "overview.json"


class PanelQuery(NamedTuple):
    panel: str
    expr: str

    def over(self, window: str) -> str:
        """The expression with Grafana's own variable filled in."""
        return self.expr.replace("$__rate_interval", window)


def panel_queries(board: Path = BOARD) -> list[PanelQuery]:
    panels = json.loads(board.read_text())["panels"]
    return [
        PanelQuery(panel["title"], target["expr"])
        for panel in panels
        for target in panel.get("targets", [])
    ]
