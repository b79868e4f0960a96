import subprocess
from pathlib import Path

import pytest
import yaml
from exported_metrics import check_expression
from prometheus_server import tool

PROMETHEUS = Path(__file__).parents[2] / "deploy" / "prometheus"
RULES = [
    rule
    for group in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]


@pytest.mark.parametrize(
    "arguments",
    [
        # Only the syntax: the key's file is in the container.
        ["check", "config", "--syntax-only", "prometheus.yml"],
        ["check", "rules", "alerts.yml"],
        ["test", "rules", "alerts_test.yml"],
    ],
    ids=" ".join,
)
def test_promtool_is_content(arguments):
    subprocess.run([tool("promtool"), *arguments], cwd=PROMETHEUS, check=True)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_is_exported_and_says_what_to_do(rule):
    check_expression(rule["expr"])
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert len(rule["annotations"]["description"]) > 40


def test_every_alert_is_seen_to_fire():
    cases = (PROMETHEUS / "alerts_test.yml").read_text()
    for rule in RULES:
        fires = (
            f'alertname="{rule["alert"]}"' in cases
            or "exp_labels"
            in cases.partition(f"alertname: {rule['alert']}\n        exp_alerts:\n          -")[2]
        )
        assert fires, rule["alert"]
