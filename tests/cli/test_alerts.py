"""`sidewatch alerts` as an operator uses it, on the embedded store."""

import asyncio
import json

import pytest
from alert_receivers import HttpReceiver
from typer.testing import CliRunner

from monitor.alerts.errors import AlertError
from monitor.alerts.lines import Outgoing
from monitor.alerts.message import Message
from monitor.alerts.records import delivery_of, letter_of
from monitor.cli.alerts import app
from monitor.cli.config import app as config_app
from monitor.connect import connected_store
from monitor.settings import load

CONFIG = """
[alerts.channels.ops]
kind = "webhook"
url = "env:OPS_URL"
secret = "env:OPS_SECRET"

[alerts.channels.down]
kind = "alertmanager"
url = "http://127.0.0.1:1/hidden"

[[alerts.routes]]
channels = ["ops"]
"""


@pytest.fixture
def receiver():
    opened = HttpReceiver()
    yield opened
    opened.close()


@pytest.fixture
def run(tmp_path, tmp_path_factory, monkeypatch, receiver):
    """Runs a command on a store of its own; what it printed."""
    path = tmp_path / "sidewatch.toml"
    path.write_text(CONFIG)
    monkeypatch.setenv("OPS_URL", receiver.url)
    monkeypatch.setenv("OPS_SECRET", "a secret")
    # Not pytest's own folder: the path of a socket may not exceed about 100 bytes.
    monkeypatch.setenv("SIDEWATCH_STORE_DATA_DIR", str(tmp_path_factory.mktemp("s")))

    def call(*arguments, code=0):
        done = CliRunner().invoke(app, [*arguments, "--config", str(path)])
        assert done.exit_code == code, (done.output, done.exception)
        if isinstance(done.exception, AlertError):
            return str(done.exception)
        return done.stdout

    return call


def put(*letters):
    async def do():
        async with connected_store(load().store) as store:
            for each in letters:
                await store.put_dead_letter(letter_of(each, at=1.0))
                await store.put_delivery(delivery_of(each, "dead", at=1.0))

    asyncio.run(do())


def asked():
    async def do():
        async with connected_store(load().store) as store:
            return [each.id for each in await store.asked_again()]

    return asyncio.run(do())


def outgoing(name):
    message = Message(
        id=name, at=1.0, status="firing", severity="info", title="[info] x", text="", markdown=""
    )
    return Outgoing(channel="ops", message=message, since=1.0, next_at=1.0, tries=4, error="no")


def test_a_test_says_what_happened_and_fails_where_a_channel_does(run, receiver):
    assert run("test", "ops").startswith("ops (webhook): delivered in ")
    assert receiver.got[0].json["status"] == "test"
    assert "webhook-signature" in receiver.got[0].headers
    told = run("test", code=1)
    assert "down (alertmanager): failed: ConnectionRefusedError" in told
    assert "hidden" not in told
    found = json.loads(run("test", "--json", code=1))
    assert [(each["channel"], bool(each["error"])) for each in found] == [
        ("down", True),
        ("ops", False),
    ]


def test_a_test_of_a_channel_without_its_secret_fails(run, monkeypatch):
    monkeypatch.delenv("OPS_SECRET")
    told = run("test", "ops", code=1)
    assert "alerts.channels.ops.secret: nothing is in env:OPS_SECRET" in told


def test_there_is_no_test_of_a_channel_that_is_not_there(run):
    assert "there is no channel 'nobody'; channels: down, ops" in run("test", "nobody", code=1)


def test_tries_and_channels_are_listed(run):
    put(outgoing("m1"))
    found = json.loads(run("list", "--json"))
    assert [each["name"] for each in found["channels"]] == ["down", "ops"]
    assert [each["outcome"] for each in found["items"]] == ["dead"]
    assert "[info] x" in run("list")


def test_dead_letters_are_listed_sent_again_and_dropped(run):
    put(outgoing("m1"), outgoing("m2"))
    assert {each["id"] for each in json.loads(run("dead", "list", "--json"))} == {
        "m1.ops",
        "m2.ops",
    }
    assert "m1.ops" in run("dead", "list")
    assert run("dead", "retry", "m1.ops").strip() == "1 to be sent again"
    assert asked() == ["m1.ops"]
    assert run("dead", "retry", "--all").strip() == "2 to be sent again"
    assert run("dead", "drop", "m1.ops").strip() == "1 dropped"
    assert asked() == ["m2.ops"]
    assert "there is no dead letter 'm1.ops'" in run("dead", "drop", "m1.ops", code=1)
    assert "name one dead letter" in run("dead", "drop", code=1)
    assert run("dead", "drop", "--all").strip() == "1 dropped"


def test_a_url_of_a_channel_is_not_shown_with_the_settings(tmp_path):
    path = tmp_path / "sidewatch.toml"
    path.write_text(CONFIG)
    shown = CliRunner().invoke(config_app, ["show", str(path)]).stdout
    assert "hidden" not in shown
    assert json.loads(shown)["alerts"]["channels"]["ops"]["url"] == "env:OPS_URL"
