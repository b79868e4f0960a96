"""The Redis or Valkey server: whether it answers, keeps what it is given, and how far its clock is off."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from monitor.connect import connected_journal, connected_server
from monitor.doctor.check import Check
from monitor.link import Link
from monitor.settings import Settings

_SLOW = 0.02
_CLOCK = 5.0
_FULL = 0.8
_MIB = 1 << 20


async def look(settings: Settings) -> Sequence[Check]:
    """Its version and speed, its memory, its persistence and clock; then what waits in the journal."""
    async with connected_server(settings.store) as server:
        if server is None:
            return [Check("store", "warning", "in memory: it ends with its process", _NAME_ONE)]
        return [*await _server(server, settings), await _journal(settings)]


async def _server(server: Link, settings: Settings) -> list[Check]:
    await server.call("PING")  # so that connecting is not in the time
    began = time.perf_counter()
    seconds, micros = await server.call("TIME")
    took = time.perf_counter() - began
    behind = time.time() - int(seconds) - int(micros) / 1e6
    info = await server.call("INFO")
    found = [_speed(info, took), _memory(info), _persistence(info, settings), _clock(behind)]
    return [*found, *_role(info)]


async def _journal(settings: Settings) -> Check:
    async with connected_journal(settings.store) as journal:
        backlog = await journal.backlog()
    lost = f"{backlog.dead} exchanges were given up on" if backlog.dead else ""
    waiting = (
        f"{backlog.exchanges} exchanges wait to be scored, {backlog.observations} to be watched"
    )
    told = "; ".join(filter(None, (waiting, lost)))
    if lost:
        mend = "sidewatch_exchanges_dead_total and the worker's log say why"
        return Check("journal", "warning", told, mend)
    return Check("journal", "good", told)


_NAME_ONE = "name a server: --store redis://HOST:6379/0"


def _speed(info: dict[str, Any], took: float) -> Check:
    name = "Valkey" if info.get("server_name") == "valkey" else "Redis"
    number = info.get("valkey_version") or info.get("redis_version")
    found = f"{name} {number} answers in {1e3 * took:.1f} ms"
    if took < _SLOW:
        return Check("store", "good", found)
    return Check("store", "warning", found, "put it nearer: every exchange is written to it")


def _memory(info: dict[str, Any]) -> Check:
    used, most = int(info["used_memory"]), int(info.get("maxmemory") or 0)
    policy = str(info.get("maxmemory_policy"))
    found = f"{used // _MIB} MiB used"
    if not most:
        mend = "set maxmemory, with maxmemory-policy noeviction: a full machine ends the server"
        return Check("store memory", "warning", f"{found}, without a limit", mend)
    found += f" of {most // _MIB}"
    if policy != "noeviction":
        mend = "CONFIG SET maxmemory-policy noeviction"
        return Check("store memory", "bad", f"{found}; {policy} drops incidents when full", mend)
    if used > _FULL * most:
        mend = "raise maxmemory, or lower privacy.exchange_ttl and store.journal_max"
        return Check("store memory", "warning", found, mend)
    return Check("store memory", "good", found)


def _persistence(info: dict[str, Any], settings: Settings) -> Check:
    if not int(info.get("aof_enabled") or 0):
        mend = "CONFIG SET appendonly yes"
        return Check("persistence", "warning", "a restart of the server loses what is new", mend)
    if info.get("aof_last_write_status") != "ok":
        return Check("persistence", "bad", "its last write to disk failed", "see the server's log")
    how = f"; store.fsync is {settings.store.fsync}" if not settings.store.url else ""
    return Check("persistence", "good", f"append-only file{how}")


def _clock(behind: float) -> Check:
    found = f"{abs(behind):.1f} s {'behind' if behind > 0 else 'ahead of'} this machine's"
    if abs(behind) < _CLOCK:
        return Check("store clock", "good", found)
    return Check("store clock", "warning", found, "run NTP on both: keys and leases go by it")


def _role(info: dict[str, Any]) -> Iterator[Check]:
    if info.get("role") != "master":
        mend = "name the primary, or Sentinel's address of it"
        yield Check("store role", "bad", "a replica: nothing can be written", mend)
