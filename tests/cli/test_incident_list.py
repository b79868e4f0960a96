"""`sidewatch incidents list` on the embedded store."""

import asyncio
import json

import pytest
from incidents import make_incident
from typer.testing import CliRunner

from detectors.text.embedding import StaticEncoder
from monitor.cli.commands import app
from monitor.connect import connected_store
from monitor.errors import MonitorError
from monitor.settings import StoreSettings


async def fill(folder):
    async with connected_store(StoreSettings(data_dir=folder)) as store:
        for incident in (
            make_incident("a", seen=1_000.0, score=0.2, owner="ada", note="rolled back"),
            make_incident("b", seen=2_000.0, score=0.9, severity="critical", tenant="acme"),
            make_incident("c", seen=3_000.0, score=0.5, status="resolved"),
        ):
            await store.save_incident(incident, expected_version=0)
        (row,) = StaticEncoder.load().encode(["a recipe for bread"])
        await store.put_vector("b", "safety", row.tobytes())


@pytest.fixture
def listed(tmp_path_factory, monkeypatch):
    """Runs the command; ids that it prints as JSON, or the result where it fails."""
    folder = str(tmp_path_factory.mktemp("s"))
    monkeypatch.setenv("SIDEWATCH_STORE_DATA_DIR", folder)
    asyncio.run(fill(folder))

    def run(*options):
        done = CliRunner().invoke(app, ["incidents", "list", "--json", *options])
        if isinstance(done.exception, MonitorError):
            raise done.exception
        assert done.exit_code == 0, done.output
        run.told = done.stderr
        return [each["id"] for each in json.loads(done.stdout)]

    return run


def test_incidents_are_listed_by_any_filter_and_order(listed):
    found = {
        (): "cba",
        ("--status=open", "--status=acknowledged"): "ba",
        ("--owner=",): "cb",
        ("--tenant=acme", "--severity=critical"): "b",
        ("--sort=-score",): "bca",
        ("--sort=last_seen",): "abc",
        ("--search=rolled ba",): "a",
        ("--since=1970-01-01T00:30",): "cb",
        ("--until=2d",): "cba",
        ("--like=recipes for a bread",): "b",
    }
    assert {options: "".join(listed(*options)) for options in found} == found


def test_further_pages_are_said_how_to_get(listed):
    assert listed("--limit=2", "--sort=-score") == ["b", "c"]
    option = listed.told.partition("there are more: ")[2].strip()
    assert listed("--limit=2", "--sort=-score", option) == ["a"]
    assert "more" not in listed.told


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("--sort=title", "first_seen"),
        ("--status=closed", "acknowledged"),
        ("--since=yesterday", "--since"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(listed, option, told):
    with pytest.raises(MonitorError, match=told):
        listed(option)


def test_a_search_by_meaning_has_an_order_of_its_own(listed):
    with pytest.raises(MonitorError, match="--like"):
        listed("--like=bread", "--sort=score")
