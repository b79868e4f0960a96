"""The supervisor against real child processes."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from monitor.supervision import child
from monitor.supervision.supervisor import Role, RoleError, Supervisor

SERVER = textwrap.dedent(
    """
    import http.server, sys
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200); self.end_headers()
        def log_message(self, *_): pass
    server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer)
    server.serve_forever()
    """
)


def wait_until(true, *, timeout=20.0):
    deadline = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        threading.Event().wait(0.02)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat").read_text()  # a zombie has ended
    return stat.rpartition(")")[2].split()[0] != "Z"


def role(tmp_path, code, *arguments, **more):
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return Role("r", command, log_file=tmp_path / "r.log", **more)


def test_a_role_is_ready_when_its_address_answers(tmp_path, free_port):
    url = f"http://127.0.0.1:{free_port}/"
    server = role(tmp_path, SERVER, free_port, ready_url=url)
    with Supervisor([server]) as supervisor:
        supervisor.start()
        assert server.exit_code() is None
    assert server.exit_code() is not None


def test_a_role_that_ends_before_it_is_ready_is_an_error_with_its_last_words(tmp_path, free_port):
    url = f"http://127.0.0.1:{free_port}/"
    failing = role(tmp_path, "import sys; print('no such thing'); sys.exit(2)", ready_url=url)
    with (
        pytest.raises(RoleError, match=r"ended with 2(.|\n)*no such thing"),
        Supervisor([failing]) as supervisor,
    ):
        supervisor.start()


def test_a_role_killed_before_it_is_ready_is_started_again(tmp_path, free_port):
    once = (
        "import os, pathlib, signal, sys\n"
        f"mark = pathlib.Path({str(tmp_path / 'mark')!r})\n"
        "if not mark.exists():\n"
        "    mark.touch(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    url = f"http://127.0.0.1:{free_port}/"
    unlucky = role(tmp_path, once + SERVER, free_port, ready_url=url)
    with Supervisor([unlucky]) as supervisor:
        supervisor.start()
        assert unlucky.restarts == 1


def test_a_role_that_dies_is_started_again(tmp_path):
    sleeper = role(tmp_path, "import time; time.sleep(600)")
    with Supervisor([sleeper]) as supervisor:
        supervisor.start()
        first = sleeper.process.pid
        os.kill(first, signal.SIGKILL)

        def again():
            supervisor.check()
            return sleeper.process.pid != first

        wait_until(again)
        assert sleeper.restarts == 1
        assert alive(sleeper.process.pid)


def test_a_role_given_something_wrong_is_not_started_again(tmp_path):
    wrong = role(tmp_path, "import sys; sys.exit(2)")
    with Supervisor([wrong]) as supervisor:
        supervisor.start()
        wrong.process.wait()
        with pytest.raises(RoleError, match="r cannot run"):
            supervisor.check()


def test_a_role_that_ignores_the_signal_is_killed_in_the_end(tmp_path):
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('deaf', flush=True); time.sleep(600)"
    )
    deaf = role(tmp_path, code, stop_timeout=0.5)
    with Supervisor([deaf]) as supervisor:
        supervisor.start()
        wait_until(lambda: "deaf" in deaf.log_file.read_text())
    assert deaf.exit_code() == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="the tie is Linux's")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_child_ends_with_its_parent_however_that_ends(number):
    code = (
        "import sys, time; from monitor.supervision import child;"
        "c = child.start([sys.executable, '-c', 'import time; time.sleep(600)']);"
        "print(c.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.send_signal(number)
        parent.wait()
        wait_until(lambda: not alive(pid))


def test_stopping_tells_how_it_ended():
    sleeper = child.start([sys.executable, "-c", "import time; time.sleep(600)"])
    assert child.stop(sleeper, timeout=20) == -signal.SIGTERM
