import logging

import pytest

from detectors.base import Label
from detectors.safety.models.panel import UnavailableError
from monitor.pipeline.circuit import STRIKES, Circuit, Guarded


class Breaks:
    """Answers until it is told to raise; counts how often it was asked."""

    def __init__(self):
        self.asked = 0
        self.error = None

    def classify(self, texts, embeddings=None, contexts=None):
        self.asked += 1
        if self.error is not None:
            raise self.error
        return [[Label("unsafe", 0.5)] for _ in texts]


@pytest.fixture
def now():
    return [100.0]


@pytest.fixture
def circuit(now):
    return Circuit("one", rest=5.0, clock=lambda: now[0])


def ask(guarded, times=1):
    for _ in range(times):
        with pytest.raises((RuntimeError, UnavailableError)):
            guarded.classify(["a"])


def test_a_model_that_is_away_rests_at_once_and_is_tried_again_after(circuit, now):
    model = Breaks()
    guarded = Guarded(model, circuit)
    model.error = UnavailableError("no answer in 1 s")
    ask(guarded, 3)
    assert (model.asked, circuit.up, circuit.trouble) == (1, False, "no answer in 1 s")
    now[0] = 105.0
    ask(guarded, 2)
    assert (model.asked, circuit.up) == (2, False)
    now[0], model.error = 110.0, None
    assert guarded.classify(["a"]) == [[Label("unsafe", 0.5)]]
    assert circuit.up


def test_a_model_that_raises_rests_after_a_few_calls_in_a_row(circuit, now):
    model = Breaks()
    guarded = Guarded(model, circuit)
    model.error = RuntimeError("words of a text")
    ask(guarded, STRIKES + 5)
    assert (model.asked, circuit.up, circuit.trouble) == (STRIKES, False, "RuntimeError")
    now[0] = 105.0
    ask(guarded, 5)
    assert model.asked == STRIKES + 1


def test_an_answer_between_forgives_what_may_be_the_fault_of_a_text(circuit):
    model = Breaks()
    guarded = Guarded(model, circuit)
    for _ in range(3):
        model.error = RuntimeError("one text")
        ask(guarded, STRIKES - 1)
        model.error = None
        guarded.classify(["a"])
    assert circuit.up


def test_rest_and_recovery_are_logged_once_each_without_words_of_a_text(circuit, now, caplog):
    caplog.set_level(logging.INFO)
    model = Breaks()
    guarded = Guarded(model, circuit)
    model.error = RuntimeError("my secret words")
    ask(guarded, STRIKES + 1)
    now[0] = 105.0
    ask(guarded)
    now[0], model.error = 110.0, None
    guarded.classify(["a"])
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert "secret" not in caplog.text
