import msgspec
import pytest

from detectors.safety.models.policy import ModelsPolicy
from monitor.policy import Policy

CLASSIFIER = {"path": "x", "labels": {"a": "unsafe"}}
NARROW = {"path": "x", "labels": {"a": "toxic"}}
GUARD = {"path": "x", "family": "llama-guard"}
EXTERNAL = {"url": "http://h:1", "detector": "d", "labels": {"*": "unsafe"}}


def policy(**table):
    return msgspec.convert(table, ModelsPolicy)


def test_the_built_in_model_alone_has_no_names():
    assert policy().names == ()
    assert policy(guards={"g": GUARD}).names == ("built-in", "g")
    assert policy(guards={"g": GUARD}, built_in=False).names == ("g",)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"built_in": False}, "nothing scores `unsafe` of a prompt"),
        ({"built_in": False, "classifiers": {"a": NARROW}}, "nothing scores `unsafe`"),
        (
            {"built_in": False, "classifiers": {"a": {**CLASSIFIER, "sides": ["prompt"]}}},
            "nothing scores `unsafe` of a response",
        ),
        ({"classifiers": {"A B": CLASSIFIER}}, "cannot be a name"),
        ({"classifiers": {"built-in": CLASSIFIER}}, "cannot be a name"),
        ({"classifiers": {"a": CLASSIFIER}, "guards": {"a": GUARD}}, "two models are called 'a'"),
        ({"classifiers": {"a": {**CLASSIFIER, "labels": {}}}}, "name at least one"),
        ({"classifiers": {"a": {**CLASSIFIER, "labels": {"b": "bad"}}}}, "bad is no category"),
        ({"classifiers": {"a": {**CLASSIFIER, "window": 8}}}, "at least 16 tokens"),
        ({"classifiers": {"a": {**CLASSIFIER, "overlap": 400}}}, "a quarter"),
        ({"classifiers": {"a": {**CLASSIFIER, "sides": []}}}, "name prompt, response or both"),
        ({"guards": {"a": {**GUARD, "family": "custom"}}}, "needs its words"),
        ({"guards": {"a": {**GUARD, "family": "other"}}}, "Invalid enum value 'other'"),
        ({"guards": {"a": {**GUARD, "risks": {"bad": "x"}}}}, "bad is no category"),
        ({"guards": {"a": {**GUARD, "codes": {"S1": ["bad"]}}}}, "bad is no category"),
        ({"external": {"a": {**EXTERNAL, "url": "h:1"}}}, "is not an http"),
        ({"external": {"a": {**EXTERNAL, "timeout": 0}}}, "timeout more than 0"),
        ({"combine": "weighted", "guards": {"a": GUARD}}, "needs weights"),
        (
            {"combine": "weighted", "guards": {"a": GUARD}, "weights": {"*": {"b": 1.0}}},
            "there is no model b",
        ),
        (
            {"combine": "weighted", "guards": {"a": GUARD}, "weights": {"bad": {"a": 1.0}}},
            "bad is no category",
        ),
        (
            {"combine": "weighted", "guards": {"a": GUARD}, "weights": {"*": {"a": -1.0}}},
            "0 or more",
        ),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(table, told):
    with pytest.raises(msgspec.ValidationError, match=told):
        policy(**table)


def test_another_model_is_another_policy():
    table = {"safety": {"models": {"guards": {"g": GUARD}}}}
    versions = {Policy().version, msgspec.convert(table, Policy).version}
    table["safety"]["models"]["guards"]["g"] = {**GUARD, "window": 1024}
    versions.add(msgspec.convert(table, Policy).version)
    assert len(versions) == 3
