import json
import re
import shlex
import subprocess
import tomllib
from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from detectors.base import Detection, Evidence
from detectors.shift import Carrier, Onset, Share, Shift, ShiftKind
from monitor.actions import drift, recommend
from monitor.cli.commands import app
from monitor.cli.config import app as config
from monitor.metrics.labels import KINDS
from monitor.policy import Policy
from monitor.settings import load_policy

NASTY = """o'neill"; rm -rf $(HOME) `id` & ünï *[?]"""
ONSET = Onset(5, "x1", 1.0, 0.0, 2.0)
EVERY = [(detector, kind) for detector, kinds in KINDS.items() for kind in kinds]


def detection(detector, kind, **fields):
    side = ".response" if detector == "safety" else ""
    given = {"rule": f"{detector}{side}.{kind}", "score": 0.97, "threshold": 0.5, "evidence": ()}
    return Detection(
        **(
            {
                "detector": detector,
                "detection_type": kind,
                "at": 1.0,
                "model": "smollm2",
                "route": "/v1/chat/completions",
                "tenant": "acme",
            }
            | given
            | fields
        )
    )


def shifted(kind, tenant="initech"):
    carrier = Carrier("tenant", tenant, 0.9, 0.3, 0.0, 12.0)
    shift = Shift(kind, (), ONSET, Share(0.3, 0.01), (carrier,))
    return detection("drift", "input_drift", shift=shift)


FOUND = [
    *(detection(*pair) for pair in EVERY),
    *map(shifted, drift.SHIFTS),
    *(
        detection("latency", kind, score=1.4, evidence=(Evidence(f"median_{kind}", 9.5, 5.0),))
        for kind in ("ttft", "tpot", "duration")
    ),
]


def recommended(found, **options):
    return recommend(found, "01INCIDENT", policy=Policy(), **options)


def named(found):
    shift = found.shift.kind if found.shift else ""
    return f"{found.detector}-{found.detection_type}-{shift}"


def all_of(form, found=tuple(FOUND)):
    return sorted({each.how for one in found for each in recommended(one) if each.form == form})


@pytest.mark.parametrize("found", FOUND, ids=named)
def test_every_kind_of_finding_has_something_to_do(found):
    actions = recommended(found)
    assert len(actions) >= 3
    for action in actions:
        assert action.what
        assert action.why
        assert action.how
        assert "{" not in action.what + action.why + action.risk


def parsed(words):
    """Parse a command line as `sidewatch` does, without running it; what is left over is an error."""
    command = typer.main.get_command(app)
    context = command.make_context("sidewatch", list(words))
    while hasattr(command, "resolve_command"):
        name, command, rest = command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        context = command.make_context(name, rest, parent=context)


