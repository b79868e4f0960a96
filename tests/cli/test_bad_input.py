"""Whatever is wrong with what a person gives, the answer is one clear message and exit code 2."""

import os
import socket
import subprocess
import sys

import pytest

TIMEOUT = 60


def sidewatch(*arguments, cwd, stdin=b"", **env):
    return subprocess.run(
        [sys.executable, "-m", "monitor.cli", *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=TIMEOUT,
        env={**os.environ, "XDG_DATA_HOME": str(cwd), "COLUMNS": "200", **env},
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "good.jsonl").write_text('{"prompt": "How do I cook rice?"}\n')
    (tmp_path / "broken.jsonl").write_text('{"prompt": "good"}\n{broken\n')
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "other.jsonl").write_text('{"text": "x"}\n')
    (tmp_path / "typo.toml").write_text('[gateway]\nlisen = "127.0.0.1:1"\n')
    (tmp_path / "broken.toml").write_text("[gateway\n")
    (tmp_path / "port.toml").write_text('[gateway]\nlisten = "8080"\n')
    (tmp_path / "route.toml").write_text('[gateway.routes]\nteam = "http://h"\n')
    (tmp_path / "scheme.toml").write_text('[gateway.routes]\n"/team" = "ftp://h"\n')
    (tmp_path / "spool.toml").write_text("[spool]\nmax_bytes = -5\n")
    (tmp_path / "garbage.baseline").write_bytes(b"\x00\x01garbage")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["score", "broken.jsonl"], ["broken.jsonl:2", "not a JSON object"]),
        (["score", "empty.jsonl"], ["empty.jsonl", "holds no exchange"]),
        (["score", "other.jsonl"], ["other.jsonl:1", 'neither "request"']),
        (["score", "nowhere.jsonl"], ["nowhere.jsonl", "cannot be read"]),
        (["score", "good.jsonl", "--out", "no/such/folder/x"], ["no/such/folder/x", "written"]),
        (["score", "good.jsonl", "--policy", "typo.toml"], ["typo.toml", "unknown key"]),
        (["replay", "broken.jsonl"], ["broken.jsonl:2"]),
        (
            ["replay", "good.jsonl", "--baseline", "gone.baseline"],
            ["gone.baseline", "no such file"],
        ),
        (["replay", "good.jsonl", "--baseline", "garbage.baseline"], ["baseline build"]),
        (["replay", "good.jsonl", "--detectors", "safety,luck"], ["luck", "known: latency"]),
        (["baseline", "build", "good.jsonl", "--out", "b.baseline"], ["99", "100"]),
        (["baseline", "build", "good.jsonl"], ["--out FILE"]),
        (["baseline", "build", "--out", "b"], ["--since SPAN"]),
        (["baseline", "build", "--since", "soon", "--out", "b"], ["soon", "6h"]),
        (["config", "check", "typo.toml"], ["typo.toml", "did you mean 'listen'?"]),
        (["config", "check", "broken.toml"], ["broken.toml", "not valid TOML"]),
        (["config", "check", "port.toml"], ["gateway.listen", "HOST:PORT"]),
        (["config", "check", "route.toml"], ["'team'", "not a path prefix"]),
        (["config", "check", "scheme.toml"], ["ftp://h", "not an http or https URL"]),
        (["config", "check", "spool.toml"], ["spool.toml", "spool.max_bytes"]),
        (["config", "check", "nowhere.toml"], ["nowhere.toml", "cannot be read"]),
        (["gateway"], ["no upstream", "--upstream URL"]),
        (["gateway", "--upstream", "ftp://x", "--store", "memory://"], ["ftp://x", "http"]),
        (["gateway", "--upstream", "localhost:8000", "--store", "memory://"], ["localhost:8000"]),
        (["up"], ["no upstream"]),
        (["worker", "--store", "mysql://x"], ["'mysql'", "redis://"]),
        (["incidents", "show", "01NOSUCH", "--store", "memory://"], ["no incident '01NOSUCH'"]),
        (["incidents", "list", "--store", "redis://127.0.0.1:1/0"], ["127.0.0.1:1"]),
        (["nonsense"], ["No such command 'nonsense'"]),
        (["score"], ["Missing argument"]),
    ],
    ids=" ".join,
)
def test_it_ends_in_one_message_and_exit_code_2(folder, arguments, told):
    done = sidewatch(*arguments, cwd=folder)
    message = done.stderr.decode()
    assert done.returncode == 2, message
    assert "Traceback" not in message
    for words in told:
        assert words in message


@pytest.mark.parametrize("command", ["gateway", "api"])
def test_a_busy_port_is_named(folder, command):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        listen = f"127.0.0.1:{holder.getsockname()[1]}"
        more = ["--upstream", "http://127.0.0.1:1"] if command == "gateway" else []
        done = sidewatch(command, "--listen", listen, "--store", "memory://", *more, cwd=folder)
    message = done.stderr.decode()
    assert done.returncode == 2, message
    assert listen in message
    assert "Traceback" not in message


def test_a_bad_line_leaves_no_half_written_output(folder):
    done = sidewatch("score", "broken.jsonl", "--out", "out.jsonl", cwd=folder)
    assert done.returncode == 2
    assert not (folder / "out.jsonl").exists()
    assert not (folder / "out.jsonl.part").exists()


def test_a_good_file_on_standard_input_is_scored(folder):
    done = sidewatch("score", "-", cwd=folder, stdin=b'{"id": "a", "prompt": "hello there"}\n')
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.startswith(b'{"id":"a","prompt":{"unsafe":')


def test_the_version_is_told(folder):
    assert sidewatch("--version", cwd=folder).stdout.startswith(b"sidewatch ")
