import numpy as np
import pytest

from monitor.store.base import Store, StoreError


def unit(*components):
    vector = np.array(components, dtype="<f4")
    return (vector / np.linalg.norm(vector)).tobytes()


async def test_the_nearest_come_first(store: Store):
    await store.put_vector("right", "safety", unit(1, 0, 0))
    await store.put_vector("near", "safety", unit(1, 1, 0))
    await store.put_vector("up", "safety", unit(0, 1, 0))
    found = await store.similar(unit(1, 0.1, 0), detector="safety", limit=2)
    assert [name for name, _ in found] == ["right", "near"]
    assert found[0][1] == pytest.approx(1 / np.sqrt(1.01), abs=1e-6)


async def test_an_incident_is_not_similar_to_itself(store: Store):
    await store.put_vector("a", "safety", unit(1, 0))
    await store.put_vector("b", "safety", unit(1, 1))
    found = await store.similar(unit(1, 0), detector="safety", limit=1, exclude="a")
    assert [name for name, _ in found] == ["b"]


async def test_detectors_and_widths_do_not_mix(store: Store):
    await store.put_vector("a", "safety", unit(1, 0))
    await store.put_vector("b", "drift", unit(1, 0))
    await store.put_vector("c", "safety", unit(1, 0, 0))
    found = await store.similar(unit(1, 0), detector="safety", limit=9)
    assert [name for name, _ in found] == ["a"]
    assert await store.similar(unit(1, 0), detector="anomaly", limit=9) == []


async def test_a_vector_put_again_replaces_the_first(store: Store):
    await store.put_vector("a", "safety", unit(1, 0))
    await store.put_vector("b", "safety", unit(1, 1))
    assert (await store.similar(unit(1, 0), detector="safety", limit=1))[0][0] == "a"
    await store.put_vector("a", "safety", unit(0, 1))
    found = await store.similar(unit(1, 0), detector="safety", limit=9)
    assert [name for name, _ in found] == ["b", "a"]
    assert found[1][1] == pytest.approx(0.0, abs=1e-6)


async def test_the_same_vector_put_twice_is_found_once(store: Store):
    for _ in range(2):
        await store.put_vector("a", "safety", unit(1, 0))
    assert len(await store.similar(unit(1, 0), detector="safety", limit=9)) == 1


async def test_vectors_put_after_a_search_are_found(store: Store):
    for n in range(3_000):
        await store.put_vector(str(n), "safety", unit(1, n))
    for probe in (2_999, 0):
        found = await store.similar(unit(1, probe), detector="safety", limit=3)
        assert found[0][1] == pytest.approx(1.0, abs=1e-6)
    await store.put_vector("back", "safety", unit(-1, 0))
    assert (await store.similar(unit(-1, 0), detector="safety", limit=1))[0][0] == "back"


async def test_the_vector_last_put_comes_back(store: Store):
    assert await store.get_vector("a") is None
    for n in range(1_500):
        await store.put_vector(str(n), "safety", unit(1, n))
    await store.put_vector("7", "safety", unit(0, 1))
    await store.put_vector("8", "drift", unit(1, 2, 3))
    for name, expected in (
        ("0", unit(1, 0)),
        ("7", unit(0, 1)),
        ("8", unit(1, 2, 3)),
        ("1499", unit(1, 1_499)),
    ):
        assert await store.get_vector(name) == expected


@pytest.mark.parametrize("broken", [b"", b"abc"])
async def test_what_is_no_vector_is_refused(store: Store, broken):
    with pytest.raises(StoreError, match="float32"):
        await store.put_vector("a", "safety", broken)
    with pytest.raises(StoreError, match="float32"):
        await store.similar(broken, detector="safety", limit=1)
