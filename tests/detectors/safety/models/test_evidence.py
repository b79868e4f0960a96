from detectors.observation import Observation
from detectors.safety.policy import SafetyPolicy
from detectors.safety.rules import CategoryRule


def finding(**fields):
    x = Observation(id="x", at=0.0, scores={"response": {"unsafe": 0.99}}, **fields)
    (detection,) = CategoryRule("response", SafetyPolicy()).observe(x).detections
    return detection


def test_the_evidence_of_a_finding_names_who_judged():
    told = finding(judges={"prompt": ["built-in"], "response": ["built-in", "guard"]}).evidence
    assert [(x.name, x.value) for x in told[1:]] == [("response judged by", "built-in, guard")]
    assert told[0].weight > told[1].weight


def test_the_built_in_model_alone_is_not_named():
    assert [x.name for x in finding().evidence] == ["response unsafe"]