def sidewatch_commands(how):
    """The `sidewatch` commands in shell commands, as lists of words."""
    lexer = shlex.shlex(how, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    found, words = [], []
    for token in [*lexer, ";"]:
        if re.fullmatch(r"[;&|]+", token):
            found.append(words)
            words = []
        else:
            words.append(token)
    return [each[1:] for each in found if each[:1] == ["sidewatch"]]


@pytest.mark.parametrize("how", all_of("shell"))
def test_every_command_that_is_recommended_is_one(how):
    checked = subprocess.run(["bash", "-n", "-c", how], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
    for words in sidewatch_commands(how):
        parsed(words)


def test_a_command_that_is_none_would_be_noticed():
    for words in (
        ["incidents", "list", "--tenat", "x"],
        ["incident", "list"],
        ["baseline", "accept"],
    ):
        with pytest.raises(Exception, match=r"(?i)no such|missing"):
            parsed(words)


@pytest.mark.parametrize("how", all_of("toml"))
def test_every_fragment_of_the_configuration_is_good(how, tmp_path):
    file = tmp_path / "sidewatch.toml"
    file.write_text(how)
    done = CliRunner().invoke(config, ["check", str(file)])
    assert done.exit_code == 0, (how, done.exception)


@pytest.mark.parametrize("how", all_of("json"))
def test_every_request_is_json(how):
    assert json.loads(how)


def test_a_higher_threshold_is_above_the_score_and_leaves_the_others(tmp_path):
    found = detection("safety", "violence", score=0.9312)
    (how,) = [each.how for each in recommended(found) if each.form == "toml"]
    file = tmp_path / "sidewatch.toml"
    file.write_text(how)
    before, after = Policy().safety.thresholds_response, load_policy(str(file)).safety
    assert 0.9312 < after.thresholds_response["violence"] <= 0.9322
    assert after.thresholds_response | {"violence": before["violence"]} == before


def test_no_threshold_is_recommended_where_none_would_do():
    for found in (
        detection("safety", "violence", score=0.9999),
        detection("safety", "pii", score=1.0),
        detection("safety", "violence", rule="safety.elsewhere"),
    ):
        assert [each for each in recommended(found) if each.form == "toml"] == []


@pytest.mark.parametrize("measure", ["ttft", "tpot", "duration"])
def test_a_looser_objective_is_kept_by_what_was_found_and_leaves_the_others(measure, tmp_path):
    seen = (Evidence(f"median_{measure}", 300.0, 5.0),)
    found = detection("latency", measure, model="a*b", evidence=seen)
    (how,) = [each.how for each in recommended(found) if each.form == "toml"]
    file = tmp_path / "sidewatch.toml"
    file.write_text(how)
    first, *others = load_policy(str(file)).latency.objectives
    assert getattr(first, measure) == 360.0
    assert first.covers("a*b", "/v1/chat/completions")
    assert not first.covers("axb", "/v1/chat/completions")
    assert tuple(others) == Policy().latency.objectives


def test_numbers_and_names_of_the_finding_are_filled_in():
    told = " ".join(each.why + each.how for each in recommended(detection("safety", "violence")))
    assert all(word in told for word in ("0.97", "--tenant acme", "--model smollm2", "01INCIDENT"))


def test_the_slow_replica_is_named_and_asked():
    slow = Evidence("slow_upstream", "http://10.0.0.3:8000", None, 100.0)
    first = recommended(detection("latency", "slow_replica", evidence=(slow,)))[0]
    assert "http://10.0.0.3:8000" in first.what
    assert "curl -s http://10.0.0.3:8000/health" in first.how


def test_the_model_server_is_asked_where_its_address_is_known():
    stall = detection("latency", "stall")
    assert (
        "curl -s http://10.0.0.3:8000/health"
        in recommended(stall, upstream="http://10.0.0.3:8000/")[0].how
    )
    assert "curl -s $UPSTREAM/health" in recommended(stall, upstream="replica-3")[0].how


def test_the_tenant_that_carries_a_change_is_named():
    wave = recommended(shifted("attack_wave"))[0]
    assert "initech carries" in wave.what
    assert "--tenant initech" in wave.how
    assert "--name with-initech" in recommended(shifted("new_tenant"))[0].how


def test_who_sends_a_burst_is_named():
    burst = detection(
        "anomaly", "burst", evidence=(Evidence("mostly from", "user 4f2a", "x", 0.1),)
    )
    assert recommended(burst)[0].what.startswith("Limit the rate of user 4f2a")


def test_what_is_not_known_is_left_out():
    unknown = detection("safety", "violence", model="", tenant="", route="")
    for action in recommended(unknown):
        assert "''" not in action.how
        assert "--tenant" not in action.how
        assert "this tenant" not in action.how


@pytest.mark.parametrize("found", FOUND, ids=named)
def test_names_that_strangers_chose_are_one_word_of_a_command(found):
    shift = found.shift and replace(
        found.shift, carriers=(replace(found.shift.carriers[0], name=NASTY),)
    )
    strange = replace(found, model=NASTY, tenant=NASTY, route=f"/{NASTY}", shift=shift)
    for action in recommended(strange):
        if action.form == "toml":
            assert tomllib.loads(action.how)
        if action.form != "shell":
            continue
        subprocess.run(["bash", "-n", "-c", action.how], check=True)
        for words in sidewatch_commands(action.how):
            parsed(words)
            assert all(word == NASTY or "rm -rf" not in word for word in words)


def test_every_kind_of_shift_has_something_to_do():
    assert set(drift.SHIFTS) == set(ShiftKind.__args__)
