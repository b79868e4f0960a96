"""The index by itself, at sizes where a search is not exact any more."""

import numpy as np
import pytest

from monitor.store.traits import Among, Traits
from monitor.store.vectors import EXACT_UP_TO, Named, VectorIndex

WIDTH = 256
GROUPS = 200


def make_vectors(number, *, seed):
    """Unit vectors about a few hundred middles, as texts of the same attack are."""
    rng = np.random.default_rng(seed)
    middles = np.random.default_rng(0).standard_normal((GROUPS, WIDTH))
    rows = middles[rng.integers(GROUPS, size=number)] + rng.standard_normal((number, WIDTH))
    return np.float32(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@pytest.fixture(scope="module")
def filled():
    """An index of 20,000, its vectors, and whose they are: the rarest tenant has 2,000."""
    vectors = make_vectors(20_000, seed=1)
    tenants = ["rare" if n % 10 == 0 else "common" for n in range(len(vectors))]
    index = VectorIndex(WIDTH)
    owners = [Named(str(n), Traits(tenant=tenant)) for n, tenant in enumerate(tenants)]
    for first in range(0, len(vectors), 1_000):
        rows = list(range(first, first + 1_000))
        index.write(rows, owners[first : first + 1_000], vectors[rows])
    return index, vectors, np.array(tenants)


def nearest(vectors, query, rows):
    cosines = vectors[rows] @ query
    return {str(rows[place]) for place in np.argsort(-cosines)[:10]}


def test_among_many_nearly_all_of_the_nearest_are_found(filled):
    index, vectors, _ = filled
    every = np.arange(len(vectors))
    hits = 0
    for query in make_vectors(50, seed=2):
        found = index.nearest(query, limit=10)
        assert [cosine for _, cosine in found] == sorted((c for _, c in found), reverse=True)
        hits += len(nearest(vectors, query, every) & {name for name, _ in found})
    assert hits >= 490


def test_among_few_of_many_a_search_is_exact(filled):
    index, vectors, tenants = filled
    rows = np.flatnonzero(tenants == "rare")
    assert len(rows) <= EXACT_UP_TO
    for query in make_vectors(20, seed=3):
        found = index.nearest(query, limit=10, among=Among(tenant=("rare",)))
        assert {name for name, _ in found} == nearest(vectors, query, rows)


def test_a_vector_that_is_there_is_found_first_whatever_the_size(filled):
    index, vectors, _ = filled
    for row in range(0, len(vectors), 997):
        ((name, cosine),) = index.nearest(vectors[row], limit=1)
        assert (name, round(cosine, 5)) == (str(row), 1.0)


@pytest.mark.parametrize("width", [1, 2, 63, 64, 65, 200])
def test_every_width_has_its_signs(width):
    rng = np.random.default_rng(width)
    number = EXACT_UP_TO + 1
    vectors = np.float32(rng.standard_normal((number, width)))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = VectorIndex(width)
    index.write(range(number), [Named(str(n)) for n in range(number)], vectors)
    ((_, cosine),) = index.nearest(vectors[7], limit=1)
    assert cosine == pytest.approx(1.0, abs=1e-5)


def test_of_more_copies_than_are_compared_those_that_are_named_are_copies():
    number = EXACT_UP_TO + 100
    vectors = np.repeat(make_vectors(1, seed=4), number, axis=0)
    vectors[:50] = make_vectors(50, seed=5)
    index = VectorIndex(WIDTH)
    index.write(range(number), [Named(str(n)) for n in range(number)], vectors)
    found = index.nearest(vectors[-1], limit=20)
    assert len(found) == 20
    assert all(int(name) >= 50 and cosine == pytest.approx(1.0, abs=1e-5) for name, cosine in found)
