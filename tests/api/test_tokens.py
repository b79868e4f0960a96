"""Tokens of an OpenID Connect provider, which answers on a real socket."""

import base64
import hmac
import json
import time

import pytest
from token_provider import provider

from api.events.telling import Telling, Wanted
from api.guard.callers import Caller
from api.guard.tokens.provider import Provider, ProviderError, check_url
from api.guard.tokens.verifying import Tokens
from api.problems import ProblemError
from monitor.access.oidc import OidcSettings
from monitor.settings import ApiSettings, SettingsError

STATS = "/api/v1/stats"
INCIDENT = "/api/v1/incidents/i1"
READ = {"roles": ["sidewatch-read"]}
OPERATE = {"roles": ["sidewatch-operate", "other"]}


@pytest.fixture
def issuer():
    with provider() as serving:
        yield serving


@pytest.fixture
def open_api(make_api, issuer, filled):
    """Opens an API that takes the provider's tokens."""

    def make(**oidc):
        return make_api.client(oidc=OidcSettings(issuer=issuer.issuer, **oidc))

    return make


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


async def test_a_token_opens_as_far_as_its_roles_say(open_api, issuer):
    async with open_api() as client:
        read, operate = bearer(issuer.token(**READ)), bearer(issuer.token(**OPERATE))
        assert (await client.get(STATS, headers=read)).status_code == 200
        refused = await client.patch(INCIDENT, json={"owner": "eve"}, headers=read)
        assert refused.status_code == 403
        changed = await client.patch(INCIDENT, json={"owner": "eve"}, headers=operate)
        assert changed.status_code == 200
        assert (await client.get("/api/v1/keys", headers=operate)).status_code == 403
        admin = bearer(issuer.token(roles=["sidewatch-admin"]))
        assert (await client.get("/api/v1/keys", headers=admin)).status_code == 200
    assert issuer.asked == {"/.well-known/openid-configuration": 1, "/keys": 1}


async def test_without_a_token_or_with_no_role_nothing_is_shown(open_api, issuer):
    async with open_api() as client:
        assert (await client.get(STATS)).status_code == 401
        assert (await client.get("/healthz")).status_code == 200
        for claims in ({}, {"roles": []}, {"roles": ["sidewatch"]}, {"roles": 7}):
            answer = await client.get(STATS, headers=bearer(issuer.token(**claims)))
            assert answer.status_code == 403, claims
            assert "roles has no role" in answer.json()["detail"]


async def test_a_change_is_signed_by_the_name_in_the_token_whatever_is_said(
    open_api, issuer, filled
):
    async with open_api() as client:
        token = issuer.token(**OPERATE, preferred_username="ada")
        body = {"text": "Looking.", "by": "somebody else"}
        await client.post(f"{INCIDENT}/notes", json=body, headers=bearer(token))
    assert (await filled.audit(limit=1))[0].by == "ada"


async def test_a_token_of_one_tenant_shows_that_tenants_alone(open_api, issuer, put_incident):
    await put_incident("mine", tenant="acme", seen=9.0)
    async with open_api(tenant="org.tenant") as client:
        claims = {"roles": ["sidewatch-admin"], "org": {"tenant": "acme"}}
        token = bearer(issuer.token(**claims))
        found = (await client.get("/api/v1/incidents", headers=token)).json()["items"]
        assert [each["id"] for each in found] == ["mine"]
        assert (await client.get(INCIDENT, headers=token)).status_code == 404
        assert (await client.get("/api/v1/keys", headers=token)).status_code == 403
        nobodys = await client.get(INCIDENT, headers=bearer(issuer.token(roles=claims["roles"])))
        assert (nobodys.status_code, "names no tenant" in nobodys.json()["detail"]) == (403, True)


@pytest.mark.parametrize("claim", ["scope", "realm_access.roles", "https://a.b/roles"])
async def test_roles_are_read_where_the_provider_puts_them(open_api, issuer, claim):
    told = {
        "scope": {"scope": "openid sidewatch-read email"},
        "realm_access.roles": {"realm_access": {"roles": ["sidewatch-read"]}},
        "https://a.b/roles": {"https://a.b/roles": ["sidewatch-read"]},
    }[claim]
    async with open_api(roles=claim) as client:
        answer = await client.get(STATS, headers=bearer(issuer.token(**told)))
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 3_600},
        {"nbf": int(time.time()) + 3_600},
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"exp": None},
        {"aud": None},
        {"sub": None},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_us_or_not_for_now_is_refused(open_api, issuer, claims):
    async with open_api() as client:
        answer = await client.get(STATS, headers=bearer(issuer.token(**READ, **claims)))
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(token):
    head = json.dumps({"alg": "none", "kid": "rsa"}).encode()
    return f"{part(head)}.{token.split('.')[1]}."


