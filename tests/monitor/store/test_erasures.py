from monitor.access.erased import KEPT_FOR, was_erased
from monitor.access.owner import Owner
from monitor.store.base import Store


async def test_the_latest_erasure_of_each_owner_is_remembered_for_a_time(store: Store):
    assert await store.erasures() == {}
    for owner, at in (("a", 1.0), ("b", 2.0), ("a", 3.5)):
        await store.put_erasure(owner, at=at)
    assert await store.erasures() == {"a": 3.5, "b": 2.0}
    await store.put_erasure("c", at=KEPT_FOR + 3.0)
    assert await store.erasures() == {"a": 3.5, "c": KEPT_FOR + 3.0}


def test_what_is_older_than_the_erasure_of_its_owner_was_erased():
    digests = {
        Owner(tenant="acme").digest: 10.0,
        Owner(user="ann").digest: 20.0,
        Owner(tenant="globex", user="cyd").digest: 30.0,
    }
    cases = {
        ("acme", "bob", 10.0): True,
        ("acme", "bob", 10.5): False,
        ("globex", "ann", 20.0): True,
        ("", "ann", 5.0): True,
        ("globex", "cyd", 25.0): True,
        ("acme", "cyd", 25.0): False,
        ("globex", "", 5.0): False,
        ("", "", 5.0): False,
    }
    for (tenant, user, at), expected in cases.items():
        assert was_erased(tenant, user, at, digests) is expected, (tenant, user, at)
    assert not was_erased("acme", "ann", 0.0, {})
