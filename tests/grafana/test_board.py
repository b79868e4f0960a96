import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from exported_metrics import check_expression
from grafana_board import BOARD, panel_queries

GRAFANA = BOARD.parents[1]
QUERIES = panel_queries()


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.panel)
def test_a_panel_asks_for_what_is_exported(query):
    check_expression(query.over("1m"))


def test_the_committed_board_is_what_the_code_makes(tmp_path):
    made = tmp_path / "overview.json"
    subprocess.run([sys.executable, GRAFANA / "build.py", made], check=True)
    assert made.read_text() == BOARD.read_text(), "run: python grafana/build.py"


def test_panels_are_numbered_and_do_not_overlap():
    panels = json.loads(BOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = set()
    for panel in panels:
        x, y, w, h = (panel["gridPos"][key] for key in "xywh")
        cells = {(column, row) for column in range(x, x + w) for row in range(y, y + h)}
        assert not cells & taken, panel["title"]
        assert x + w <= 24
        taken |= cells


def test_every_panel_says_what_it_shows():
    for panel in json.loads(BOARD.read_text())["panels"]:
        assert panel["type"] == "row" or len(panel["description"]) > 10, panel["title"]


@pytest.mark.parametrize("path", sorted(Path(GRAFANA / "provisioning").rglob("*.yaml")), ids=str)
def test_provisioning_is_yaml_of_version_1(path):
    assert yaml.safe_load(path.read_text())["apiVersion"] == 1
