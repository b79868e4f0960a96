"""What is measured: no proxy, nginx with buffering off, Sidewatch recording all, and two others."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from monitor.bench import BenchError, machine
from monitor.bench.load import Target
from monitor.bench.processes import free_port, listening, valkey_command

NAMES = ("direct", "nginx", "sidewatch", "litellm", "portkey")
_SLOW_START = 120.0
_JOURNAL_MAX = "10000000"  # nobody reads it here, and a full journal would record no more

_NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 16384; }}
worker_rlimit_nofile 32768;
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
_LITELLM = """
model_list:
  - model_name: paced
    litellm_params:
      model: openai/paced
      api_base: http://127.0.0.1:{upstream}/v1
      api_key: none
litellm_settings:
  telemetry: false
"""


@dataclass(frozen=True, slots=True)
class Contender:
    """Something between client and upstream: where to ask, and the processes it costs."""

    name: str
    target: Target
    root: int | None = None
    store_port: int | None = None
    store_root: int | None = None

    def pids(self) -> list[int]:
        """Its processes now; none for no proxy."""
        return machine.family(self.root) if self.root is not None else []

    def store_pids(self) -> list[int]:
        """Those of the store behind it, whose work is counted apart."""
        return machine.family(self.store_root) if self.store_root is not None else []


Start = Callable[[int, Path], AbstractContextManager[Contender]]
"""Starts a contender before the upstream on a port, with a folder of its own."""


@dataclass(frozen=True, slots=True)
class Found:
    """The contenders that are installed, and of the others what is missing."""

    starts: Mapping[str, Start]
    missing: Mapping[str, str] = field(default_factory=dict)


def find(only: list[str], *, litellm: str | None, portkey: str | None) -> Found:
    """Those of `only` that can be started here; `direct` and `sidewatch` always can.

    Raises
    ------
    BenchError
        A path that was given does not exist.
    """
    starts: dict[str, Start] = {"direct": _direct, "sidewatch": _sidewatch}
    missing = {}
    for name, start, given in (
        ("nginx", _nginx, None),
        ("litellm", _litellm, litellm),
        ("portkey", _portkey, portkey),
    ):
        if binary := _binary(name, given):
            starts[name] = partial(start, binary)
        else:
            missing[name] = f"{name} is not installed"
    chosen = {name: starts[name] for name in NAMES if name in only and name in starts}
    return Found(chosen, {name: text for name, text in missing.items() if name in only})


def _binary(name: str, given: str | None) -> str | None:
    if given is not None:
        if not Path(given).exists():
            raise BenchError(f"{given}: there is no such file; name what starts {name}")
        return str(Path(given).absolute())
    if name == "portkey":
        return None  # its program is called `gateway`: too common a name to guess
    sbin = f"/usr/sbin/{name}"
    return shutil.which(name) or (sbin if Path(sbin).exists() else None)


@contextlib.contextmanager
def _direct(upstream: int, folder: Path) -> Iterator[Contender]:  # noqa: ARG001 - as the others
    yield Contender("direct", Target(upstream))


@contextlib.contextmanager
def _nginx(binary: str, upstream: int, folder: Path) -> Iterator[Contender]:
    """One worker, buffering off, connections kept alive on both sides."""
    folder.chmod(0o777)  # its worker is another user where nginx starts as root
    port, config, log = free_port(), folder / "nginx.conf", folder / "error.log"
    config.write_text(_NGINX.format(folder=folder, upstream=upstream, port=port))
    with listening([binary, "-c", str(config), "-e", str(log)], port=port, log=log) as running:
        yield Contender("nginx", Target(port), running.pid)


@contextlib.contextmanager
def _sidewatch(upstream: int, folder: Path) -> Iterator[Contender]:
    """The gateway as it is deployed, with all recording on, writing to a Valkey."""
    port, store = free_port(), free_port()
    env = {"SIDEWATCH_STORE_DATA_DIR": str(folder), "SIDEWATCH_STORE_JOURNAL_MAX": _JOURNAL_MAX}
    command = [
        *(sys.executable, "-m", "monitor.cli", "gateway", "--listen", f"127.0.0.1:{port}"),
        *("--upstream", f"http://127.0.0.1:{upstream}", "--store", f"redis://127.0.0.1:{store}/0"),
    ]
    valkey = valkey_command(store, folder)
    with (
        listening(valkey, port=store, log=folder / "valkey.log") as kept,
        listening(command, port=port, log=folder / "gateway.log", env=env) as running,
    ):
        yield Contender("sidewatch", Target(port), running.pid, store, kept.pid)


@contextlib.contextmanager
def _litellm(binary: str, upstream: int, folder: Path) -> Iterator[Contender]:
    port, config, log = free_port(), folder / "litellm.yaml", folder / "litellm.log"
    config.write_text(_LITELLM.format(upstream=upstream))
    command = [binary, "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    env = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
    with listening(command, port=port, log=log, env=env, within=_SLOW_START) as running:
        yield Contender("litellm", Target(port), running.pid)


@contextlib.contextmanager
def _portkey(binary: str, upstream: int, folder: Path) -> Iterator[Contender]:
    port, log = free_port(), folder / "portkey.log"
    headers = {
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": f"http://127.0.0.1:{upstream}/v1",
    }
    command = ["node", binary, f"--port={port}", "--headless"]
    with listening(command, port=port, log=log, within=_SLOW_START) as running:
        yield Contender("portkey", Target(port, headers), running.pid)
