import re
import shlex

import pytest
import typer.testing

from detectors.base import Detection
from monitor.actions import recommend
from monitor.cli.commands import app
from monitor.metrics.labels import KINDS


def detection(detector, kind):
    return Detection("r", detector, kind, 0.9, 0.5, (), 1.0, "m", tenant="acme")


EVERY = [(detector, kind) for detector, kinds in KINDS.items() for kind in kinds]


@pytest.mark.parametrize(("detector", "kind"), EVERY)
def test_every_kind_of_finding_has_something_to_do(detector, kind):
    actions = recommend(detection(detector, kind), "01INCIDENT")
    assert len(actions) >= 3
    for action in actions:
        assert action.what
        assert action.why
        assert "{" not in action.what + action.why


def commands():
    for detector, kind in EVERY:
        for action in recommend(detection(detector, kind), "01INCIDENT"):
            yield from re.findall(r"sidewatch ([^;&|]+)", action.how)


@pytest.mark.parametrize("command", sorted(set(commands())))
def test_every_command_that_is_recommended_exists(command):
    words = [word for word in shlex.split(command.replace("...", "x")) if word != "then"]
    done = typer.testing.CliRunner().invoke(app, [*words, "--help"])
    assert done.exit_code == 0, done.output
    for flag in (word for word in words if word.startswith("--")):
        assert flag in done.output


def test_numbers_and_names_of_the_finding_are_filled_in():
    told = " ".join(
        action.why + action.how for action in recommend(detection("safety", "violence"), "01X")
    )
    assert "0.900" in told
    assert "acme" in told
    assert "01X" in told
