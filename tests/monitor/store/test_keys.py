from dataclasses import replace

from monitor.access.keys import make_key
from monitor.store.base import Store


async def test_keys_are_found_by_id_and_listed_newest_first(store: Store):
    made = [make_key(name=f"k{n}", scope="read", at=float(n), tenant="acme")[1] for n in range(3)]
    for record in made:
        await store.put_key(record)
    assert await store.get_key(made[1].id) == made[1]
    assert await store.get_key("nobody") is None
    assert await store.keys() == made[::-1]


async def test_a_revoked_key_stays_as_revoked(store: Store):
    _, record = make_key(name="k", scope="admin", at=1.0, expires=9.0)
    await store.put_key(record)
    await store.put_key(replace(record, revoked=2.0))
    assert await store.keys() == [replace(record, revoked=2.0)]
