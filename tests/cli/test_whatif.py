"""Labels and what-if as an operator uses them, on the embedded store."""

import asyncio
import json
import zipfile
from dataclasses import replace

import pytest
from exchanges import HARM, make_exchange
from incidents import make_incident
from msgspec.json import encode
from typer.testing import CliRunner

from monitor.cli.commands import app
from monitor.connect import connected_store
from monitor.errors import MonitorError
from monitor.pipeline.observe import observe
from monitor.record import encode_record, make_record
from monitor.settings import StoreSettings

STARTED = 1_764_000_000.0
IN_FORCE = '{"unsafe": 0.9, "hate": 0.4}'
SAME = '[safety]\nthresholds_prompt = {unsafe = 0.9, hate = 0.4}\nsecond_stage = "none"\n'
STRICT = '[safety]\nthresholds_prompt = {hate = 0.25, illicit = 0.01}\nsecond_stage = "none"\n'


@pytest.fixture
def sidewatch(tmp_path, tmp_path_factory, monkeypatch):
    """Runs a command in a folder of its own; its result. `store` does something with the store."""
    monkeypatch.chdir(tmp_path)
    # Not pytest's own folder: the path of a socket may not exceed about 100 bytes.
    folder = str(tmp_path_factory.mktemp("s"))
    monkeypatch.setenv("SIDEWATCH_STORE_DATA_DIR", folder)
    monkeypatch.setenv("SIDEWATCH_POLICY_SAFETY_SECOND_STAGE", "none")
    monkeypatch.setenv("SIDEWATCH_POLICY_SAFETY_THRESHOLDS_PROMPT", IN_FORCE)
    (tmp_path / "strict.toml").write_text(STRICT)

    def run(*arguments, code=0):
        done = CliRunner().invoke(app, arguments)
        if code != 2:
            assert done.exit_code == code, (done.output, done.exception)
        return done

    def store(do):
        async def work():
            async with connected_store(StoreSettings(data_dir=folder)) as opened:
                return await do(opened)

        return asyncio.run(work())

    run.store = store
    return run


@pytest.fixture
def stored(sidewatch):
    """Ten exchanges whose prompts score 0.0 to 0.9 for hate, five of a tenant."""

    async def fill(store):
        records = []
        for n in range(10):
            exchange = make_exchange(n, tenant="acme" if n % 2 else "")
            x = replace(observe(exchange), scores={"prompt": {"unsafe": 0.0, "hate": n / 10}})
            record = encode_record(make_record(exchange, x, mode="full", policy="p"))
            records.append((exchange.id, exchange.ts, record))
        await store.put_exchanges(records, ttl=3_600.0)

    sidewatch.store(fill)


def replayed(sidewatch, *more):
    return sidewatch("replay", "--since", "2025-01-01", "--policy", "strict.toml", *more)


def test_another_policy_is_tried_on_stored_traffic_without_scoring_it_again(sidewatch, stored):
    told = json.loads(replayed(sidewatch, "--detectors", "safety", "--json").stdout)
    difference = told["difference"]
    assert (difference["exchanges"], difference["flagged_before"]) == (10, 6)
    assert [found["exchange_id"] for found in difference["new"]] == ["x00003"]
    assert difference["by_category"] == {
        "safety.hate": {"before": 6, "after": 7, "new": 1, "gone": 0, "changed": 0}
    }
    assert difference["by_tenant"]["acme"]["new"] == 1
    assert told["before"] != told["after"]
    assert told["notes"] == ["exchanges that were judged by another policy at the time: 10 by p"]


def test_a_person_is_told_the_same_and_what_is_not_judged(sidewatch, stored):
    told = replayed(sidewatch, "--out", "whole.json").stderr
    assert "10 exchanges; with a finding 6 by policy" in told
    assert "new: safety.hate 0.3 warning on exchange x00003" in told
    assert "drift: not judged" in told


def test_a_time_range_bounds_the_traffic(sidewatch, stored):
    for until, count in (("2025-11-24T16:00:04", 5), ("2025-06-01", 0)):
        told = json.loads(replayed(sidewatch, "--until", until, "--json").stdout)
        assert told["difference"]["exchanges"] == count


def test_a_file_is_scored_once_and_judged_by_both(sidewatch, tmp_path):
    exchanges = [make_exchange(0), make_exchange(1, prompt=HARM)]
    (tmp_path / "x.jsonl").write_bytes(b"\n".join(map(encode, exchanges)))
    arguments = ("x.jsonl", "--diff", "--detectors", "safety", "--json")
    told = json.loads(sidewatch("replay", *arguments, "--policy", "strict.toml").stdout)
    difference = told["difference"]
    assert {found["exchange_id"] for found in difference["new"]} <= {"x00000", "x00001"}
    assert difference["flagged_after"] >= 1
    (tmp_path / "same.toml").write_text(SAME)
    told = json.loads(sidewatch("replay", *arguments, "--policy", "same.toml").stdout)
    assert told["before"] == told["after"]
    assert told["difference"]["new"] == told["difference"]["gone"] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "either a FILE"),
        (["x.jsonl", "--since", "1h", "--policy", "strict.toml"], "either a FILE"),
        (["--since", "1h"], "--policy FILE"),
        (["x.jsonl", "--diff"], "--policy FILE"),
        (["x.jsonl", "--diff", "--until", "1h", "--policy", "strict.toml"], "--since SPAN too"),
        (["x.jsonl", "--json"], "--json needs --diff"),
        (["--since", "1h", "--policy", "strict.toml", "--baseline", "b"], "--baseline"),
    ],
)
def test_what_does_not_go_together_is_told(sidewatch, arguments, told):
    done = sidewatch("replay", *arguments, code=2)
    assert isinstance(done.exception, MonitorError)
    assert told in str(done.exception)


def test_an_incident_is_labelled_and_shows_it(sidewatch):
    incident = make_incident("i1", title="safety: hate on m", exchange_ids=["x1"])
    sidewatch.store(lambda store: store.save_incident(incident, expected_version=0))
    label = ("incidents", "label", "i1", "false-positive", "--by", "ada", "--reason", "a quotation")
    assert "i1 is a false positive" in sidewatch(*label).stdout
    told = json.loads(sidewatch("incidents", "show", "i1", "--json").stdout)
    assert told["incident"]["verdict"] == "false_positive"
    (given,) = sidewatch.store(lambda store: store.labels_of("i1"))
    assert (given.by, given.reason, given.exchange_id) == ("ada", "a quotation", "x1")
    assert "false positive" in sidewatch("incidents", "show", "i1").stdout
    again = sidewatch("incidents", "label", "i2", "true-positive", code=2)
    assert "no incident 'i2'" in str(again.exception)


def test_an_incident_is_written_as_one_file_to_send_on(sidewatch, tmp_path):
    incident = make_incident("i1", exchange_ids=["x1"])
    sidewatch.store(lambda store: store.save_incident(incident, expected_version=0))
    assert "incident-i1.zip" in sidewatch("incidents", "bundle", "i1", "--zip").stderr
    assert zipfile.is_zipfile(tmp_path / "incident-i1.zip")
    sidewatch("incidents", "bundle", "i1", "--zip", "--texts", "none", "--out", "x.zip")
    with zipfile.ZipFile("x.zip") as opened:
        assert b"are left out" in opened.read("i1/README.txt")
