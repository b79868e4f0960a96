"""Child processes that never outlive their parent, however it dies."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO

_PR_SET_PDEATHSIG = 1


def start(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    stdout: int | IO[bytes] | None = None,
    stderr: int | IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, so that Ctrl-C reaches it only through us.

    On Linux the kernel sends it SIGTERM when this process ends in whatever way (prctl(2),
    PR_SET_PDEATHSIG); call it from the main thread, since the signal follows the thread. Elsewhere
    a parent that is killed outright leaves its children to whoever supervises it.
    """
    return subprocess.Popen(  # noqa: S603 - the commands are our own
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        preexec_fn=Tie(os.getpid()) if sys.platform == "linux" else None,  # noqa: PLW1509
    )


def stop(child: subprocess.Popen[bytes], *, timeout: float) -> int:
    """End it with SIGTERM, after `timeout` seconds with SIGKILL; its exit code."""
    if child.poll() is None:
        child.terminate()
        try:
            return child.wait(timeout)
        except subprocess.TimeoutExpired:
            child.kill()
    return child.wait()


class Tie:
    """Ties the life of a new process to that of the one that made this, as `start` says."""

    def __init__(self, parent: int) -> None:
        self._parent = parent
        # Looked up here: nothing may be imported after a fork.
        linux = sys.platform == "linux"
        self._prctl = ctypes.CDLL(None, use_errno=True).prctl if linux else None

    def __call__(self) -> None:
        """Make the tie, in the new process; it ends here if the other is gone already."""
        if self._prctl is not None:
            self._prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != self._parent:
            os._exit(1)  # the parent was gone before the tie was made
