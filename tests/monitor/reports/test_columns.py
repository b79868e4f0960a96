from dataclasses import replace

import numpy as np
import pytest

from monitor.reports.columns import nominal, numeric
from monitor.reports.distance import distances
from monitor.reports.names import name_of
from monitor.reports.table import Table


@pytest.mark.parametrize(
    ("column", "label", "side"),
    [
        ("prompt_log_length", "Prompt: words", "prompt"),
        ("response_capitals", "Answer: share of capitals", "response"),
        ("pair_something_own", "Prompt and answer: something own", "pair"),
        ("log_ttft", "Timing: time to first token, s", "timing"),
        ("queue_time", "Timing: queue time", "timing"),
        ("prompt_", "Timing: prompt ", "timing"),
    ],
)
def test_columns_have_plain_names(column, label, side):
    assert (name_of(column).label, name_of(column).side) == (label, side)


def test_values_come_back_in_plain_units(reference, moved):
    found = {each.key: each for each in numeric(reference.table, moved)}
    assert np.median(found["prompt_log_length"].reference) == pytest.approx(np.expm1(3.0), rel=0.1)
    assert np.median(found["log_ttft"].reference) == pytest.approx(np.exp(-2.0), rel=0.1)


def test_what_never_varies_or_is_on_one_side_only_is_left_out(reference, observations):
    xs = observations(50, seed=3)
    own = [replace(x, channels={**x.channels, "response_new": float(i)}) for i, x in enumerate(xs)]
    keys = {each.key for each in numeric(reference.table, Table.of_observations(own))}
    assert {"prompt_log_length", "log_ttft", "prompt_distance"} <= keys
    assert not {"response_digits", "response_new"} & keys
    assert nominal(reference.table, Table.of_observations(own)) == []


def test_what_differs_in_the_last_bits_is_the_same(moved):
    at = moved.names.index("log_ttft")
    values = moved.values.copy()
    values[:, at] = np.where(
        np.arange(len(values)) % 2, np.float32(-2), np.nextafter(np.float32(-2), 0)
    )
    steady = replace(moved, values=values)
    assert "log_ttft" not in {each.key for each in numeric(steady, steady)}


def test_rare_values_share_a_name_but_what_has_become_common_keeps_its_own(reference, moved):
    (language,) = nominal(reference.table, moved)
    assert set(language.window) == {"en", "de"}
    few = replace(moved, nominal={**moved.nominal, "prompt_language": ("en",) * 118 + ("fi", "sv")})
    (language,) = nominal(reference.table, few)
    assert set(language.window) == {"en", "(rare)"}


def test_the_distance_knows_another_topic_and_not_the_same_one(reference, observations, moved):
    same = Table.of_observations(observations(200, seed=7))
    for window, low, high in ((same, 0.0, 0.3), (moved, 0.5, 1.3)):
        before, after = distances(reference.table.prompt_embeddings, window.prompt_embeddings)
        assert np.isnan(before[::2]).all()
        assert low <= np.median(after) <= high
        assert np.nanmedian(before) < 0.3


def test_without_embeddings_there_is_no_distance():
    none = np.zeros((40, 16), dtype=np.float16)
    for reference, window in ((none, none), (none[:, :0], none[:, :0]), (none + 1, none[:, :8])):
        assert all(np.isnan(each).all() for each in distances(reference, window))
