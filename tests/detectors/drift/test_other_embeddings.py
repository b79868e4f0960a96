"""What the benchmark puts in place of the static vectors is what it says it is."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.drift.embeddings import embedded, with_vectors
from detectors.observation import Observation

VECTORS = {"ask": np.array([1.0, 0.0]), "answer": np.array([0.6, 0.8])}


def exchange(prompt, response):
    return Observation(
        id="x",
        at=0.0,
        model="m",
        prompt=prompt,
        response=response,
        prompt_embedding=np.ones(3),
        response_embedding=np.ones(3),
        channels={"pair_cosine": 1.0, "log_ttft": 2.0},
    )


def test_an_exchange_carries_the_new_vectors_and_their_cosine():
    x = with_vectors(exchange("ask", "answer"), VECTORS)
    assert (x.prompt_embedding, x.response_embedding) == (VECTORS["ask"], VECTORS["answer"])
    assert x.channels == {"log_ttft": 2.0, "pair_cosine": pytest.approx(0.6)}


def test_an_exchange_that_is_not_sampled_carries_no_vector_and_no_cosine():
    x = with_vectors(exchange("ask", "answer"), {})
    assert (x.prompt_embedding, x.response_embedding) == (None, None)
    assert x.channels == {"log_ttft": 2.0}


def test_batches_by_length_give_each_text_its_own_vector():
    texts = ["a" * (1 + i * 37 % 100) + str(i) for i in range(100)]
    found, _ = embedded(texts, lambda batch: np.array([[float(text[-1])] for text in batch]))
    assert {text: vector[0] for text, vector in found.items()} == {t: float(t[-1]) for t in texts}
