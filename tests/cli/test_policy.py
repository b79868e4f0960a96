"""`sidewatch policy` as an operator uses it, on the embedded store."""

import asyncio
import json
import tomllib
from dataclasses import replace

import numpy as np
import pytest
from exchanges import make_exchange
from typer.testing import CliRunner

from monitor.cli.commands import app
from monitor.connect import connected_store
from monitor.errors import MonitorError
from monitor.labels.label import IncidentLabel
from monitor.pipeline.observe import observe
from monitor.policy import Policy
from monitor.record import encode_record, make_record
from monitor.settings import StoreSettings, load_policy

IN_FORCE = {"unsafe": 0.9, "hate": 0.4, "violence": 0.5}
CALIBRATE = ("policy", "calibrate", "--since", "2025-01-01")


@pytest.fixture
def folder(tmp_path, tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # Not pytest's own folder: the path of a socket may not exceed about 100 bytes.
    store = tmp_path_factory.mktemp("s")
    monkeypatch.setenv("SIDEWATCH_STORE_DATA_DIR", str(store))
    return store


def run(*arguments, code=0):
    done = CliRunner().invoke(app, arguments)
    if code != 2:
        assert done.exit_code == code, (done.output, done.exception)
    return done


@pytest.fixture
def labelled(folder, monkeypatch):
    """A thousand exchanges of which 40 are flagged for hate, wrongly, as people say."""

    monkeypatch.setenv("SIDEWATCH_POLICY_SAFETY_THRESHOLDS_PROMPT", json.dumps(IN_FORCE))

    async def fill():
        async with connected_store(StoreSettings(data_dir=str(folder))) as store:
            scores = np.concatenate([np.linspace(0, 0.39, 960), np.linspace(0.41, 0.8, 40)])
            records = []
            for n, score in enumerate(scores):
                exchange = make_exchange(n)
                x = replace(observe(exchange), scores={"prompt": {"hate": float(score)}})
                record = make_record(exchange, x, mode="none", policy="p")
                records.append((exchange.id, exchange.ts, encode_record(record)))
                if score > 0.4:
                    await store.put_label(label(exchange.id, record.scores))
            await store.put_exchanges(records, ttl=3_600.0)

    asyncio.run(fill())


def label(exchange_id, scores):
    return IncidentLabel(
        incident_id=f"i-{exchange_id}",
        exchange_id=exchange_id,
        verdict="false_positive",
        by="ada",
        at=1.0,
        detector="safety",
        kind="hate",
        rule="safety.prompt.hate",
        model="m",
        scores=scores,
    )


def test_thresholds_are_proposed_with_what_they_would_have_changed(labelled):
    told = json.loads(run(*CALIBRATE, "--target-fpr", "0.01", "--json").stdout)
    (proposal,) = [each for each in told["proposals"] if each["proposed"]]
    assert (proposal["part"], proposal["category"], proposal["wrong"]) == ("prompt", "hate", 40)
    assert proposal["false_positives"]["share"] == 0.04
    assert proposal["false_positives_after"]["count"] <= 10
    assert proposal["interval"]["low"] <= proposal["proposed"] <= proposal["interval"]["high"]
    assert (told["exchanges"], told["labels"]) == (1_000, 40)
    difference = told["difference"]
    assert difference["flagged_before"] == 40
    assert difference["flagged_after"] == 40 - len(difference["gone"]) <= 10


def test_what_is_proposed_is_a_policy_that_can_be_tried_and_is_not_applied(labelled, tmp_path):
    shown = run(*CALIBRATE, "--out", "piece.toml").stdout
    assert "of this traffic 10 exchanges would have been flagged, not 40" in shown
    tried = load_policy("piece.toml").safety.thresholds_prompt
    assert tried["hate"] > 0.4
    assert {**tried, "hate": 0.4} == IN_FORCE
    replayed = run("replay", "--since", "2025-01-01", "--policy", "piece.toml", "--json")
    assert len(json.loads(replayed.stdout)["difference"]["gone"]) == 30
    assert "hate = 0.4\n" in run("policy", "show").stdout


def test_where_nothing_should_change_the_piece_says_so(labelled):
    assert "# No threshold should change." in run(*CALIBRATE, "--target-fpr", "0.1").stdout
    told = json.loads(run(*CALIBRATE, "--target-fpr", "0.1", "--json").stdout)
    assert {each["reason"] for each in told["proposals"]} == {"within the target"}


@pytest.mark.parametrize("target", ["0", "1", "nan"])
def test_a_target_that_is_no_rate_is_refused(folder, target):
    done = run(*CALIBRATE, "--target-fpr", target, code=2)
    assert isinstance(done.exception, MonitorError)


def test_the_policy_shown_is_a_configuration_that_gives_it_again(folder, tmp_path):
    shown = run("policy", "show").stdout
    assert tomllib.loads(shown)["policy"]["safety"]["severity"]["response.hate"] == "critical"
    (tmp_path / "all.toml").write_text(shown)
    assert load_policy("all.toml") == Policy()
    assert json.loads(run("policy", "show", "--json").stdout)["version"] == Policy().version


def test_two_policies_differ_key_by_key(folder, tmp_path):
    given = Policy().safety.thresholds_given
    (tmp_path / "a.toml").write_text("[safety]\nthresholds_given = {jailbreak = 0.05}\n")
    told = json.loads(run("policy", "diff", "a.toml", "--json", code=1).stdout)
    assert told["changed"] == {
        "safety.thresholds_given.jailbreak": {"before": given["jailbreak"], "after": 0.05},
        "safety.thresholds_given.prompt_injection": {
            "before": given["prompt_injection"],
            "after": None,
        },
    }
    assert (
        f"jailbreak: {given['jailbreak']} -> 0.05" in run("policy", "diff", "a.toml", code=1).stdout
    )
    assert "0 keys differ" in run("policy", "diff", "a.toml", "a.toml").stdout
