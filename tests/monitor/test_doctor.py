"""What `sidewatch doctor` says of servers, roles and baselines as they really are."""

import json
import socket
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from baselines import ENCODER, make_baseline
from typer.testing import CliRunner

from detectors.origin import Origin
from detectors.safety.builtin import screen_version
from monitor.baselines.keeping import keep
from monitor.cli.commands import app
from monitor.doctor import judging, machine, packages, roles, server
from monitor.doctor.check import examine
from monitor.errors import MonitorError
from monitor.settings import (
    ApiSettings,
    GatewaySettings,
    Settings,
    SpoolSettings,
    StoreSettings,
    WorkerSettings,
)
from monitor.store.redis import RedisStore


def verdicts(checks):
    return {check.name: check.verdict for check in checks}


def told(checks, name):
    (check,) = [check for check in checks if check.name == name]
    return f"{check.found} {check.mend}"


@pytest.fixture
def url(start_server, empty_server):
    empty_server("valkey")
    return start_server("valkey").url


def of_store(url):
    return Settings(store=StoreSettings(url=url))


async def configured(url, *pairs):
    store = RedisStore(url)
    for name, value in pairs:
        await store._link.call("CONFIG", "SET", name, value)
    await store.close()


@pytest.fixture
async def limits(url):
    """Sets the server's own settings, and puts back what they were."""

    async def put(*pairs):
        await configured(url, *pairs)

    yield put
    await configured(url, ("maxmemory", "0"), ("maxmemory-policy", "noeviction"))


async def test_a_server_without_limit_or_persistence_is_warned_of(url, limits):
    await limits(("maxmemory", "0"), ("appendonly", "no"))
    checks = await server.look(of_store(url))
    assert verdicts(checks) == {
        "store": "good",
        "store memory": "warning",
        "persistence": "warning",
        "store clock": "good",
        "journal": "good",
    }
    assert "CONFIG SET appendonly yes" in told(checks, "persistence")


async def test_a_server_that_drops_what_it_holds_is_bad(url, limits):
    await limits(("maxmemory", "200mb"), ("maxmemory-policy", "allkeys-lru"))
    checks = await server.look(of_store(url))
    assert verdicts(checks)["store memory"] == "bad"
    assert "allkeys-lru drops incidents when full" in told(checks, "store memory")


async def test_a_server_nearly_full_is_warned_of(url, limits):
    await limits(("maxmemory", "1"))
    assert "raise maxmemory" in told(await server.look(of_store(url)), "store memory")


async def test_a_replica_is_bad(url):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        await configured(url)
        store = RedisStore(url)
        try:
            await store._link.call("REPLICAOF", "127.0.0.1", nobody.getsockname()[1])
            checks = await examine("store", server.look, of_store(url))
        finally:
            await store._link.call("REPLICAOF", "NO", "ONE")
            await store.close()
    assert "bad" in verdicts(checks).values()


async def test_a_server_that_is_not_there_is_bad_and_costs_nothing_else():
    checks = await examine("store", server.look, of_store("redis://127.0.0.1:1/0"))
    assert verdicts(checks) == {"store": "bad"}
    assert "127.0.0.1:1" in told(checks, "store")


async def test_a_store_in_memory_is_warned_of():
    assert verdicts(await server.look(of_store("memory://"))) == {"store": "warning"}


async def test_what_goes_wrong_with_looking_is_told():
    async def refuses(_settings):
        raise MonitorError("not with this key")

    async def breaks(_settings):
        raise KeyError("used_memory")

    assert (await examine("a", refuses, Settings()))[0].found == "not with this key"
    assert (await examine("b", breaks, Settings()))[0].found == "KeyError: 'used_memory'"


@pytest.fixture
def serve():
    """Starts a server that answers every GET with one status; its port."""
    servers = []

    def start(status):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.send_header("Content-Length", "4")
                self.end_headers()
                self.wfile.write(b"told")

            def log_message(self, *args):
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server.server_address[1]

    yield start
    for each in servers:
        each.shutdown()
        each.server_close()


