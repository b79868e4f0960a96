"""`sidewatch baseline` as an operator uses it, on the embedded store."""

import asyncio
import json

import pytest
from baselines import make_baseline, store_exchanges
from exchanges import make_exchange
from incidents import make_incident
from msgspec.json import encode
from typer.testing import CliRunner

from detectors.baseline import Baseline
from monitor.cli.baseline import app
from monitor.cli.spans import moment
from monitor.connect import connected_store
from monitor.errors import MonitorError
from monitor.settings import SettingsError, load

NOW = 1_764_000_000.0


@pytest.fixture
def baseline(tmp_path, tmp_path_factory, monkeypatch):
    """Runs a subcommand in a folder of its own; its result."""
    monkeypatch.chdir(tmp_path)
    # Not pytest's own folder: the path of a socket may not exceed about 100 bytes.
    monkeypatch.setenv("SIDEWATCH_STORE_DATA_DIR", str(tmp_path_factory.mktemp("s")))
    monkeypatch.setenv("SIDEWATCH_POLICY_DETECTORS", '["drift"]')

    def run(*arguments, code=0):
        done = CliRunner().invoke(app, arguments)
        if code != 2:
            assert done.exit_code == code, (done.output, done.exception)
        return done

    return run


@pytest.fixture
def files(tmp_path):
    """Two baselines as files, the second of longer prompts."""
    for name, longer in (("a", 0.0), ("b", 0.6)):
        data = make_baseline(name, seed=ord(name), longer=longer).to_bytes()
        (tmp_path / f"{name}.baseline").write_bytes(data)


def names(done):
    return [record["name"] for record in json.loads(done.stdout)]


def test_a_file_goes_through_the_store_and_comes_out_as_it_was(baseline, files, tmp_path):
    baseline("import", "a.baseline", "--name", "chat", "--by", "ada")
    baseline("import", "b.baseline", "--name", "chat")
    baseline("import", "a.baseline", "--name", "chat")
    assert names(baseline("list", "--json")) == ["chat@1", "chat@2"]
    baseline("export", "chat@1", "--out", "out.baseline")
    found = Baseline.from_bytes((tmp_path / "out.baseline").read_bytes())
    assert (found.name, found.digest) == ("chat", make_baseline("a", seed=ord("a")).digest)


def test_what_counts_is_promoted_and_taken_back(baseline, files):
    baseline("import", "a.baseline", "--name", "chat")
    baseline("import", "b.baseline", "--name", "chat")
    assert "every model without" in baseline("promote", "chat@1").stdout
    assert "chat@2" in baseline("promote", "chat", "--note", "new prompt").stdout
    assert "chat@1" in baseline("promote", "--undo", "--by", "ada").stdout
    used = {r["name"]: r["used_by"] for r in json.loads(baseline("list", "--json").stdout)}
    assert used == {"chat@1": [""], "chat@2": []}
    told = [
        (e["action"], e["subject"])
        for e in json.loads(baseline("history", "--json").stdout)
        if "keep" not in e["action"]
    ]
    assert told == [
        ("baseline.undo", "chat@1"),
        ("baseline.promote", "chat@2"),
        ("baseline.promote", "chat@1"),
    ]
    assert "new prompt" in baseline("history").stdout
    assert isinstance(baseline("delete", "chat@1", code=2).exception, MonitorError)
    baseline("delete", "chat@2")
    assert "all others" in baseline("list").stdout


def test_the_difference_of_two_files_is_told_and_judged(baseline, files):
    done = baseline("diff", "a.baseline", "b.baseline", code=1)
    assert "moved beyond chance: prompt_length" in done.stdout
    told = json.loads(baseline("diff", "a.baseline", "b.baseline", "--json", code=1).stdout)
    assert [each["name"] for each in told["distances"] if each["moved"]] == ["prompt_length"]
    assert "nothing moved" in baseline("diff", "a.baseline", "a.baseline").stdout


def test_a_baseline_is_shown_to_a_person_and_to_a_program(baseline, files):
    shown = baseline("show", "a.baseline").stdout
    assert "a.jsonl" in shown
    assert "24 of 24 hours of the day" in shown
    told = json.loads(baseline("show", "a.baseline", "--json").stdout)
    assert told["channels"]["prompt_log_length"]["present"] == 1.0


def test_a_built_baseline_tells_what_was_left_out(baseline, tmp_path):
    exchanges = [*(make_exchange(n) for n in range(110)), make_exchange(200, model="n")]
    (tmp_path / "x.jsonl").write_bytes(b"\n".join(map(encode, exchanges)))
    done = baseline("build", "x.jsonl", "--name", "chat", "--model", "m", "--promote")
    assert "chat@1: 110 exchanges" in done.stderr
    assert "1 left out: 1 another model" in done.stderr
    told = json.loads(baseline("show", "chat", "--json").stdout)
    assert told["thresholds"]["false_alarms_per_10000"] == 0.5
    (record,) = json.loads(baseline("list", "--json").stdout)
    assert (record["used_by"], record["provisional"]) == (["m"], False)


def test_a_drift_is_accepted_by_its_incident(baseline):
    async def put():
        async with connected_store(load().store) as store:
            exchanges = await store_exchanges(store, 140)
            incident = make_incident("d1", seen=exchanges[20].ts, detector="drift")
            await store.save_incident(incident, expected_version=0)

    asyncio.run(put())
    done = baseline("accept", "d1", "--by", "ada", "--note", "It stays.", "--json")
    accepted = json.loads(done.stdout)
    assert (accepted["baseline"]["name"], accepted["baseline"]["size"]) == ("m@1", 120)
    assert accepted["incident"]["status"] == "resolved"
    assert "accepted incident d1" in baseline("history").stdout
    told = baseline("show", "m").stdout
    assert "stored traffic since the change" in told
    assert "d1" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["build", "x.jsonl"], "--out FILE, or --name"),
        (["build", "--out", "x"], "--since SPAN"),
        (["build", "x.jsonl", "--until", "1h", "--out", "x"], "give --since"),
        (["build", "x.jsonl", "--out", "x", "--promote"], "--promote needs --name"),
        (["build", "x.jsonl", "--name", "a@2"], "cannot be a baseline's name"),
        (["promote"], "NAME of a baseline or --undo"),
        (["promote", "a", "--undo"], "NAME of a baseline or --undo"),
        (["show", "gone.baseline"], "there is no such file"),
        (["import", "gone"], "there is no such file"),
        (["promote", "gone"], "no stored baseline 'gone'"),
        (["accept", "gone"], "no incident 'gone'"),
    ],
)
def test_what_is_wrong_is_told(baseline, arguments, told):
    done = baseline(*arguments, code=2)
    assert isinstance(done.exception, MonitorError)
    assert told in str(done.exception)


def test_a_time_is_a_span_before_now_or_a_date():
    assert moment("6h", now=NOW, option="--since") == NOW - 21_600
    assert moment("1970-01-02", now=NOW, option="--since") == 86_400.0
    assert moment("1970-01-01T01:00+01:00", now=NOW, option="--since") == 0.0
    with pytest.raises(SettingsError, match="--until 'noon'"):
        moment("noon", now=NOW, option="--until")
