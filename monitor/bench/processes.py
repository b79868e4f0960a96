"""Processes that a measurement starts and ends."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from monitor.bench import BenchError
from monitor.embedded import binary
from monitor.supervision import child

_POLL = 0.005
_STOP_SECONDS = 20.0
_LAST_WORDS = 2_000


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def listening(
    command: Sequence[str],
    *,
    port: int,
    log: Path,
    env: Mapping[str, str] | None = None,
    within: float = 20.0,
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that accepts connections on `port` by the time it is yielded; it writes to `log`.

    Raises
    ------
    BenchError
        It ends or does not accept within the time, in seconds; the message has its last words.
    """
    with log.open("ab") as out:
        running = child.start(command, env={**os.environ, **(env or {})}, stdout=out, stderr=out)
    try:
        wait_for(port, running, log=log, within=within)
        yield running
    finally:
        child.stop(running, timeout=_STOP_SECONDS)


def wait_for(
    port: int, running: subprocess.Popen[bytes], *, log: Path, within: float = 20.0
) -> None:
    """Return once a process accepts connections on `port`.

    Raises
    ------
    BenchError
        It ended, or `within` seconds are over.
    """
    until = time.monotonic() + within
    while time.monotonic() < until and running.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(_POLL)
    last = log.read_text(errors="replace")[-_LAST_WORDS:]
    raise BenchError(f"{running.args!r} does not listen on {port}; its last words:\n{last}")


def valkey_command(port: int, folder: Path, *options: str) -> list[str]:
    """The embedded Valkey's binary on a port of its own; `options` are added."""
    return [
        *(binary.find(), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)),
        *("--save", "", "--loglevel", "warning", *options),
    ]


def ask_valkey(port: int, *words: str) -> bytes:
    """One command; the first line of its answer."""
    request = b"*%d\r\n" % len(words)
    for word in words:
        request += b"$%d\r\n%b\r\n" % (len(word.encode()), word.encode())
    with socket.create_connection(("127.0.0.1", port), 5) as link:
        link.sendall(request)
        with link.makefile("rb") as answer:
            return answer.readline().strip()
