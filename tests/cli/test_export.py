"""`sidewatch export` as an operator uses it, on the embedded store."""

import asyncio

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from monitor.cli.export import export
from monitor.connect import connected_store
from monitor.exchange.jsonl import read
from monitor.exchange.model import Exchange, Message, Request
from monitor.record import ExchangeRecord
from monitor.settings import StoreSettings

APP = typer.Typer()
APP.command()(export)
PEOPLE = (("acme", "ann"), ("acme", "bob"), ("globex", "ann"))


def exchange(tenant, user, at):
    said = Message(role="user", content="„Hello“ of " + user)
    return Exchange(
        id=f"{tenant}-{user}", ts=at, tenant=tenant, user=user, request=Request(messages=[said])
    )


@pytest.fixture
def exported(tmp_path, tmp_path_factory, monkeypatch):
    """Runs the command on a store with three exchanges; what `replay` would read."""
    # Not pytest's own folder: the path of a socket may not exceed about 100 bytes.
    folder = str(tmp_path_factory.mktemp("s"))
    monkeypatch.setenv("SIDEWATCH_STORE_DATA_DIR", folder)
    kept = [exchange(*whose, float(at)) for at, whose in enumerate(PEOPLE, start=1)]

    async def run(*arguments):
        async with connected_store(StoreSettings(data_dir=folder)) as store:
            for each in kept:
                record = msgspec.json.encode(ExchangeRecord(exchange=each))
                await store.put_exchanges([(each.id, each.ts, record)], ttl=3_600.0)
            call = [*arguments, "--out", str(tmp_path / "out.jsonl")]
            done = await asyncio.to_thread(CliRunner().invoke, APP, call)
        assert done.exit_code == 0, (done.output, done.exception)
        out = tmp_path / "out.jsonl"
        return list(read(str(out))) if out.stat().st_size else []

    return kept, run


async def test_every_exchange_comes_out_as_it_was(exported):
    kept, run = exported
    assert await run() == kept


async def test_a_tenant_a_user_and_a_time_range_narrow_it(exported):
    kept, run = exported
    assert await run("--tenant", "acme") == kept[:2]
    assert await run("--user", "ann") == [kept[0], kept[2]]
    assert await run("--user", "ann", "--tenant", "globex") == kept[2:]
    assert await run("--since", "1970-01-01T00:00:02") == kept[1:]
    assert await run("--until", "1970-01-01T00:00:02") == kept[:2]
    assert await run("--tenant", "nobody") == []
