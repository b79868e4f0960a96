"""The process that owns an embedded server: started as a file of its own, standard library only.

Every role that uses the server holds a shared lock on one file, which the kernel releases however
the role ends. The guardian asks for that lock exclusively; once it gets it nobody is left, and it
ends the server with SIGTERM, so that the append-only file is closed cleanly. A server that dies
while it has users is started again.

The lock on the server itself is inherited by the server process: as long as either lives, nobody
can start a second one on the same files.

    python guardian.py LOCKFILE USERSFILE COMMAND...
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

TAKEN = 75
"""Exit status when another guardian holds the server."""

_POLL = 0.2
_PR_SET_PDEATHSIG = 1
_SHORT_LIFE = 2.0
_MOST_SHORT_LIVES = 5


def main(arguments: Sequence[str]) -> int:
    """Run the command until nobody uses it; the exit status."""
    lock_file, users_file, *command = arguments
    lock = _open(lock_file)
    if not _locked(lock):
        return TAKEN
    os.set_inheritable(lock, True)  # noqa: FBT003
    stop = _Asked()
    users = _open(users_file)
    short_lives = 0
    while short_lives < _MOST_SHORT_LIVES:
        born = time.monotonic()
        if _served(command, lock, users, stop):
            return 0
        lived = time.monotonic() - born
        short_lives = short_lives + 1 if lived < _SHORT_LIFE else 0
    sys.stderr.write("the server ended right after its start, five times; given up\n")
    return 1


class _Asked:
    """Whether SIGTERM has come; a terminal's signals are not for us."""

    def __init__(self) -> None:
        self.to_stop = False
        signal.signal(signal.SIGTERM, self._stop)
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: None)  # SIG_IGN would be inherited by the server

    def _stop(self, *_: object) -> None:
        self.to_stop = True


def _served(command: list[str], lock: int, users: int, asked: _Asked) -> bool:
    """Run one server; whether it was ended for want of users (or it died, and has some)."""
    prepare = _bind_to(os.getpid())
    server = subprocess.Popen(command, pass_fds=(lock,), preexec_fn=prepare)  # noqa: PLW1509, S603
    while server.poll() is None:
        if asked.to_stop or _locked(users):
            server.terminate()
            server.wait()
            return True
        time.sleep(_POLL)
    sys.stderr.write(f"the server ended with {server.returncode}\n")
    return asked.to_stop or _locked(users)


def _bind_to(parent: int) -> Callable[[], None]:
    """What makes the server's process end when this one does; nothing where there is no prctl."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def bind() -> None:
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return bind


def _open(path: str) -> int:
    return os.open(Path(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
