"""`sidewatch silences` and `sidewatch mark` as an operator uses them, on the embedded store."""

import json

import pytest
import typer
from typer.testing import CliRunner

from monitor.cli.mark import mark
from monitor.cli.silences import app as silences
from monitor.settings import SettingsError
from monitor.silences.silencing import SilenceError

ALL = typer.Typer()
ALL.add_typer(silences, name="silences")
ALL.command("mark")(mark)


@pytest.fixture
def run(tmp_path_factory, monkeypatch):
    """Runs a command on a store of its own."""
    # Not pytest's own folder: the path of a socket may not exceed about 100 bytes.
    monkeypatch.setenv("SIDEWATCH_STORE_DATA_DIR", str(tmp_path_factory.mktemp("s")))
    return lambda *arguments: CliRunner().invoke(ALL, arguments)


def test_a_silence_is_added_listed_and_ended(run):
    added = run("silences", "add", "Load test.", "--for", "2h", "--detector", "latency", "--json")
    silence = json.loads(added.stdout)
    assert silence["until"] - silence["created"] == 7_200
    assert "detector latency" in run("silences", "list").stdout
    assert run("silences", "end", silence["id"]).exit_code == 0
    assert json.loads(run("silences", "list", "--json").stdout) == []
    (ended,) = json.loads(run("silences", "list", "--ended", "--json").stdout)
    assert ended["id"] == silence["id"]
    assert ended["until"] < silence["until"]


def test_what_cannot_be_a_silence_is_refused_with_the_reason(run):
    without = run("silences", "add", "Everything.", "--for", "2h").exception
    assert isinstance(without, SilenceError)
    assert "at least one of detector" in str(without)
    unknown = run("silences", "end", "nobody").exception
    assert isinstance(unknown, SilenceError)
    assert "no silence 'nobody'" in str(unknown)
    span = run("silences", "add", "Why.", "--for", "soon", "--model", "m").exception
    assert isinstance(span, SettingsError)
    assert "--for" in str(span)


def test_a_deployment_is_marked_at_a_time_in_the_past(run):
    asked = ("mark", "deployment", "vLLM 0.12", "--model", "m", "--version", "v0.12", "--json")
    now = json.loads(run(*asked).stdout)
    assert (now["kind"], now["text"], now["version"]) == ("deployment", "vLLM 0.12", "v0.12")
    earlier = json.loads(run(*asked, "--at", "10m").stdout)
    assert 500 < now["at"] - earlier["at"] <= 600
    assert run("mark", "party", "x").exit_code == 2
