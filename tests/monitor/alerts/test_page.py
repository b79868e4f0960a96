"""What docs/alerts.md says is so."""

import re
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from prometheus_server import tool

from monitor.alerts.composing import trial
from monitor.alerts.message import Message, ToldIncident
from monitor.alerts.signing import signed
from monitor.settings import load

PAGE = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text()
NOW = 1_764_000_000.0


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("block", blocks("toml"))
def test_the_configurations_are_good(block, tmp_path):
    path = tmp_path / "sidewatch.toml"
    path.write_text(block)
    assert load(str(path), environ={}).alerts.channels


def test_the_receiver_tells_a_genuine_webhook_from_others():
    (block,) = blocks("python")
    names = {}
    exec(block, names)
    is_genuine = names["is_genuine"]
    headers = signed(b"key", "m1", NOW, b"{}")
    assert is_genuine(headers, b"{}", b"key", now=NOW)
    assert not is_genuine(headers, b"{ }", b"key", now=NOW)
    assert not is_genuine(headers, b"{}", b"other", now=NOW)
    assert not is_genuine(headers, b"{}", b"key", now=NOW + 301.0)
    assert not is_genuine(headers | {"webhook-id": "m2"}, b"{}", b"key", now=NOW)


def test_the_fields_of_a_webhook_are_all_on_the_page():
    names = {each.name for kind in (Message, ToldIncident) for each in fields(kind)}
    assert {name for name in names if f"`{name}`" not in PAGE} == set()
    assert trial("x", message_id="m", at=NOW).status == "test"


def test_an_alertmanager_takes_the_receiver_on_the_page(tmp_path):
    (block,) = blocks("yaml")
    config = yaml.safe_load(block) | {"route": {"receiver": "sidewatch"}}
    path = tmp_path / "alertmanager.yml"
    path.write_text(yaml.safe_dump(config))
    subprocess.run([tool("amtool"), "check-config", str(path)], check=True)
