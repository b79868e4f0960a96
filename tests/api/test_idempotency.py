import asyncio

import pytest

from api.guard.callers import STATE, Caller
from api.guard.idempotency import Idempotent
from monitor.store.base import StoreError

URL = "/api/v1/incidents/i1/labels"
LABEL = {"verdict": "true_positive", "reason": "a test"}


def sent(key):
    return {"Idempotency-Key": key}


async def changes(store):
    """How often the incident was changed: the same label twice, too, makes two versions."""
    return (await store.get_incident("i1")).version - 1


async def test_a_change_sent_twice_with_a_key_is_made_once_and_answered_alike(client, filled):
    first = await client.post(URL, json=LABEL, headers=sent("k"))
    again = await client.post(URL, json=LABEL, headers=sent("k"))
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await changes(filled) == 1
    other = await client.post(URL, json=LABEL, headers=sent("another"))
    assert "idempotency-replayed" not in other.headers
    assert await changes(filled) == 2


@pytest.mark.parametrize(
    ("url", "body"),
    [
        (URL, {**LABEL, "reason": "another"}),
        ("/api/v1/incidents/i2/labels", LABEL),
        (f"{URL}?x=1", LABEL),
    ],
)
async def test_a_key_of_another_request_is_refused(client, filled, url, body):
    await client.post(URL, json=LABEL, headers=sent("k"))
    answer = await client.post(url, json=body, headers=sent("k"))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert await changes(filled) == 1


async def test_what_was_refused_may_be_sent_again(client, store, put_incident):
    assert (await client.post(URL, json=LABEL, headers=sent("k"))).status_code == 404
    assert (await client.post(URL, json={}, headers=sent("k"))).status_code == 422
    await put_incident("i1")
    assert (await client.post(URL, json=LABEL, headers=sent("k"))).status_code == 200


async def test_of_the_same_change_sent_at_once_one_is_made(client, filled):
    answers = await asyncio.gather(
        *(client.post(URL, json=LABEL, headers=sent("k")) for _ in range(8))
    )
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert await changes(filled) == 1


async def test_a_change_that_is_still_being_made_is_not_made_again(client, filled):
    reading, begun, going_on = filled.get_incident, asyncio.Event(), asyncio.Event()

    async def slow(name):
        begun.set()
        await going_on.wait()
        return await reading(name)

    filled.get_incident = slow
    first = asyncio.create_task(client.post(URL, json=LABEL, headers=sent("k")))
    async with asyncio.timeout(30):
        await begun.wait()
    again = await client.post(URL, json=LABEL, headers=sent("k"))
    assert (again.status_code, again.headers["retry-after"]) == (409, "1")
    going_on.set()
    assert (await first).status_code == 200


async def test_each_caller_has_keys_of_their_own(make_api, key_for, filled):
    ada, bob = await key_for("operate"), await key_for("admin")
    async with make_api.client(require_key=True) as client:
        for caller in (ada, bob, ada):
            answer = await client.post(URL, json=LABEL, headers={**caller, **sent("k")})
            assert answer.status_code == 200
    assert await changes(filled) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"key": "k2"},
        {"key": "", "subject": "s2"},
        {"key": "", "subject": "s1", "tenant": "globex"},
        {"key": "", "subject": "s1", "scope": "admin"},
    ],
)
async def test_no_caller_gets_the_answer_of_another(store, other):
    answers = iter((b"first", b"second", b"third"))

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": next(answers)})

    async def asked(caller):
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/",
            "query_string": b"",
            "headers": [(b"idempotency-key", b"k")],
            "state": {STATE: caller},
        }
        sent = []

        async def send(message):
            sent.append(message)

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        await Idempotent(app, replies=store)(scope, receive, send)
        return sent[-1]["body"]

    given = {"name": "n", "scope": "operate", "tenant": "acme", "key": "k1", **other}
    one = Caller("n", "operate", "acme", "k1" if other["key"] else "", "" if other["key"] else "s1")
    assert [await asked(caller) for caller in (one, Caller(**given), one)] == [
        b"first",
        b"second",
        b"first",
    ]


async def test_what_fails_is_not_kept(client, filled):
    reading = filled.get_incident

    async def away(_):
        raise StoreError("the store is away")

    filled.get_incident = away
    assert (await client.post(URL, json=LABEL, headers=sent("k"))).status_code == 503
    filled.get_incident = reading
    assert (await client.post(URL, json=LABEL, headers=sent("k"))).status_code == 200


async def test_without_the_store_no_change_with_a_key_is_begun(client, filled):
    async def away(*_, **__):
        raise StoreError("the store is away")

    filled.claim_reply = away
    answer = await client.post(URL, json=LABEL, headers=sent("k"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert await changes(filled) == 0


async def test_a_new_key_is_not_kept_in_the_store(client, store):
    asked = {"name": "pager", "scope": "read"}
    answer = await client.post("/api/v1/keys", json=asked, headers=sent("k"))
    assert answer.status_code == 422
    assert await store.keys() == []


async def test_scores_are_not_kept(client, store):
    texts = ("Good morning", "Good evening")
    for text in texts:
        answer = await client.post("/api/v1/score", json={"prompt": text}, headers=sent("k"))
        assert answer.status_code == 200


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "a b", b"\xe4"])
async def test_a_key_that_is_none_is_refused(client, filled, key):
    assert (await client.post(URL, json=LABEL, headers=sent(key))).status_code == 422
    assert await changes(filled) == 0


async def test_a_body_that_is_too_large_is_refused_as_without_a_key(client, filled):
    async def parts():
        for _ in range(9):
            yield b" " * (1 << 20)

    answer = await client.post(URL, content=parts(), headers=sent("k"))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
