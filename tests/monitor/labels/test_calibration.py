import numpy as np
from exchanges import make_exchange

from detectors.safety.policy import SafetyPolicy
from monitor.labels.calibration import Scored, apply, calibrate
from monitor.labels.label import IncidentLabel

POLICY = SafetyPolicy(thresholds_prompt={"unsafe": 0.6, "hate": 0.5}, thresholds_response={})
EXCHANGES = [make_exchange(n) for n in range(2_000)]


def records(scores, category="hate"):
    return [
        Scored(exchange.id, {"prompt": {category: float(score)}})
        for exchange, score in zip(EXCHANGES, scores, strict=False)
    ]


def label(record, verdict, *, kind="hate"):
    return IncidentLabel(
        incident_id=f"i-{record.exchange_id}",
        exchange_id=record.exchange_id,
        verdict=verdict,
        by="ada",
        at=1.0,
        detector="safety",
        kind=kind,
        rule=f"safety.prompt.{kind}",
        scores=record.scores,
    )


def benign_and_harmful():
    """1,900 benign texts of which 60 are flagged, and a hundred that are rightly."""
    rng = np.random.default_rng(1)
    benign = np.concatenate([rng.uniform(0, 0.5, 1_840), rng.uniform(0.5, 0.7, 60)])
    return records(np.concatenate([benign, rng.uniform(0.6, 1.0, 100)]))


def labelled(seen, every=1):
    flagged = [
        (n, record) for n, record in enumerate(seen) if record.scores["prompt"]["hate"] >= 0.5
    ]
    return [
        label(record, "false_positive" if n < 1_900 else "true_positive")
        for n, record in flagged[::every]
    ]


def test_a_threshold_that_flags_too_much_is_raised_to_the_target():
    seen = benign_and_harmful()
    (proposal,) = calibrate(seen, labelled(seen), POLICY, target=0.01)
    assert (proposal.part, proposal.category, proposal.current) == ("prompt", "hate", 0.5)
    assert (proposal.right, proposal.wrong, proposal.texts) == (100, 60, 2_000)
    assert proposal.false_positives.count == 60
    assert 0.6 < proposal.proposed < 0.7
    assert proposal.false_positives_after.count <= 19
    assert proposal.interval.low <= proposal.proposed <= proposal.interval.high
    assert proposal.kept.of == 100
    assert 70 < proposal.kept.count < 100


def test_some_labels_come_to_about_the_same_as_all():
    seen = benign_and_harmful()
    (whole,) = calibrate(seen, labelled(seen), POLICY, target=0.01)
    (part,) = calibrate(seen, labelled(seen, every=4), POLICY, target=0.01)
    assert part.interval.low <= whole.proposed <= part.interval.high
    assert abs(part.false_positives.count - 60) < 20


def test_a_threshold_within_the_target_stays_unless_it_may_be_lowered():
    seen = benign_and_harmful()
    (proposal,) = calibrate(seen, labelled(seen), POLICY, target=0.05)
    assert (proposal.proposed, proposal.reason) == (None, "within the target")
    (lowered,) = calibrate(seen, labelled(seen), POLICY, target=0.05, lower=True)
    assert lowered.proposed < 0.5


def test_too_little_traffic_gives_no_proposal():
    (proposal,) = calibrate(records([0.9] * 100), [], POLICY, target=0.01)
    assert (proposal.proposed, proposal.reason) == (None, "needs 300 benign texts")
    assert calibrate([], [], POLICY, target=0.01) == []


def test_without_labels_every_finding_counts_as_wrong():
    (proposal,) = calibrate(benign_and_harmful(), [], POLICY, target=0.01)
    assert proposal.false_positives.count == 160
    assert (proposal.right, proposal.wrong, proposal.kept.of) == (0, 0, 0)


def test_a_label_speaks_for_unsafe_too_where_that_was_over_its_threshold():
    both = [
        Scored(x.id, {"prompt": {"hate": 0.9, "unsafe": unsafe}})
        for x, unsafe in zip(EXCHANGES, [0.7, 0.1], strict=False)
    ]
    labels = [label(record, "true_positive") for record in both]
    right = {p.category: p.right for p in calibrate(both, labels, POLICY, target=0.5)}
    assert right == {"unsafe": 1, "hate": 2}


def test_labels_of_other_parts_and_detectors_say_nothing():
    seen = benign_and_harmful()
    other = [label(seen[0], "false_positive", kind="violence")]
    (proposal,) = calibrate(seen, other, POLICY, target=0.01)
    assert (proposal.right, proposal.wrong) == (0, 0)


def test_what_is_proposed_goes_into_the_tables_and_nothing_else_does():
    seen = benign_and_harmful()
    proposals = calibrate(seen, labelled(seen), POLICY, target=0.01)
    changed = apply(POLICY, proposals)
    assert changed.thresholds_prompt == {"unsafe": 0.6, "hate": proposals[0].proposed}
    assert apply(POLICY, []) == POLICY
