"""`sidewatch keys` and `sidewatch audit` as an operator uses them, on the embedded store."""

import json

import pytest
import typer
from typer.testing import CliRunner

from monitor.access.keys import key_id
from monitor.access.owner import OwnerError
from monitor.cli.audit import app as audit
from monitor.cli.erase import erase
from monitor.cli.keys import app as keys
from monitor.settings import SettingsError

ALL = typer.Typer()
ALL.add_typer(keys, name="keys")
ALL.add_typer(audit, name="audit")


@pytest.fixture
def run(tmp_path_factory, monkeypatch):
    """Runs a command on a store of its own; what it printed."""
    # Not pytest's own folder: the path of a socket may not exceed about 100 bytes.
    monkeypatch.setenv("SIDEWATCH_STORE_DATA_DIR", str(tmp_path_factory.mktemp("s")))

    def call(*arguments, code=0):
        done = CliRunner().invoke(ALL, arguments)
        assert done.exit_code == code, (done.output, done.exception)
        return done.stdout

    return call


def test_a_key_is_shown_once_and_every_step_is_in_a_log_that_is_whole(run):
    key = run(
        "keys", "create", "pager", "--scope", "operate", "--ttl", "90d", "--by", "ada"
    ).strip()
    (record,) = json.loads(run("keys", "list", "--json"))
    assert record["id"] == key_id(key)
    assert record["expires"] - record["created"] == 90 * 86_400
    assert not {"salt", "hash"} & set(record)
    assert key.split("_", 2)[2] not in run("keys", "list")
    run("keys", "revoke", record["id"], "--by", "ada")
    assert "no more" in run("keys", "list")
    entries = json.loads(run("audit", "list", "--json"))
    assert [(e["action"], e["by"]) for e in entries] == [
        ("key.revoke", "ada"),
        ("key.create", "ada"),
    ]
    assert "2 entries, whole" in run("audit", "verify")
    assert entries[0]["hash"] in run("audit", "verify", "--expect", entries[1]["hash"])
    assert "not among them" in run("audit", "verify", "--expect", "0" * 64, code=1)


def test_a_span_that_is_none_is_refused_by_its_option(run):
    done = CliRunner().invoke(ALL, ["keys", "create", "pager", "--ttl", "soon"])
    assert isinstance(done.exception, SettingsError)
    assert "--ttl" in str(done.exception)


def test_erasing_asks_first_and_tells_what_went(run):
    single = typer.Typer()
    single.command()(erase)
    refused = CliRunner().invoke(single, ["--tenant", "acme"], input="n\n")
    assert refused.exit_code == 1
    assert run("audit", "list", "--json").strip() == "[]"
    done = CliRunner().invoke(single, ["--tenant", "acme", "--by", "ada", "--yes", "--json"])
    assert done.exit_code == 0, (done.output, done.exception)
    told = json.loads(done.stdout)
    assert told["left"] == {"exchanges": 0, "incidents": 0}
    (entry,) = json.loads(run("audit", "list", "--json"))
    assert (entry["action"], entry["hash"]) == ("data.erase", told["entry"])
    nobody = CliRunner().invoke(single, ["--yes"])
    assert isinstance(nobody.exception, OwnerError)
