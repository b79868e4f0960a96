"""Two baselines compared: what moved is named, chance is not, and the noise is told."""

import numpy as np
import pytest
from baselines import make_baseline
from scipy.stats import ks_2samp

from detectors.comparison.clusters import clusters
from detectors.comparison.compare import compare
from detectors.errors import DetectorError


def test_what_moved_is_named_in_plain_units():
    found = compare(make_baseline(seed=1), make_baseline(seed=2, longer=0.5))
    (moved,) = found.moved
    assert found.distances[0] == moved
    assert (moved.name, moved.side, moved.unit) == ("prompt_length", "prompt", "median words")
    assert 17 < moved.a < 23
    assert 28 < moved.b < 39
    assert moved.ks > 2 * moved.ks_noise
    assert moved.psi > 2 * moved.psi_noise


def test_another_language_is_told_with_its_share():
    found = compare(make_baseline(seed=1), make_baseline(seed=2, language="de"))
    (moved,) = found.moved
    assert (moved.name, moved.value, moved.unit) == ("prompt_language", "de", "share")
    assert (moved.a, moved.b) == (0.0, pytest.approx(0.9, abs=0.06))


def test_without_a_change_few_comparisons_name_any():
    names = [
        len(compare(make_baseline(seed=seed), make_baseline(seed=seed + 100)).moved) > 0
        for seed in range(60)
    ]
    # One in twenty is promised: of 60 more than 9 come with a chance below 0.2%.
    assert sum(names) <= 9


def test_the_distance_is_that_of_kolmogorov_and_smirnov():
    a, b = make_baseline(seed=1), make_baseline(seed=2, longer=0.3)
    column = a.channel_names.index("prompt_log_length")
    exact = ks_2samp(a.values[:, column], b.values[:, column]).statistic
    (told,) = (each for each in compare(a, b).distances if each.name == "prompt_length")
    # At the edges of twenty bins it is at most a bin's share below the exact one.
    assert exact - 0.06 <= told.ks <= exact + 1e-9


def test_a_baseline_and_itself_are_not_apart():
    a = make_baseline(seed=1)
    found = compare(a, a)
    assert found.moved == []
    assert {each.ks for each in found.distances} == {0.0}


def test_baselines_of_different_models_are_not_compared():
    with pytest.raises(DetectorError, match="cannot be compared"):
        compare(make_baseline(seed=1), make_baseline(seed=2, sidewatch="x", screen="other"))


def test_topics_are_found_whatever_their_order():
    rng = np.random.default_rng(5)
    centres = np.linalg.qr(rng.normal(size=(16, 16)))[0][:3]
    truth = np.repeat([0, 1, 2], [60, 30, 10])
    vectors = (centres[truth] + 0.05 * rng.normal(size=(100, 16))).astype(np.float32)
    found = clusters(vectors, 3)
    assert found.tolist() == truth.tolist()
