"""Every rule of every family, found by its registration, under one suite of checks."""

import copy
import importlib
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from detectors.baseline import Baseline
from detectors.conformance import CHECKS
from detectors.observation import Observation, Timing
from detectors.text.channels import categories, channels

FITTED = ("drift", "anomaly")
FAMILIES = ("latency", "safety", "drift", "anomaly")
WORDS = [
    "the",
    "order",
    "is",
    "ready",
    "and",
    "we",
    "will",
    "send",
    "it",
    "to",
    "your",
    "address",
    "on",
    "monday",
    "please",
    "tell",
    "me",
    "if",
    "you",
    "would",
    "like",
    "another",
    "size",
    "of",
    "the",
    "green",
    "coat",
    "or",
    "the",
    "blue",
    "one",
    "which",
    "is",
    "on",
    "sale",
    "this",
    "week",
]


@cache
def stream(count=450, seed=0, *, trouble=True):
    """Ordinary exchanges, with something of every kind of trouble among them."""
    rng = np.random.default_rng(seed)
    centre = rng.standard_normal(256)
    return [_exchange(rng, centre, i, trouble=trouble) for i in range(count)]


def _exchange(rng, centre, i, *, trouble):
    x = Observation(
        id=f"x{i}",
        at=1e9 + 2.0 * i,
        model="m",
        route="/v1/chat/completions",
        tenant=f"t{i % 3}",
        user=f"u{i % 7}",
        stream=True,
        finish_reason="stop",
        prompt=_text(rng, 12),
        response=_text(rng, 25),
        input_tokens=20,
        output_tokens=40,
        timing=Timing(ttft=float(rng.lognormal(-1, 0.2)), duration=2.0),
        scores={
            side: {name: float(rng.beta(1, 60)) for name in ("unsafe", "hate", "toxic")}
            for side in ("prompt", "response")
        },
    )
    if trouble and i > 200:
        x = _troubled(x, i)
    if x.state == "stalled" or x.prompt is None:
        return x
    x = replace(
        x,
        prompt_embedding=_unit(centre + rng.standard_normal(256)),
        response_embedding=_unit(centre + rng.standard_normal(256)),
    )
    return replace(x, channels=channels(x), categories=categories(x))


def _troubled(x, i):
    kinds = {
        0: {"response": "again and again it says " * 40},
        1: {"timing": Timing(ttft=40.0, duration=90.0)},
        2: {"status": 502, "error": "upstream_closed", "response": None},
        3: {"state": "stalled", "timing": Timing(ttft=0.2, idle=15.0)},
        4: {"response": ""},
        5: {"timing": Timing(), "output_tokens": None, "input_tokens": None},
        6: {"prompt": None, "unscored": {"prompt": "not understood"}, "scores": {}},
        7: {"scores": {"response": {"unsafe": 0.999, "hate": 0.99, "toxic": 0.99}}},
        8: {"findings": {"response": ["aws_access_key"]}},
        9: {"state": "running", "response": "and so it goes on and " * 40},
    }
    return replace(x, **kinds.get(i % 11, {}))


def _text(rng, count):
    return " ".join(rng.choice(WORDS, size=count)).capitalize() + "."


def _unit(vector):
    return (vector / np.linalg.norm(vector)).astype(np.float32)


@cache
def baseline():
    return Baseline.build(
        stream(300, seed=1, trouble=False), name="b", encoder="wordllama-256", created=0.0
    )


def maker(family, *, with_baseline):
    """The family's registration, or a skip where it is not there."""
    module = pytest.importorskip(f"detectors.{family}.rules", exc_type=ImportError)
    policy = importlib.import_module(f"detectors.{family}.policy")
    made = getattr(policy, f"{family.capitalize()}Policy")()
    return lambda: module.rules(made, baseline() if with_baseline else None)


@cache
def built(family):
    """The family's rules with a baseline, fitted once; copies of them are as good as new."""
    return maker(family, with_baseline=True)()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("with_baseline", [False, True], ids=["alone", "baseline"])
@pytest.mark.parametrize("family", FAMILIES)
def test_rules_conform(family, with_baseline, check):
    make = maker(family, with_baseline=with_baseline)
    if with_baseline and family in FITTED and check.__name__ != "is_deterministic":
        check(lambda: copy.deepcopy(built(family)), stream())
    else:
        check(make, stream())


@pytest.mark.parametrize("family", FAMILIES)
def test_names_of_rules_are_unique(family):
    maker(family, with_baseline=True)
    names = [rule.name for rule in built(family)]
    assert len(names) == len(set(names)) > 0


class Forgetful:
    """A rule that breaks its word: it keeps a count and does not save it."""

    name = "latency.forgetful"
    detector = "latency"

    def __init__(self):
        self.seen = 0

    def observe(self, x):
        from detectors.base import Verdict

        self.seen += 1
        return Verdict({"seen": float(self.seen)})

    def state(self):
        return {}

    def restore(self, state):
        pass


def test_the_suite_catches_a_rule_that_forgets():
    by_name = {check.__name__: check for check in CHECKS}
    for name in ("goes_on_after_restore", "restores_over_what_it_saw"):
        with pytest.raises(AssertionError, match="forgetful"):
            by_name[name](lambda: [Forgetful()], stream())
