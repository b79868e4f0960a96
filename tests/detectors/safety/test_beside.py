"""The rules about what is scored beside the two sides: given texts and conversations."""

from dataclasses import replace

from detectors.conversation import Conversation, Given
from detectors.observation import Observation
from detectors.safety.policy import SafetyPolicy
from detectors.safety.rules import rules

POLICY = SafetyPolicy(
    thresholds_prompt={"violence": 0.5, "prompt_injection": 0.5},
    thresholds_given={"prompt_injection": 0.6, "jailbreak": 0.6},
    thresholds_conversation={"violence": 0.4},
    severity={"given.prompt_injection": "critical", "conversation.violence": "info"},
)


def detections(policy=POLICY, **known):
    x = Observation(id="1", at=5.0, model="m", **known)
    found = [rule.observe(x).detections for rule in rules(policy)]
    return [detection for several in found for detection in several]


def given(source="tool t", *, pasted=False, places=None, **scores):
    return Given(source, "text", pasted, scores, places or {})


def test_the_strongest_text_of_each_category_is_named_with_its_place():
    (found,) = detections(
        given=(
            given("tool a", prompt_injection=0.7),
            given("tool b", prompt_injection=0.9, places={"prompt_injection": (10, 90)}),
            given("document 1 (page)", jailbreak=0.65),
        ),
        judges={"given": ["built-in", "guard"]},
    )
    assert (found.rule, found.score, found.threshold, found.severity) == (
        *("safety.given.prompt_injection", 0.9, 0.6, "critical"),
    )
    assert [(e.name, e.value) for e in found.evidence] == [
        ("given prompt_injection", 0.9),
        ("given by tool b", "characters 10 to 90"),
        ("given by document 1 (page)", "the whole text"),
        ("given jailbreak", 0.65),
        ("given judged by", "built-in, guard"),
    ]


def test_content_of_a_tools_result_is_no_finding_by_default():
    assert not detections(given=(given(violence=1.0),))


def test_content_of_what_the_user_calls_a_document_is_held_to_the_prompts_thresholds():
    pasted = (given(pasted=True, violence=0.5, prompt_injection=0.55),)
    (found,) = detections(given=pasted)
    assert found.rule == "safety.given.violence"
    lenient = replace(POLICY, pasted_as_prompt=False)
    assert not detections(lenient, given=pasted)


def test_a_conversation_is_found_where_the_score_stage_found_it():
    scores = {"prompt": {"violence": 0.1}, "conversation": {"violence": 0.8, "unsafe": 0.6}}
    assert not detections(scores=scores)
    (found,) = detections(scores=scores, conversation=Conversation(2, "violence", (1.5, 0.5)))
    assert (found.rule, found.score, found.threshold, found.severity) == (
        *("safety.conversation.violence", 0.8, 0.4, "info"),
    )
    assert [(e.name, e.value) for e in found.evidence] == [
        ("last 2 turns together violence", 0.8),
        ("last turn alone violence", 0.1),
        ("the last turn adds", 0.5),
        ("the turn before it adds", 1.5),
    ]


def test_scores_of_both_are_told_whether_something_was_found_or_not():
    x = Observation(
        id="1",
        at=5.0,
        given=(given(unsafe=0.2),),
        scores={"given": {"unsafe": 0.2}, "conversation": {"unsafe": 0.1}, "prompt": {}},
    )
    told = {name: p for rule in rules(POLICY) for name, p in rule.observe(x).scores.items()}
    assert told == {"safety.given.unsafe": 0.2, "safety.conversation.unsafe": 0.1}
