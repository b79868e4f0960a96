import pytest

from monitor.access.audit import first_broken
from monitor.access.issuing import issue, revoke
from monitor.access.keys import KeyRefusedError, allows, key_id, make_key, opens
from monitor.store.memory import MemoryStore

NOW = 1_000.0


def test_a_key_opens_what_it_was_made_for_and_nothing_else():
    key, record = make_key(name="ci", scope="read", at=NOW)
    other, _ = make_key(name="ci", scope="read", at=NOW)
    assert opens(record, key, at=NOW)
    assert key_id(key) == record.id
    for wrong in (other, key[:-1], key + "x", "", record.id, record.hash):
        assert not opens(record, wrong, at=NOW), wrong


def test_what_is_kept_does_not_hold_the_key():
    key, record = make_key(name="ci", scope="read", at=NOW)
    _, again = make_key(name="ci", scope="read", at=NOW)
    secret = key.split("_", 2)[2]
    assert len(secret) >= 43
    assert secret not in repr(record)
    assert record.salt != again.salt


def test_a_key_ends_when_it_expires():
    key, record = make_key(name="ci", scope="read", at=NOW, expires=NOW + 10)
    assert opens(record, key, at=NOW + 9.9)
    assert not opens(record, key, at=NOW + 10)


@pytest.mark.parametrize("text", ["", "swk", "swk_", "swk_abc", "other_abc_def", "Bearer swk"])
def test_what_is_no_key_has_no_id(text):
    assert key_id(text) == ""


def test_scopes_include_the_lesser_ones():
    scopes = ("read", "operate", "admin")
    held = [[allows(one, other) for other in scopes] for one in scopes]
    assert held == [[True, False, False], [True, True, False], [True, True, True]]


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"expires": NOW}, {"scope": "admin", "tenant": "acme"}]
)
def test_keys_that_make_no_sense_are_refused(wrong):
    with pytest.raises(KeyRefusedError):
        make_key(**{"name": "ci", "scope": "read", "at": NOW, **wrong})


async def test_issuing_and_revoking_are_in_the_audit_log_without_the_key():
    store = MemoryStore()
    key, record = await issue(store, name="ci", scope="operate", tenant="acme", by="ada", at=NOW)
    await revoke(store, record.id, by="ada", at=NOW + 1)
    ended = await revoke(store, record.id, by="ada", at=NOW + 2)
    assert ended.revoked == NOW + 1
    assert not opens(ended, key, at=NOW + 2)
    entries = (await store.audit(limit=9))[::-1]
    assert [(e.action, e.subject, e.by) for e in entries] == [
        ("key.create", record.id, "ada"),
        ("key.revoke", record.id, "ada"),
    ]
    assert entries[0].details == {"name": "ci", "scope": "operate", "tenant": "acme"}
    assert first_broken(entries) is None
    assert key.split("_", 2)[2] not in repr(entries)


async def test_a_key_that_there_is_not_cannot_be_revoked():
    with pytest.raises(KeyRefusedError, match="keys list"):
        await revoke(MemoryStore(), "nobody", by="ada", at=NOW)
