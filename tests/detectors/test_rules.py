"""The adapters, on the plainest detectors there are."""

from detectors.base import Change
from detectors.observation import Observation
from detectors.rules import ChangeRule, ThresholdRule


class RunningMean:
    """Scores an answer's tokens by their distance from the mean of what was learnt."""

    name = "distance"

    def __init__(self):
        self.total, self.count = 0.0, 0

    def score(self, x):
        return abs(x.output_tokens - self.total / self.count) if self.count else 0.0

    def learn(self, x):
        self.total, self.count = self.total + x.output_tokens, self.count + 1

    def state(self):
        return {"total": self.total, "count": self.count}

    def restore(self, state):
        self.total, self.count = state["total"], state["count"]


class EveryThird:
    """Alarms at every third value, with the value as its score."""

    name = "third"

    def __init__(self):
        self.level, self.seen = 0.0, 0

    def update(self, x, *, at):
        self.seen += 1
        self.level = float(self.seen)
        return Change("third", x, 1.0, at) if self.seen % 3 == 0 else None

    def reset(self):
        self.seen = 0

    def state(self):
        return {"seen": self.seen}

    def restore(self, state):
        self.seen = state["seen"]


def exchange(index, tokens=10, model="m", route="/r", at=None):
    return Observation(
        id=str(index),
        at=float(index) if at is None else at,
        model=model,
        route=route,
        output_tokens=tokens,
    )


def threshold_rule(**options):
    return ThresholdRule(
        "r", RunningMean(), detector="anomaly", detection_type="far", threshold=5, **options
    )


def change_rule(**options):
    options = {"cooldown": 0.0, **options}
    return ChangeRule(
        "r",
        detector="latency",
        read=lambda x: x.output_tokens,
        make=lambda _: EveryThird(),
        **options,
    )


def found(rule, stream):
    return [d.exchange_id for x in stream for d in rule.observe(x).detections]


def test_a_flagged_point_is_not_learnt():
    rule = threshold_rule()
    stream = [exchange(0), *(exchange(i, tokens=100) for i in range(1, 50)), exchange(50)]
    assert found(rule, stream) == [str(i) for i in range(1, 50)]
    assert rule.state() == {"total": 20.0, "count": 2}


def test_what_is_not_accepted_is_neither_scored_nor_learnt():
    rule = threshold_rule(accept=lambda x: x.output_tokens < 50)
    assert rule.observe(exchange(0, tokens=100)).scores == {}
    assert rule.state()["count"] == 0


def test_far_over_the_line_is_critical():
    rule = threshold_rule(critical=40)
    rule.observe(exchange(0))
    severities = [
        rule.observe(exchange(i, tokens=t)).detections[0].severity for i, t in [(1, 30), (2, 60)]
    ]
    assert severities == ["warning", "critical"]


def test_each_model_and_route_is_a_stream_of_its_own():
    rule = change_rule()
    stream = [exchange(i, model="ab"[i % 2]) for i in range(6)]
    assert found(rule, stream) == ["4", "5"]


def test_within_the_cooldown_only_worse_is_told():
    rule = change_rule(cooldown=100.0, grade=lambda c: "critical" if c.score > 10 else "warning")
    tokens = [5, 5, 5, 5, 5, 5, 5, 5, 50, 5, 5, 50]
    assert found(rule, [exchange(i, tokens=t) for i, t in enumerate(tokens)]) == ["2", "8"]


def test_after_the_cooldown_it_speaks_again():
    rule = change_rule(cooldown=100.0)
    assert found(rule, [exchange(i, at=50.0 * i) for i in range(6)]) == ["2", "5"]


def test_the_keys_longest_unseen_are_forgotten():
    rule = change_rule(capacity=4)
    for i in range(100):
        rule.observe(exchange(i, model=f"m{i}"))
    state = rule.state()
    assert [s[0] for s in state["streams"]] == ["m96", "m97", "m98", "m99"]
    assert state["last"] == []


def test_a_value_that_is_not_known_is_passed_over():
    rule = change_rule()
    assert found(rule, [exchange(i, tokens=None) for i in range(9)]) == []
    assert rule.state()["streams"] == []
