from dataclasses import replace

from exchanges import make_exchange

from detectors.conversation import Conversation, Given
from detectors.safety.policy import SafetyPolicy
from monitor.pipeline.observe import observe
from monitor.policy import Policy
from monitor.record import decode_record, encode_record, make_record
from monitor.whatif.judging import Judge, compare
from monitor.whatif.reach import loosest, unread_changes, unscored_changes
from monitor.whatif.stored import observation_of, under

ONLY_SAFETY = Policy(detectors=["safety"])


def stored(number=0, **known):
    """A record that has been through the store."""
    exchange = make_exchange(number, tenant="acme")
    made = make_record(exchange, replace(observe(exchange), **known), mode="full", policy="p")
    return decode_record(encode_record(made))


def findings(records, policy):
    judge = Judge.of(policy)
    for record in records:
        judge.take(observation_of(record))
    return judge.found


def with_prompt(**limits):
    return replace(ONLY_SAFETY, safety=SafetyPolicy(thresholds_prompt=limits))


def test_a_stored_exchange_is_judged_by_the_scores_it_was_given():
    records = [stored(n, scores={"prompt": {"hate": n / 10}}) for n in range(10)]
    found = findings(records, with_prompt(hate=0.75))
    assert [(each.exchange_id, each.score) for each in found] == [("x00008", 0.8), ("x00009", 0.9)]
    assert {(each.category, each.tenant) for each in found} == {("hate", "acme")}


def test_times_and_patterns_are_those_of_the_record():
    x = observation_of(stored(findings={"response": ["pii.email"]}))
    assert x.timing == observe(make_exchange(0)).timing
    assert (
        findings([stored(findings={"response": ["pii.email"]})], ONLY_SAFETY)[0].category == "pii"
    )


def test_given_texts_are_told_apart_and_not_stored():
    given = Given("tool search", "words of the page", scores={"prompt_injection": 0.97})
    scores = {"given": {"prompt_injection": 0.97}}
    record = stored(given=(given,), scores=scores)
    assert record.given == [replace(given, text="")]
    (found,) = findings([record], ONLY_SAFETY)
    assert found.rule == "safety.given.prompt_injection"
    assert findings([replace(record, given=[])], ONLY_SAFETY) == [found]


def test_a_conversation_is_found_while_it_is_over_the_threshold():
    conversation = Conversation(2, "illicit", (0.1, 2.0))
    scores = {"prompt": {"illicit": 0.1}, "conversation": {"illicit": 0.9}}
    record = stored(conversation=conversation, scores=scores)
    assert [found.rule for found in findings([record], ONLY_SAFETY)] == [
        "safety.conversation.illicit"
    ]
    for changed in (
        SafetyPolicy(thresholds_conversation={"illicit": 0.95}),
        SafetyPolicy(thresholds_conversation={}),
        SafetyPolicy(conversations=False),
        SafetyPolicy(thresholds_prompt={"illicit": 0.1}),
    ):
        assert under(observation_of(record), changed).conversation is None


def test_two_policies_are_compared_on_the_same_records():
    seen = [observation_of(stored(n, scores={"prompt": {"hate": n / 10}})) for n in range(10)]
    pairs = [(x, x) for x in seen]
    told = compare(pairs, Judge.of(with_prompt(hate=0.75)), Judge.of(with_prompt(hate=0.45)))
    assert [found.exchange_id for found in told.new] == ["x00005", "x00006", "x00007"]
    assert (told.gone, told.exchanges, told.flagged_after) == ([], 10, 5)


def test_what_stored_scores_cannot_tell_is_named():
    before = SafetyPolicy()
    assert unscored_changes(before, SafetyPolicy(thresholds_prompt={"hate": 0.1})) == []
    assert unscored_changes(before, SafetyPolicy(second_stage="none")) == ["safety.second_stage"]
    assert unread_changes(before, SafetyPolicy(thresholds_conversation={})) == []
    lower = SafetyPolicy(thresholds_conversation={"unsafe": 0.1})
    assert unread_changes(before, lower) == ["safety.thresholds_conversation"]
    assert unread_changes(lower, before) != []
    assert unread_changes(SafetyPolicy(conversations=False), before) == ["safety.conversations"]


def test_scoring_for_two_policies_looks_into_what_either_would_find():
    one = SafetyPolicy(thresholds_conversation={"hate": 0.2, "illicit": 0.5}, conversations=False)
    other = SafetyPolicy(thresholds_conversation={"illicit": 0.3}, thresholds_prompt={"hate": 0.9})
    both = loosest(one, other)
    assert both.conversations
    assert both.thresholds_conversation == {"hate": 0.2, "illicit": 0.3}
    assert both.thresholds_prompt["hate"] == 0.9
    assert both.thresholds_prompt["unsafe"] == one.thresholds_prompt["unsafe"]
