import pytest

from api.guard.auth import OPEN_PATHS, is_loopback
from monitor.settings import SettingsError

KEY = "a long and secret key"


def every_route(app):
    """Method and path of each operation, and of the pages that the OpenAPI document leaves out."""
    operations = [
        (method.upper(), path.replace("{", "").replace("}", ""))
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    ]
    return [*operations, ("GET", "/docs"), ("GET", "/openapi.json"), ("GET", "/made-up")]


async def test_every_route_but_the_probes_needs_the_key(make_api):
    routes = every_route(make_api.app())
    assert len(routes) >= 18
    async with make_api.client(listen="0.0.0.0:8900", key=KEY) as client:
        answers = {path: await client.request(method, path) for method, path in routes}
    for path, answer in answers.items():
        assert answer.status_code == (200 if path in OPEN_PATHS else 401), path
    refused = answers["/api/v1/stats"]
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": f"Bearer {KEY}"}, 200),
        ({"Authorization": f"bearer {KEY}"}, 200),
        ({"X-API-Key": KEY}, 200),
        ({}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": f"Bearer {KEY}x"}, 401),
        ({"Authorization": f"Basic {KEY}"}, 401),
        ({"Authorization": KEY}, 401),
        ({"X-API-Key": ""}, 401),
        ({"X-API-Key": KEY[:-1]}, 401),
    ],
)
async def test_the_key_opens_in_either_header(make_api, headers, status):
    async with make_api.client(listen="0.0.0.0:8900", key=KEY, headers=headers) as client:
        assert (await client.get("/api/v1/policy")).status_code == status


async def test_a_key_is_asked_for_on_loopback_too_once_there_is_one(make_api):
    async with make_api.client(key=KEY) as client:
        assert (await client.get("/api/v1/policy")).status_code == 401


@pytest.mark.parametrize("listen", ["0.0.0.0:8900", "[::]:8900", "192.0.2.7:8900", "myhost:8900"])
async def test_no_key_on_an_address_that_others_reach_is_refused(make_api, listen):
    with pytest.raises(SettingsError, match="SIDEWATCH_API_KEY"):
        make_api.app(listen=listen)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.evil.test", False),
    ],
)
def test_loopback_is_told_from_the_rest(host, expected):
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8900"}, 200),
        ({"Host": "[::1]:8900"}, 200),
        ({"Origin": "http://127.0.0.1:3000"}, 200),
        ({"Host": "rebound.evil.test"}, 403),
        ({"Origin": "https://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "["}, 403),
    ],
)
async def test_without_a_key_other_sites_cannot_use_a_browser_here(make_api, headers, status):
    async with make_api.client(headers=headers) as client:
        assert (await client.post("/api/v1/score", json={"prompt": "a"})).status_code == status
