from __future__ import annotations

import numpy as np
import pytest

from detectors.text import embedding
from detectors.text.embedding import StaticEncoder


@pytest.fixture(scope="module")
def encoder() -> StaticEncoder:
    return StaticEncoder.load()


def test_related_texts_are_nearer_than_unrelated_ones(encoder):
    a, b, c = encoder.encode(
        ["How do I reset my password?", "I forgot my login", "What is the capital of France?"]
    )
    assert a @ b > 0.3 > a @ c


def test_rows_are_unit_vectors_and_zero_without_a_word(encoder):
    rows = encoder.encode(["one two", "", "?!", "天气"])
    assert rows.shape == (4, encoder.dimensions) == (4, 256)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), [1, 0, 0, 1], atol=1e-5)


def test_nothing_gives_no_rows(encoder):
    assert encoder.encode([]).shape == (0, 256)


def test_a_vector_does_not_depend_on_what_was_encoded_before(encoder, monkeypatch):
    monkeypatch.setattr(embedding, "_CACHED_WORDS", 3)
    texts = ["the sea is deep", "a mountain stands high", "the sea is deep"]
    first, _, again = (encoder.encode([text])[0] for text in texts)
    assert np.array_equal(first, again)
    assert np.array_equal(StaticEncoder.load().encode(texts[:1])[0], first)


def test_case_and_punctuation_do_not_count(encoder):
    a, b = encoder.encode(["Hello, World!", "hello world"])
    assert np.array_equal(a, b)


def test_a_huge_text_is_read_in_part(encoder):
    assert np.isfinite(encoder.encode(["x" * 1_000_000, "word " * 200_000])).all()
