from monitor.access.noting import note
from monitor.access.policies import note_policy
from monitor.store.memory import MemoryStore


async def test_a_policy_is_noted_when_it_is_another_than_before():
    store = MemoryStore()
    noted = []
    for at, version in enumerate(("a", "a", "b", "b", "a")):
        noted.append(await note_policy(store, version, by="worker w", at=float(at)))
        await note(store, "key.create", str(at), by="ada", at=float(at))
    assert noted == [True, False, True, False, True]
    told = [e for e in (await store.audit(limit=99))[::-1] if e.action == "policy.use"]
    assert [(e.subject, e.details.get("before", "")) for e in told] == [
        ("a", ""),
        ("b", "a"),
        ("a", "b"),
    ]
