import math
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from detectors.base import Label
from detectors.safety.models.kinds import ClassifierModel
from detectors.safety.models.panel import Panel, UnavailableError
from detectors.safety.models.policy import ModelsPolicy

OTHER = {
    name: ClassifierModel(path="x", labels={"a": "unsafe"}) for name in ("one", "two", "three")
}


class Says:
    """A classifier that gives the same scores to every text, and breaks at one word."""

    def __init__(self, *, error=RuntimeError, **scores):
        self.scores = scores
        self.error = error
        self.asked = []

    def classify(self, texts, embeddings=None, contexts=None):
        self.asked.append((list(texts), contexts))
        if any("POISON" in text for text in texts):
            raise self.error("cannot bear it")
        return [
            [Label(name, score) for name, score in self.scores.items()] if text else []
            for text in texts
        ]


class Placed:
    def classify(self, texts, embeddings=None, contexts=None):
        return [[Label("unsafe", 0.7, 3, 9)] for _ in texts]


class Short:
    def classify(self, texts, embeddings=None, contexts=None):
        return []


@pytest.fixture
def failures():
    return Counter()


@pytest.fixture
def panel(failures):
    def make(members, *, threads=None, **options):
        def failed(name, _error):
            failures[name] += 1

        policy = ModelsPolicy(classifiers=OTHER, **options)
        return Panel("prompt", members, policy, failed, threads)

    return make


def scores(labels):
    return {label.name: label.score for label in labels}


def logit(p):
    return math.log(p / (1 - p))


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def two():
    return {"one": Says(unsafe=0.2, hate=0.6), "two": Says(unsafe=0.8, violence=0.4)}


def test_the_maximum_counts_where_nothing_else_is_said(panel):
    (found,) = panel(two()).classify(["a"])
    assert scores(found) == {"unsafe": 0.8, "hate": 0.6, "violence": 0.4}


def test_the_mean_is_of_those_that_score_a_category(panel):
    (found,) = panel(two(), combine="mean").classify(["a"])
    assert scores(found) == pytest.approx({"unsafe": 0.5, "hate": 0.6, "violence": 0.4})


def test_weights_are_of_log_odds_and_an_offset_is_added(panel):
    weights = {"unsafe": {"one": 0.5, "two": 1.5, "offset": -1.0}, "*": {"one": 2.0}}
    (found,) = panel(two(), combine="weighted", weights=weights).classify(["a"])
    expected = sigmoid(0.5 * logit(0.2) + 1.5 * logit(0.8) - 1.0)
    assert scores(found)["unsafe"] == pytest.approx(expected)
    assert scores(found)["hate"] == pytest.approx(sigmoid(2.0 * logit(0.6)))
    assert "violence" not in scores(found)


def test_a_category_without_weights_takes_the_maximum(panel):
    weights = {"hate": {"one": 1.0}}
    (found,) = panel(two(), combine="weighted", weights=weights).classify(["a"])
    assert scores(found)["unsafe"] == 0.8


def test_the_weight_of_a_model_that_fails_is_shared_among_the_others(panel):
    members = {**two(), "three": Says(unsafe=0.9)}
    weights = {"*": {"one": 1.0, "two": 1.0, "three": 2.0, "offset": 0.5}}
    judge = panel(members, combine="weighted", weights=weights)
    members["three"].classify = Short().classify
    (found,) = judge.classify(["a"])
    expected = sigmoid(2.0 * logit(0.2) + 2.0 * logit(0.8) + 0.5)
    assert scores(found)["unsafe"] == pytest.approx(expected)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_certainty_does_not_break_the_sum(panel, p):
    weights = {"*": {"one": 1000.0}}
    judge = panel({"one": Says(unsafe=p)}, combine="weighted", weights=weights)
    assert scores(judge.classify(["a"])[0])["unsafe"] == pytest.approx(p, abs=1e-9)


def test_the_labels_name_those_that_judged(panel, failures):
    members = {**two(), "three": Says(error=ValueError, unsafe=0.99)}
    clean, poisoned = panel(members).classify(["a", "a POISON"])
    assert clean[0].by == ("one", "two", "three")
    assert poisoned is None
    assert failures == {"one": 1, "two": 1, "three": 1}


def test_a_model_that_fails_on_a_text_has_no_say_on_it_and_costs_no_other(panel, failures):
    members = {"one": Says(unsafe=0.9), "two": Placed()}
    clean, poisoned = panel(members).classify(["a", "POISON"])
    assert scores(clean) == {"unsafe": 0.9}
    assert clean[0].by == ("one", "two")
    assert scores(poisoned) == {"unsafe": 0.7}
    assert poisoned[0].by == ("two",)
    assert failures == {"one": 1}


def test_a_model_that_cannot_be_asked_is_asked_once_and_counted_for_every_text(panel, failures):
    away = Says(error=UnavailableError, unsafe=0.9)
    found = panel({"one": Placed(), "two": away}).classify(["a", "POISON", "c"])
    assert [label[0].by for label in found] == [("one",)] * 3
    assert len(away.asked) == 1
    assert failures == {"two": 3}


def test_a_text_that_nobody_calls_safe_or_unsafe_is_unscored_where_somebody_failed(panel):
    members = {"one": Says(unsafe=0.1), "two": Says(error=ValueError, hate=0.1)}
    members["two"].classify = lambda texts, *_: [[Label("hate", 0.1)] for _ in texts]
    assert panel(members).classify(["POISON"]) == [None]


def test_a_text_without_words_has_no_labels(panel, failures):
    assert panel(two()).classify([""]) == [[]]
    assert panel(two()).classify([]) == []
    assert not failures


def test_a_label_says_where_the_strongest_model_found_it(panel):
    (found,) = panel({"one": Says(unsafe=0.5), "two": Placed()}, combine="mean").classify(["a"])
    assert (found[0].score, found[0].start, found[0].end) == (pytest.approx(0.6), 3, 9)


def test_every_model_is_told_the_prompts_of_responses(panel):
    members = two()
    panel(members).classify(["a", "b"], None, ["x", "y"])
    assert [model.asked for model in members.values()] == [[(["a", "b"], ["x", "y"])]] * 2


def test_an_answer_of_the_wrong_length_is_a_failure(panel, failures):
    (found,) = panel({"one": Placed(), "two": Short()}).classify(["a"])
    assert found[0].by == ("one",)
    assert failures == {"two": 1}


SCORES = {"one": 0.2, "two": 0.9, "three": 0.4}


class Meets:
    """Answers once as many members as the barrier is for are being asked."""

    def __init__(self, barrier, score):
        self.barrier = barrier
        self.score = score

    def classify(self, texts, embeddings=None, contexts=None):
        self.barrier.wait(timeout=30)
        return [[Label("unsafe", self.score)] for _ in texts]


def test_members_are_asked_at_the_same_time_and_told_in_their_order(panel, failures):
    barrier = Barrier(3)
    members = {name: Meets(barrier, score) for name, score in SCORES.items()}
    with ThreadPoolExecutor(3) as threads:
        ((found,),) = panel(members, threads=threads).classify(["a"])
    assert (found.score, found.by) == (0.9, ("one", "two", "three"))
    assert failures == {}


def test_one_that_fails_in_a_thread_has_no_say_there_either(panel, failures):
    members = {"one": Says(unsafe=0.2), "two": Says(unsafe=0.9)}
    members["two"].error = UnavailableError
    with ThreadPoolExecutor(2) as threads:
        bad, good = panel(members, threads=threads).classify(["POISON", "a"])
    assert bad is None
    assert good[0].by == ("one",)
    assert failures == {"one": 1, "two": 2}
