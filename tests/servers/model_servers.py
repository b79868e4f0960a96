"""Real model servers, one of each kind for the session, started when a test asks for one."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Served:
    """A model server: where it listens, and the name it wants in requests."""

    url: str
    model: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(
    command: list[str], url: str, log, *, cwd: str | None = None, **environment: str
) -> subprocess.Popen[bytes]:
    """Start a server process and wait until its /health answers 200."""
    process = subprocess.Popen(
        command, stdout=log, stderr=subprocess.STDOUT, cwd=cwd, env=os.environ | environment
    )
    until = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(f"{url}/health", timeout=5).close()
        except (OSError, urllib.error.HTTPError):
            time.sleep(0.05)
        else:
            return process
    process.kill()
    pytest.fail(f"{command[:3]} did not come up; its output is in {log.name}")


@pytest.fixture(scope="session")
def llama_server(tmp_path_factory):
    """llama.cpp's server with SmolLM2 135M, a real language model."""
    pytest.importorskip("xllamacpp")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "monitor.demo.model_server", "--port", str(port)]
    with (tmp_path_factory.mktemp("llama") / "log").open("wb") as log:
        process = start(command, url, log)
        yield Served(url, "smollm2")
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def transformers_server(tmp_path_factory):
    """`transformers serve` with a tiny random Llama."""
    pytest.importorskip("transformers")
    import tiny_llama

    folder = tmp_path_factory.mktemp("tiny-llama")
    tiny_llama.make(folder / "model")
    (folder / "hub").mkdir()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        *(sys.executable, "-m", "transformers.cli.transformers", "serve", str(folder / "model")),
        *("--device", "cpu", "--dtype", "float32", "--host", "127.0.0.1", "--port", str(port)),
    ]
    with (folder / "log").open("wb") as log:
        process = start(command, url, log, HF_HUB_OFFLINE="1", HF_HUB_CACHE=str(folder / "hub"))
        yield Served(url, str(folder / "model"))
        process.kill()
        process.wait()


@pytest.fixture(params=["llama", "transformers"])
def model_server(request):
    """Each of the real servers in turn."""
    return request.getfixturevalue(f"{request.param}_server")