@pytest.fixture
def nowhere():
    """An address at which nothing answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


async def test_roles_and_model_server_are_asked_at_their_addresses(serve, nowhere):
    settings = Settings(
        gateway=GatewaySettings(
            listen=f"0.0.0.0:{serve(200)}",
            upstream=f"http://127.0.0.1:{serve(200)}",
            routes={"/a": f"http://{nowhere}"},
        ),
        worker=WorkerSettings(metrics_listen=f"127.0.0.1:{serve(404)}"),
        api=ApiSettings(listen=f"127.0.0.1:{serve(503)}"),
    )
    checks = await roles.look(settings)
    assert [(check.name, check.verdict) for check in checks] == [
        ("gateway", "good"),
        ("worker", "bad"),
        ("api", "bad"),
        ("upstream", "good"),
        ("upstream", "bad"),
    ]
    assert "something else answers" in told(checks, "worker")
    assert "not ready: told" in told(checks, "api")


async def test_a_model_server_that_only_fails_is_warned_of_and_one_without_models_is_good(serve):
    for status, verdict in ((500, "warning"), (404, "good"), (401, "good")):
        upstream = f"http://127.0.0.1:{serve(status)}"
        checks = await roles.look(Settings(gateway=GatewaySettings(upstream=upstream)))
        assert checks[-1].verdict == verdict


async def test_roles_that_do_not_run_are_absent(nowhere):
    settings = Settings(
        gateway=GatewaySettings(listen=nowhere),
        worker=WorkerSettings(metrics_listen=nowhere),
        api=ApiSettings(listen=nowhere),
    )
    assert {check.verdict for check in await roles.look(settings)} == {"absent"}


async def test_baselines_in_use_are_told_by_whether_they_fit(url):
    store = RedisStore(url)
    fits = replace(make_baseline("fits"), origin=Origin(screen=screen_version()))
    for model, baseline in (("m", fits), ("n", replace(fits, name="other", encoder="old"))):
        record = await keep(store, baseline, model=model)
        await store.promote_baseline(record.name, model=model)
    record = await keep(store, replace(fits, name="unused"))
    provisional = await keep(
        store, replace(fits, name="p", created=5.0), model="p", provisional=True
    )
    await store.promote_baseline(provisional.name, model="p", provisional=True)
    await store.close()
    checks = await judging.look(of_store(url))
    assert verdicts(checks) == {
        "safety model": "good",
        "baseline fits@1": "good",
        "baseline other@1": "bad",
        "baseline p@1": "warning",
    }
    assert ENCODER in told(checks, "baseline other@1")


async def test_without_a_baseline_it_says_what_will_be(url):
    assert verdicts(await judging.look(of_store(url)))["baselines"] == "absent"


async def test_a_disk_smaller_than_the_spool_is_warned_of(tmp_path):
    settings = Settings(
        store=StoreSettings(data_dir=str(tmp_path / "not" / "there")),
        spool=SpoolSettings(max_bytes=1 << 60),
    )
    checks = await machine.look(settings)
    assert verdicts(checks)["disk"] == "warning"
    assert "spool.max_bytes" in told(checks, "disk")


async def test_an_extra_that_the_settings_need_is_bad_where_it_is_missing(monkeypatch):
    monkeypatch.setattr(packages, "find_spec", lambda _name: None)
    found = verdicts(await packages.look(Settings()))
    assert (found["extra embedded"], found["extra oidc"]) == ("bad", "absent")
    found = verdicts(await packages.look(Settings(store=StoreSettings(url="redis://a:6379"))))
    assert found["extra embedded"] == "absent"


def test_the_command_tells_and_ends_with_1_where_something_is_bad(url, nowhere):
    told = {
        "SIDEWATCH_STORE_URL": url,
        "SIDEWATCH_API_LISTEN": nowhere,
        "SIDEWATCH_GATEWAY_LISTEN": nowhere,
        "SIDEWATCH_WORKER_METRICS_LISTEN": nowhere,
    }
    good = CliRunner().invoke(app, ["doctor", "--json"], env=told)
    found = {check["name"]: check["verdict"] for check in json.loads(good.stdout)}
    assert (good.exit_code, found["store"], found["gateway"]) == (0, "good", "absent")
    bad = CliRunner().invoke(app, ["doctor", "--upstream", f"http://{nowhere}"], env=told)
    assert bad.exit_code == 1
    assert "start the model server" in bad.stdout
