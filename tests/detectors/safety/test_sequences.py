from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.safety.sequences import (
    CONTEXT,
    LENGTH,
    abridged,
    fitting,
    prompt_sequence,
    response_sequence,
    room,
    spans,
)


def test_a_prompt_fills_the_first_segment_and_is_judged_whole():
    found = prompt_sequence([7, 8])
    assert found.ids == [101, 7, 8, 102]
    assert found.second == 4
    assert found.judged == 0


def test_a_response_stands_behind_its_prompt_and_is_judged_alone():
    found = response_sequence([7, 8], [5])
    assert found.ids == [101, 5, 102, 7, 8, 102]
    assert found.second == found.judged == 3


def test_a_response_without_a_prompt_is_still_told_from_a_prompt():
    assert response_sequence([7], []).second == 2


def test_both_ends_of_a_long_prompt_are_kept():
    kept = abridged(range(1000))
    assert kept[:2] == [0, 1]
    assert kept[-2:] == [998, 999]
    assert len(kept) == CONTEXT


def test_no_sequence_is_longer_than_the_model_was_taught():
    assert len(prompt_sequence(range(900)).ids) == LENGTH
    assert len(response_sequence(range(900), range(900)).ids) == LENGTH


@pytest.mark.parametrize("side", ["prompt", "response"])
@given(count=st.integers(0, 2000))
def test_windows_overlap_and_cover_every_token(side, count):
    found = spans(count, side)
    assert found[0][0] == 0
    assert found[-1][1] == count
    assert all(last - first <= room(side) for first, last in found)
    assert all(after[0] < before[1] for before, after in pairwise(found))


def test_a_short_prompt_is_read_with_the_end_of_what_was_said_before():
    assert fitting([1, 2], range(100)) == [*range(100 - CONTEXT + 2, 100), 1, 2]
    assert fitting([1, 2], []) == [1, 2]
    assert fitting(range(CONTEXT), [7]) == list(range(CONTEXT))
    assert fitting(range(80), [7]) == list(range(80))
