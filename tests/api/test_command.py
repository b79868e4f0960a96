import json
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

pytestmark = pytest.mark.e2e

COMMAND = [sys.executable, "-m", "monitor.cli", "api", "--store", "memory://"]


@pytest.fixture
def serve():
    """Starts `sidewatch api` on a free port; the process and its URL."""
    started = []

    def start(*arguments, **env):
        process = subprocess.Popen(
            [*COMMAND, "--listen", "127.0.0.1:0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **env},
        )
        started.append(process)
        line = process.stdout.readline()
        found = re.fullmatch(r"api ready on (http://127\.0\.0\.1:\d+)\n", line)
        assert found, line + process.stderr.read()
        return process, found.group(1)

    yield start
    for process in started:
        process.kill()
        process.communicate()


def run(*arguments, **env):
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **env},
    )


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return answer.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_a_signal_and_ends_well(serve, number):
    process, url = serve()
    assert json.loads(get(f"{url}/readyz")) == {"status": "ok"}
    assert json.loads(get(f"{url}/api/v1/incidents")) == {
        "items": [],
        "cursor": "",
        "similarity": {},
    }
    process.send_signal(number)
    assert process.wait(20) == 0
    assert process.stderr.read() == ""


def test_it_ends_well_though_somebody_follows_its_events(serve):
    process, url = serve()
    with urllib.request.urlopen(f"{url}/api/v1/events") as stream:
        assert stream.readline() == b"id: 0-0\n"
        assert b"sidewatch_api_event_streams 1.0" in get(f"{url}/metrics")
        process.send_signal(signal.SIGTERM)
        assert stream.read() == b"retry: 2000\n\n"
    assert process.wait(20) == 0
    assert process.stderr.read() == ""


def test_a_text_is_scored_by_the_built_in_models(serve):
    _, url = serve()
    body = json.dumps({"prompt": "How do I bake bread?"}).encode()
    request = urllib.request.Request(f"{url}/api/v1/score", body)
    with urllib.request.urlopen(request) as answer:
        score = json.load(answer)
    assert 0 <= score["prompt"]["unsafe"] < 0.5
    assert (score["prompt"]["flagged"], score["response"]) == (False, None)


def test_a_key_from_the_environment_is_asked_for(serve):
    _, url = serve(SIDEWATCH_API_KEY="secret")
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        get(f"{url}/api/v1/stats")
    refused.value.close()
    assert json.loads(get(f"{url}/api/v1/stats", Authorization="Bearer secret"))


def test_a_busy_port_is_one_line_and_exit_code_2():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        result = run("--listen", address)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert address in result.stderr
    assert "--listen" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--listen", "0.0.0.0:0"], "SIDEWATCH_API_KEY"),
        (["--listen", "8900"], "HOST:PORT"),
        (["--listen", "no.such.host.invalid:1"], "api.listen"),
        (["--config", "/nonexistent.toml"], "/nonexistent.toml"),
        (["--store", "http://127.0.0.1"], "redis://"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(arguments, said):
    result = run(*arguments)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert said in result.stderr


def test_an_installation_without_the_extra_is_told_what_to_install():
    code = "import sys; sys.modules['uvicorn'] = None; from monitor.cli import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", code, "api", "--store", "memory://"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert "pip install 'sidewatch[api]'" in result.stderr
