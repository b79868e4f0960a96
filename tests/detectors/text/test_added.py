"""Channels that other packages add: found, isolated, and known to the baseline."""

from __future__ import annotations

import logging
import shutil
import sys
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from detectors.baseline import Baseline
from detectors.drift.policy import DriftPolicy
from detectors.drift.rules import DriftRule
from detectors.observation import Observation
from detectors.text.added import Added
from detectors.text.channels import features

EXAMPLE = Path(__file__).resolve().parents[3] / "docs" / "examples" / "own-channel"
ASKED = Observation(id="x", at=0.0, prompt="Where is my parcel?", response="Sorry, it is late.")


def install(folder, points, *, name="acme_channels"):
    """Write what an installer leaves behind: metadata by which entry points are found."""
    info = folder / f"{name}-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n")
    lines = [f"{key} = {value}" for key, value in points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[sidewatch.channels]", *lines, ""]))


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder that modules are imported from, and forgotten with it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def manners(site):
    """The example of the documentation, installed."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    shutil.copy(EXAMPLE / "manners.py", site / "manners.py")
    install(site, project["entry-points"]["sidewatch.channels"], name="sidewatch_manners")
    return Added.load()


@dataclass
class Length:
    """A channel as simple as can be."""

    name: str = "length"
    about: str = "response"
    nominal: bool = False
    microseconds: float = 1.0
    values: list[object] = field(default_factory=lambda: [1.0])

    def read(self, x):
        value = self.values[0]
        if isinstance(value, Exception):
            raise value
        return value


def test_without_such_packages_nothing_is_added():
    assert Added.load().features(ASKED) == ({}, {}, {})


def test_the_example_is_found_and_read(manners):
    assert manners.names == {"response_own_apologies", "response_own_greeting"}
    numeric, nominal, failed = manners.features(ASKED)
    assert numeric == {"response_own_apologies": 25.0}
    assert nominal == {"response_own_greeting": "none"}
    assert failed == {}
    assert manners.features(replace(ASKED, response="Dear Ada,"))[1] == {
        "response_own_greeting": "dear"
    }


def test_what_is_added_is_no_built_in_channel(manners):
    numeric, nominal = features(ASKED)
    assert manners.names.isdisjoint({*numeric, *nominal})


@pytest.mark.parametrize(
    ("nominal", "value"),
    [
        (False, ValueError("what the user wrote")),
        (False, float("nan")),
        (False, "a word"),
        (True, 3.0),
        (True, ""),
    ],
)
def test_a_channel_that_fails_costs_its_own_value_alone(nominal, value):
    broken = Length(nominal=nominal, values=[value])
    added = Added({"response_own_broken": broken, "response_own_length": Length()})
    numeric, names, failed = added.features(ASKED)
    assert numeric == {"response_own_length": 1.0}
    assert names == {}
    assert failed == {"response_own_broken": "TypeError" if nominal else "ValueError"}


def test_a_value_without_meaning_is_absent():
    assert Added({"response_own_length": Length(values=[None])}).features(ASKED) == ({}, {}, {})


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise RuntimeError('no licence')", "no licence"),
        ("def channel(): raise RuntimeError('no file')", "no file"),
        ("class channel:\n name = 'Bad Name'; about = 'prompt'; microseconds = 1", "small letters"),
        ("class channel:\n name = 'cost'; about = 'time'; microseconds = 1", "about one of"),
        ("class channel:\n name = 'dear'; about = 'pair'; microseconds = 1001", "1000 are left"),
        ("class channel:\n name = 'free'; about = 'pair'; microseconds = 0", "costs 0 us"),
    ],
)
def test_a_channel_that_cannot_be_used_is_left_out_and_told(site, caplog, source, reason):
    (site / "acme.py").write_text(source)
    install(site, {"acme": "acme:channel"})
    with caplog.at_level(logging.ERROR):
        found = Added.load()
    assert found.names == frozenset()
    assert found.broken == ("acme",)
    assert reason in caplog.text


def test_of_two_with_one_name_the_first_entry_point_stays(site):
    (site / "twins.py").write_text(
        "class channel:\n name = 'twin'; about = 'pair'; microseconds = 1; nominal = False\n"
    )
    install(site, {"a": "twins:channel", "b": "twins:channel"})
    found = Added.load()
    assert found.names == {"pair_own_twin"}
    assert found.broken == ("b",)


def traffic(count, seed, added, *, sorry=0.02):
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(count):
        text = "Sorry about that. " if rng.random() < sorry else ""
        words = " ".join(f"word{n}" for n in rng.integers(50, size=int(rng.integers(5, 20))))
        x = replace(ASKED, id=f"x{i}", at=float(i), response=f"{text}{words}.")
        numeric, nominal, _ = added.features(x)
        rows.append(replace(x, channels=numeric, categories=nominal))
    return rows


def test_drift_finds_what_only_an_added_channel_shows(manners):
    baseline = Baseline.build(traffic(400, 1, manners), name="b", encoder="e", created=0.0)
    assert baseline.added == manners.names
    rule = DriftRule(DriftPolicy(), baseline)
    found = [d for x in traffic(300, 2, manners, sorry=0.6) for d in rule.observe(x).detections]
    assert found[0].detection_type == "output_drift"
    assert found[0].evidence[0].name == "response_own_apologies"


def test_a_baseline_is_refused_where_its_channel_is_gone(manners):
    baseline = Baseline.build(traffic(100, 3, manners), name="b", encoder="e", created=0.0)
    told = baseline.misfit(encoder="e", screen="", added=frozenset())
    assert "response_own_apologies, which is not installed here" in told
    assert baseline.misfit(encoder="e", screen="", added=manners.names) == ""
    assert baseline.misfit(encoder="e", screen="") == ""
