"""Features that tell language from what is none: order, loops, junk, endings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.text.declining import declining
from detectors.text.embedding import words
from detectors.text.ending import broken_off, misplaced_ends, unfinished
from detectors.text.junk import junk
from detectors.text.loops import tail_repetition
from detectors.text.order import word_order

PROSE = (
    "The harbour was quiet when we came back from the island in the evening. Most of the boats "
    "had been pulled up on the beach, and an old man was mending his nets by the light of a lamp. "
    "He told us that the weather would change before the morning, so we decided to stay."
)


def test_shuffled_words_are_out_of_order():
    rng = np.random.default_rng(0)
    shuffled = [word_order(" ".join(rng.permutation(PROSE.split()))) for _ in range(20)]
    assert word_order(PROSE) > -1.0
    assert max(shuffled) < -3.0


def test_a_sentence_end_in_the_wrong_place_is_out_of_order():
    assert word_order(PROSE.replace(" the ", " the. ")) < word_order(PROSE) - 1.0


def test_order_is_not_judged_in_few_words_or_in_other_languages():
    assert word_order("Not many words here.") is None
    assert word_order("Der Spaten ist im Lager und kostet nur noch zwanzig Euro heute") is None


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        (PROSE, 0.0, 0.05),
        (PROSE + " And so it goes on." * 40, 0.8, 1.0),
        (PROSE + " very" * 200, 0.9, 1.0),
    ],
)
def test_loops_at_the_end_are_measured(text, low, high):
    assert low <= tail_repetition(words(text)) <= high


def test_misread_bytes_are_counted_and_ordinary_accents_are_not():
    german = "Über die Brücke führt ein schöner Weg, schräg gegenüber vom Bäcker."
    assert junk(german)["misread"] == 0.0
    assert junk("Le café « déjà » naïf: NÃO, ÂGE, É.")["misread"] == 0.0
    assert junk(german.encode().decode("latin-1"))["misread"] > 0.05
    assert junk(german.encode().decode("cp1252", "replace"))["misread"] > 0.05
    assert junk("你好世界再见".encode().decode("latin-1"))["misread"] > 0.2


def test_random_letters_surprise_and_prose_does_not():
    rng = np.random.default_rng(1)
    noise = "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), size=200))
    assert junk(PROSE)["letter_surprise"] < 4.0
    assert junk(noise)["letter_surprise"] > 6.0
    assert "letter_surprise" not in junk("数字は苦手です")


def test_web_addresses_are_no_long_chunks():
    address = "https://example.org/" + "a" * 300
    assert junk(f"See {address} for more.")["longest_chunk"] < np.log(10)


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        (PROSE, 0.0),
        ("Short answer", 0.0),
        ("1. Fold the sheet in half along the dotted line", 0.0),
        ("It came to a halt near the old mill by the river", 1.0),
        (PROSE + " After that we went down to the", 3.0),
    ],
)
def test_signs_of_a_broken_end_are_counted(text, signs):
    assert broken_off(text, words(text)) == signs


@pytest.mark.parametrize(
    ("whole", "cut"),
    [
        (PROSE, PROSE[:-1]),
        (PROSE, PROSE[:-30]),
        ("we stayed on the island all day", "we stayed on the"),
        ("we stayed on the island all day", "we stayed on the isl"),
        ("we stayed on the island all day", "we stayed on the island all day "),
        ("return max(values)", "return max(values"),
        ('WHERE name = "Rose"', 'WHERE name = "Rose'),
        ("SELECT name FROM people", "SELECT name FROM people WHERE id ="),
    ],
)
def test_what_is_cut_looks_less_finished(whole, cut):
    assert unfinished(cut, words(cut)) > unfinished(whole, words(whole))


def test_a_whole_answer_is_finished():
    assert unfinished(PROSE, words(PROSE)) == 0.0
    assert unfinished("", []) == 0.0


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("I'm sorry, but I can't help with that request.", 4.0),
        ("As an AI language model, I am not able to answer that question.", 4.0),
        ("I cannot assist with this. Please ask me something else.", 3.0),
        ("Unfortunately my guidelines keep me from this.", 3.0),
        ("I'm sorry to hear that! My dog was ill last week too.", 0.0),
        ("I can't wait to see it, it sounds wonderful.", 0.0),
        ("We are unable to keep the lake open in winter.", 0.0),
        ("You can't do that while the page is loading.", 0.0),
        ("Like a moth to a flame, I can't help but look.", 0.0),
        ("I won\u2019t be able to provide the figures. " + PROSE * 3, 1.0),
    ],
)
def test_signs_of_a_refusal_are_counted(text, signs):
    assert declining(text) == signs


def _ends(text):
    text_words = words(text)
    return broken_off(text, text_words), unfinished(text, text_words), misplaced_ends(text)


def test_small_letters_after_sentence_ends_are_found():
    assert misplaced_ends(PROSE) == 0.0
    assert misplaced_ends("boats. the on had been beach. pulled lamp. and up Most") > 0.5


@given(st.text(max_size=400))
def test_any_text_gives_finite_features(text):
    found = [*junk(text).values(), *_ends(text), declining(text)]
    found += [v for v in (word_order(text), tail_repetition(words(text))) if v is not None]
    assert np.all(np.isfinite(found))