def signed_with_the_public_key(issuer, token):
    """The old trick: the public key taken for the secret of a shared one (RFC 8725, 2.1)."""
    head = part(json.dumps({"alg": "HS256", "kid": "rsa"}).encode())
    told = f"{head}.{token.split('.')[1]}"
    secret = json.dumps(issuer.public()[0]).encode()
    return f"{told}.{part(hmac.digest(secret, told.encode(), 'sha256'))}"


async def test_forged_tokens_are_refused(open_api, issuer):
    good = issuer.token(**READ)
    head, body, signature = good.split(".")
    other = issuer.token(roles=["sidewatch-admin"]).split(".")[1]
    forged = [
        unsigned(good),
        signed_with_the_public_key(issuer, good),
        f"{head}.{other}.{signature}",
        f"{head}.{body}.{signature[:-4]}AAAA",
        "..",
        "a.b.c",
        f"{good}{'x' * 20_000}",
        issuer.token(**READ, headers={"kid": "unknown"}),
    ]
    async with open_api() as client:
        assert (await client.get(STATS, headers=bearer(good))).status_code == 200
        for token in forged:
            answer = await client.get(STATS, headers=bearer(token))
            assert answer.status_code == 401, token[:80]


async def test_keys_that_were_made_go_on_beside_tokens(open_api, key_for):
    async with open_api() as client:
        assert (await client.get(STATS, headers=await key_for("read"))).status_code == 200


async def test_a_new_key_of_the_provider_is_read_and_made_up_names_make_no_flood(issuer):
    now = [0.0]
    tokens = Tokens(
        OidcSettings(issuer=issuer.issuer), Provider(issuer.issuer, clock=lambda: now[0])
    )
    await tokens.caller(issuer.token(**READ))
    issuer.add("next")
    for _ in range(5):
        with pytest.raises(ProblemError) as unknown:
            await tokens.caller(issuer.token("next", **READ))
        assert unknown.value.status == 401
    assert issuer.asked["/keys"] == 1
    now[0] += 31.0
    assert (await tokens.caller(issuer.token("next", **READ))).scope == "read"
    assert issuer.asked["/keys"] == 2


async def test_keys_count_on_for_a_day_while_the_provider_is_away(issuer):
    now = [0.0]
    source = Provider(issuer.issuer, clock=lambda: now[0])
    tokens = Tokens(OidcSettings(issuer=issuer.issuer), source)
    await tokens.caller(issuer.token(**READ))
    issuer.away = True
    now[0] += 3_600.0
    assert (await tokens.caller(issuer.token(**READ))).scope == "read"
    now[0] += 86_400.0
    with pytest.raises(ProblemError) as away:
        await tokens.caller(issuer.token(**READ))
    assert away.value.status == 503


async def test_a_provider_that_says_to_be_another_is_not_believed(issuer):
    issuer.told = {"issuer": "https://another.example"}
    with pytest.raises(ProviderError, match=r"says to be 'https://another\.example'"):
        await Provider(issuer.issuer).key("rsa")


async def test_keys_are_not_read_from_an_address_without_https(issuer):
    issuer.told = {"jwks_uri": "http://192.0.2.1/keys"}
    with pytest.raises(ProviderError, match="jwks_uri"):
        await Provider(issuer.issuer).key("rsa")


@pytest.mark.parametrize("url", ["", "login.example.com", "http://login.example.com", "ftp://a.b/"])
def test_a_provider_without_https_is_refused_when_it_is_set(url):
    with pytest.raises(SettingsError, match=r"api\.oidc\.issuer"):
        check_url(url, where="api.oidc.issuer")


def test_an_api_that_takes_tokens_may_listen_for_other_machines(make_api, issuer):
    oidc = OidcSettings(issuer=issuer.issuer)
    assert make_api.app(listen="0.0.0.0:8900", oidc=oidc)
    assert ApiSettings().oidc.issuer == ""


async def test_a_stream_of_events_ends_with_its_token(store):
    caller = Caller("ada", "read", subject="u-1", until=100.0)
    telling = Telling(store, caller, Wanted("0-0"), lambda: 100.5, beat=0.01)
    assert len([part async for part in telling.parts()]) == 2
