"""Sidewatch as its operators run it: commands in processes of their own, one folder each."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PATIENCE = 60.0


def until(true, *, what, timeout=PATIENCE):
    """The first true value that a call gives; fails when patience ends."""
    deadline = time.monotonic() + timeout
    while not (value := true()):
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {timeout:.0f} s")
        time.sleep(0.05)
    return value


def get(url):
    """The JSON at a URL; None while nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)
    except OSError:
        return None


def metric(url, name, **labels):
    """The sum of a metric's samples whose labels match."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        text = answer.read().decode()
    wanted = {f'{key}="{value}"' for key, value in labels.items()}
    total = 0.0
    for line in text.splitlines():
        match = re.fullmatch(rf"{name}(?:\{{(.*)\}})? (\S+)", line)
        if match and wanted <= set((match[1] or "").split(",")):
            total += float(match[2])
    return total


def processes_of(folder):
    """Ids of live processes that name a folder in their command line or environment."""
    needle = str(folder).encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            ended = (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            if needle in told and not ended:
                found.append(int(entry.name))
    return found


def mind_hangups():
    """As a terminal starts a command, also where the tests themselves run under nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@dataclass
class Sidewatch:
    """A folder with a configuration, and the commands started in it."""

    folder: Path
    ports: dict[str, int]
    started: list[subprocess.Popen] = field(default_factory=list)

    @property
    def gateway(self):
        return f"http://127.0.0.1:{self.ports['gateway']}"

    @property
    def api(self):
        return f"http://127.0.0.1:{self.ports['api']}"

    @property
    def worker(self):
        return f"http://127.0.0.1:{self.ports['worker']}"

    @property
    def data_dir(self):
        return self.folder / "data"

    def start(self, *arguments, ready=(), **environment):
        """Start a command and wait until these URLs answer."""
        log = (self.folder / "log").open("ab")
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor.cli", *map(str, arguments)],
            stdout=log,
            stderr=log,
            cwd=self.folder,
            env={**os.environ, **self.environment(), **environment},
            preexec_fn=mind_hangups,  # noqa: PLW1509 - it calls nothing that may hold a lock
        )
        log.close()
        self.started.append(process)
        for url in ready:

            def answers(url=url):
                assert process.poll() is None, (self.folder / "log").read_text()
                with contextlib.suppress(OSError):
                    return urllib.request.urlopen(url, timeout=5).status == 200

            until(answers, what=f"{arguments[0]} ready")
        return process

    def environment(self):
        """Addresses of the roles and the data directory, as an operator would set them."""
        return {
            "SIDEWATCH_GATEWAY_LISTEN": f"127.0.0.1:{self.ports['gateway']}",
            "SIDEWATCH_API_LISTEN": f"127.0.0.1:{self.ports['api']}",
            "SIDEWATCH_WORKER_METRICS_LISTEN": f"127.0.0.1:{self.ports['worker']}",
            "SIDEWATCH_STORE_DATA_DIR": str(self.data_dir),
        }

    def up(self, upstream, **environment):
        """`sidewatch up`, ready."""
        ready = [
            f"{self.gateway}/_sidewatch/healthz",
            f"{self.api}/healthz",
            f"{self.worker}/readyz",
        ]
        return self.start("up", "--upstream", upstream, ready=ready, **environment)

    def run(self, *arguments, **environment):
        """A command to its end; its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "monitor.cli", *map(str, arguments)],
            cwd=self.folder,
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            env={**os.environ, **self.environment(), **environment},
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def ask(self, prompt, **body):
        """A chat request through the gateway: its exchange's id, and the answer's bytes."""
        asked = {"model": "smollm2", "max_tokens": 8, "temperature": 0, **body}
        asked["messages"] = [{"role": "user", "content": prompt}]
        request = urllib.request.Request(
            f"{self.gateway}/v1/chat/completions",
            json.dumps(asked).encode(),
            {"content-type": "application/json", "x-sidewatch-tenant": "acme"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.headers["x-sidewatch-id"], answer.read()

    def incidents(self, **filters):
        query = "&".join(f"{key}={value}" for key, value in filters.items())
        page = get(f"{self.api}/api/v1/incidents?{query}")
        return page["items"] if page else []

    def stop(self):
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()
            process.wait()


@pytest.fixture
def free_port():
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def sidewatch(tmp_path):
    """Sidewatch in a folder of its own; whatever was started is ended."""
    held = [socket.socket() for _ in range(3)]
    for probe in held:
        probe.bind(("127.0.0.1", 0))
    ports = dict(zip(("gateway", "api", "worker"), (p.getsockname()[1] for p in held), strict=True))
    for probe in held:
        probe.close()
    running = Sidewatch(tmp_path, ports)
    yield running
    running.stop()
