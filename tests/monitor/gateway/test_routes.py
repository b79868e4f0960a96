"""Requests go where their path says, and say who sent them, over real sockets."""

import pytest
from wire import CHAT, CLOSE, body_of, echo, post

from monitor.gateway.errors import GatewayError
from monitor.gateway.upstreams.routes import Routes

KEY = b"sk-live-0123456789abcdef"


def named(name):
    async def script(peer):
        while True:
            head, _ = await peer.request()
            await peer.answer(name + b" " + head.split(b" ", 2)[1])

    return script


async def asked(running, path):
    answer = await running.raw(b"GET %b HTTP/1.1\r\nhost: h\r\n%b\r\n" % (path, CLOSE))
    return body_of(answer)


async def test_the_longest_prefix_that_ends_at_a_segment_chooses_the_upstream(gateway, upstream):
    one, two, three = [await upstream(named(name)) for name in (b"one", b"two", b"three")]
    running = await gateway(one, routes={"/a": two, "/a/b": three})
    assert await asked(running, b"/x") == b"one /x"
    assert await asked(running, b"/ab") == b"one /ab"
    assert await asked(running, b"/a") == b"two /a"
    assert await asked(running, b"/a/c?d=/a/b") == b"two /a/c?d=/a/b"
    assert await asked(running, b"/a/b/c") == b"three /a/b/c"


async def test_a_path_in_the_upstreams_url_takes_the_place_of_the_prefix(gateway, upstream):
    url = await upstream(named(b"other"))
    running = await gateway(url, routes={"/a": f"{url}/", "/b/": f"{url}/deep/"})
    assert await asked(running, b"/a/v1/models") == b"other /v1/models"
    assert await asked(running, b"/b/v1") == b"other /deep/v1"


async def test_an_exchange_keeps_the_path_that_was_asked_for(gateway, upstream):
    url = await upstream(echo)
    running = await gateway(url, routes={"/team": f"{url}/"})
    await running.raw(post(CHAT, path=b"/team/v1/chat/completions", head=CLOSE))
    exchange = await running.only_exchange()
    assert exchange.route == "/team/v1/chat/completions"
    assert exchange.dialect == "openai_chat"


@pytest.mark.parametrize("prefix", ["a", "/a?b", "/ä"])
def test_a_prefix_that_is_no_path_is_refused_by_name(prefix):
    with pytest.raises(GatewayError, match="not a path prefix"):
        Routes([("", "http://h"), (prefix, "http://h")], connect_timeout=1)


async def test_tenant_user_and_conversation_come_from_their_headers(gateway, upstream):
    running = await gateway(await upstream(echo), user_header="X-User")
    who = b"X-Sidewatch-Tenant: acme\r\nx-user: j\xc3\xb6rg\r\nx-sidewatch-conversation: %b\r\n" % (
        b"c" * 500
    )
    await running.raw(post(CHAT, head=CLOSE + who))
    exchange = await running.only_exchange()
    assert (exchange.tenant, exchange.user) == ("acme", "jörg")
    assert exchange.conversation == "c" * 128


async def test_the_same_key_is_told_from_others_and_never_kept(gateway, upstream):
    running = await gateway(await upstream(echo), key_secret="pepper")
    sent = [b"Authorization: Bearer " + KEY, b"X-Api-Key: " + KEY, b"x-api-key: other", b"x: y"]
    for line in sent:
        answer = await running.raw(post(CHAT, head=CLOSE + line + b"\r\n"))
        assert line in answer, "the upstream needs it"
    bearer, bare, other, none = [each.key for each in await running.exchanges(4)]
    assert bearer == bare
    assert len({bearer, other, none}) == 3
    assert (len(bearer), none) == (16, "")
    assert KEY.decode() not in repr(running.seen)


async def test_without_a_secret_keys_are_not_told_apart(gateway, upstream):
    running = await gateway(await upstream(echo))
    await running.raw(post(CHAT, head=CLOSE + b"x-api-key: " + KEY + b"\r\n"))
    assert (await running.only_exchange()).key == ""


async def test_another_secret_makes_other_hashes(gateway, upstream):
    url, hashed = await upstream(echo), set()
    for secret in ("one", "two"):
        running = await gateway(url, key_secret=secret)
        await running.raw(post(CHAT, head=CLOSE + b"x-api-key: " + KEY + b"\r\n"))
        hashed.add((await running.only_exchange()).key)
    assert len(hashed) == 2


async def test_fields_of_the_body_name_who_asks_where_no_header_does(gateway, upstream):
    running = await gateway(
        await upstream(echo),
        tenant_field="metadata.tenant",
        user_field="metadata.who.id",
        conversation_field="thread",
    )
    body = CHAT[:-1] + b',"user":"u","thread":7,"metadata":{"tenant":"acme","who":{"id":"me"}}}'
    other = CHAT[:-1] + b',"user":"u","thread":["x"],"metadata":"acme"}'
    await running.raw(post(body, head=CLOSE))
    await running.raw(post(body, head=CLOSE + b"x-sidewatch-tenant: header\r\n"))
    await running.raw(post(other, head=CLOSE))
    named, by_header, odd = await running.exchanges(3)
    assert (named.tenant, named.user, named.conversation) == ("acme", "me", "7")
    assert by_header.tenant == "header"
    assert (odd.tenant, odd.user, odd.conversation) == ("", "u", "")
