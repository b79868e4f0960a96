import pytest

from detectors.observation import Observation
from detectors.safety.policy import SafetyPolicy
from detectors.safety.rules import rules


def observed(scores=None, findings=None):
    return Observation(
        id="1", at=5.0, model="m", route="/r", scores=scores or {}, findings=findings or {}
    )


def detections(x, policy=None):
    found = [rule.observe(x).detections for rule in rules(policy or SafetyPolicy())]
    return [detection for several in found for detection in several]


def policy(**changes):
    return SafetyPolicy(
        thresholds_prompt={"unsafe": 0.5, "violence": 0.5, "self_harm": 0.8},
        thresholds_response={"unsafe": 0.5, "violence": 0.5},
        **changes,
    )


def test_a_score_at_its_threshold_is_a_finding_and_one_below_is_not():
    assert not detections(observed({"prompt": {"unsafe": 0.49}}), policy())
    (found,) = detections(observed({"prompt": {"unsafe": 0.5}}), policy())
    assert (found.rule, found.detector, found.detection_type) == (
        "safety.prompt.unsafe",
        "safety",
        "unsafe",
    )
    assert (found.score, found.threshold, found.at, found.model) == (0.5, 0.5, 5.0, "m")


def test_several_categories_make_one_finding_named_by_the_clearest():
    scores = {"unsafe": 0.99, "violence": 0.6, "self_harm": 0.97}
    (found,) = detections(observed({"prompt": scores}), policy())
    assert found.rule == "safety.prompt.self_harm"
    assert found.severity == "critical"
    assert [e.name for e in found.evidence] == [
        "prompt self_harm",
        "prompt violence",
        "prompt unsafe",
    ]


def test_a_response_is_graver_than_a_prompt():
    scores = {"unsafe": 0.9, "violence": 0.9}
    prompt, response = detections(observed({"prompt": scores, "response": scores}), policy())
    assert (prompt.severity, response.severity) == ("warning", "critical")


def test_a_category_without_a_threshold_is_never_flagged():
    assert not detections(observed({"prompt": {"unsafe": 0.0, "toxic": 1.0}}))


def test_what_was_not_scored_is_no_finding():
    assert [rule.observe(observed()).scores for rule in rules(policy())] == [{}] * 6


def test_secrets_in_a_response_are_critical():
    (found,) = detections(observed(findings={"response": ["secret.jwt"]}))
    assert (found.rule, found.severity) == ("safety.response.secret", "critical")
    assert found.evidence[0].name == "response secret.jwt"


def test_data_that_the_user_gave_is_no_leak():
    both = {"prompt": ["pii.email"], "response": ["pii.email"]}
    assert not detections(observed(findings=both))
    (found,) = detections(observed(findings={**both, "response": ["pii.card", "pii.email"]}))
    assert [e.name for e in found.evidence] == ["response pii.card"]


def test_personal_data_in_a_prompt_is_information_and_only_if_wanted():
    x = observed(findings={"prompt": ["pii.phone"]})
    assert not detections(x)
    (found,) = detections(x, SafetyPolicy(pii_in_prompts=True))
    assert found.severity == "info"


@pytest.mark.parametrize("limit", [0.0, -0.1, 1.5])
def test_an_impossible_threshold_is_refused(limit):
    with pytest.raises(ValueError, match=r"thresholds_prompt\.unsafe"):
        SafetyPolicy(thresholds_prompt={"unsafe": limit})
