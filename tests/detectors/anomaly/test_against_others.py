"""The anomaly rule beside public implementations, on a stream with planted trouble."""

import base64
import importlib.util
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from benchmarks.anomaly.rivals import rivals
from detectors.anomaly.policy import AnomalyPolicy
from detectors.anomaly.rules import AnomalyRule


def _load_traffic():
    """Tests are in no package, so this one is loaded by its path."""
    path = Path(__file__).with_name("traffic.py")
    spec = importlib.util.spec_from_file_location("anomaly_traffic", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


traffic = _load_traffic()
exchange = traffic.exchange

CLEAN = 400
EACH = 12


def _planted(i):
    rng = np.random.default_rng((21, i))
    _, answer = traffic.pair(rng)
    words = answer.split()
    letters = list("abcdefghijklmnopqrstuvwxyz     ")
    return (
        {"response": answer + " " + (" ".join(words[:6]) + ". ") * 12},
        {"response": " ".join(rng.permutation(words))},
        {"response": base64.b64encode(answer.encode()).decode()},
        {"response": "".join(rng.choice(letters, size=90))},
        {"response": traffic.pair(rng)[0]},
        {"slow": 5.0},
    )[i % 6]


@cache
def stream():
    clean = [exchange(i, seed=20) for i in range(CLEAN)]
    return clean, [exchange(i, seed=22, **_planted(i)) for i in range(6 * EACH)]


def figures(score):
    clean, planted = (score(part) for part in stream())
    line = np.quantile(clean, 0.99)
    auroc = np.mean(planted[:, None] > clean[None, :])
    return float(auroc), float(np.mean(planted > line))


def ours():
    rule = AnomalyRule(AnomalyPolicy(), traffic.baseline(1000))
    return figures(lambda xs: np.array([rule.observe(x).scores["anomaly"] for x in xs]))


@pytest.mark.parametrize("name", ["river HalfSpaceTrees", "pyod ECOD", "pyod IForest"])
def test_it_finds_more_than_a_public_implementation_does_with_the_same_channels(name):
    pytest.importorskip(name.partition(" ")[0], exc_type=ImportError)
    found = rivals(traffic.baseline(1000))
    if name not in found:
        pytest.skip(f"{name} is not installed whole")
    auroc, recall = ours()
    their_auroc, their_recall = figures(found[name])
    assert auroc > max(0.9, their_auroc)
    assert recall > max(0.6, their_recall)
