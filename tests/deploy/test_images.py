import http.server
import os
import re
import subprocess
import sys
import threading
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from monitor.settings import ENV_PREFIX, Settings, keys

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SCRIPTS = Path(sys.executable).parent
HEAVY = {
    *("torch", "transformers", "numpy", "scipy", "pandas", "scikit-learn", "evidently"),
    *("fastapi", "uvicorn", "wordllama"),
}


def test_the_dockerfile_passes_hadolint():
    subprocess.run([SCRIPTS / "hadolint", DEPLOY / "Dockerfile"], check=True)


def test_the_compose_file_is_one_by_its_schema():
    check = [SCRIPTS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec"]
    subprocess.run([*check, DEPLOY / "compose.yaml"], check=True)


def test_every_variable_set_for_a_role_is_a_setting():
    known = {"_".join((ENV_PREFIX, *path)).upper() for path, _ in keys(Settings)}
    used = set(re.findall(r"\bSIDEWATCH_\w+(?==)", (DEPLOY / "Dockerfile").read_text()))
    for role in ("gateway", "worker", "api"):
        used |= set(COMPOSE["services"][role]["environment"])
    assert len(used) >= 5
    assert used <= known


def test_every_extra_that_an_image_takes_exists():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for service in COMPOSE["services"].values():
        extra = service.get("build", {}).get("args", {}).get("EXTRAS")
        assert extra is None or extra in project["optional-dependencies"]


def test_what_the_dockerfile_copies_is_there_and_not_ignored():
    copied = re.findall(
        r"^COPY (?!--from)(?:--\S+ )?(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE
    )
    sources = {name for line in copied for name in line.split()}
    kept = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line.startswith("!")
    }
    assert len(sources) >= 8
    assert sources == kept
    assert all((ROOT / name).exists() for name in sources)


def test_the_gateway_image_gets_no_heavy_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    todo, got = [Requirement(text) for text in project["dependencies"]], set()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        extra = {"extra": ""}
        if name in got or (requirement.marker and not requirement.marker.evaluate(extra)):
            continue
        got.add(name)
        todo += [Requirement(text) for text in requires(name) or []]
    assert "redis" in got
    assert not got & HEAVY


@pytest.fixture
def answering():
    """An HTTP server that answers a path with 200 and the rest with 404; its port."""

    def serve(good):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200 if self.path == good else 404)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        return server.server_port

    started = []
    yield serve
    for server in started:
        server.shutdown()
        server.server_close()


def healthy(role, variable, port):
    env = {**os.environ, "ROLE": role, variable: f"0.0.0.0:{port}"}
    check = [sys.executable, DEPLOY / "healthy.py"]
    return subprocess.run(check, env=env, check=False, capture_output=True).returncode


@pytest.mark.parametrize(
    ("role", "variable", "path"),
    [
        ("gateway", "SIDEWATCH_GATEWAY_LISTEN", "/_sidewatch/healthz"),
        ("worker", "SIDEWATCH_WORKER_METRICS_LISTEN", "/healthz"),
        ("api", "SIDEWATCH_API_LISTEN", "/healthz"),
    ],
)
def test_the_health_check_asks_the_role_of_its_container(answering, role, variable, path):
    assert healthy(role, variable, answering(path)) == 0
    assert healthy(role, variable, answering("/elsewhere")) == 1
