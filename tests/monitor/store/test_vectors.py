import numpy as np
import pytest

from monitor.store.base import Store, StoreError
from monitor.store.traits import Among, Traits


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


async def test_a_narrowed_search_misses_none_behind_nearer_ones_of_others(store: Store):
    for n in range(300):
        traits = Traits(kind="violence", model="m", tenant="big")
        await store.put_vector(f"big{n:03}", "safety", unit(1, n / 1_000), traits)
    await store.put_vector("small", "safety", unit(0, 1), Traits("violence", "m", "small"))
    await store.put_vector("kind", "safety", unit(-1, 0), Traits("self_harm", "m", "small"))

    async def found(**among):
        near = await store.similar(unit(1, 0), detector="safety", limit=2, among=Among(**among))
        return [name for name, _ in near]

    assert await found() == ["big000", "big001"]
    assert await found(tenant=("small",)) == ["small", "kind"]
    assert await found(tenant=("small",), kind=("self_harm",), model=("m", "n")) == ["kind"]
    assert await found(kind=("self_harm", "other"), tenant=("big", "small")) == ["kind"]
    assert await found(model=("other",)) == []


async def test_an_incident_that_changed_hands_is_found_by_its_new_traits(store: Store):
    await store.put_vector("a", "safety", unit(1, 0), Traits(tenant="one"))
    await store.put_vector("a", "safety", unit(1, 0), Traits(tenant="two"))
    for tenant, expected in (("one", []), ("two", ["a"])):
        among = Among(tenant=(tenant,))
        near = await store.similar(unit(1, 0), detector="safety", limit=2, among=among)
        assert [name for name, _ in near] == expected


async def test_a_vector_of_another_width_or_detector_replaces_the_first(store: Store):
    await store.put_vector("a", "safety", unit(1, 0))
    await store.put_vector("a", "safety", unit(1, 0, 0))
    await store.put_vector("a", "anomaly", unit(1, 0, 0))
    assert await store.similar(unit(1, 0), detector="safety", limit=2) == []
    assert await store.similar(unit(1, 0, 0), detector="safety", limit=2) == []
    assert await store.similar(unit(1, 0, 0), detector="anomaly", limit=2) == [("a", 1.0)]
    assert await store.get_vector("a") == unit(1, 0, 0)
    assert await store.delete_vector("a")
    assert await store.get_vector("a") is None


async def test_others_in_the_room_of_deleted_vectors_are_found_as_themselves(store: Store):
    for n in range(9):
        await store.put_vector(f"old{n}", "safety", unit(1, 0), Traits(tenant="old"))
    assert len(await store.similar(unit(1, 0), detector="safety", limit=20)) == 9
    for n in range(0, 9, 2):
        assert await store.delete_vector(f"old{n}")
    for n in range(7):
        await store.put_vector(f"new{n}", "safety", unit(0, 1), Traits(tenant="new"))
    found = await store.similar(unit(1, 0), detector="safety", limit=20)
    assert sorted(found) == sorted(
        [(f"old{n}", 1.0) for n in range(1, 9, 2)] + [(f"new{n}", 0.0) for n in range(7)]
    )
    among = Among(tenant=("old",))
    found = await store.similar(unit(1, 0), detector="safety", limit=20, among=among)
    assert sorted(name for name, _ in found) == ["old1", "old3", "old5", "old7"]
