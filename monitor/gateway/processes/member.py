"""One serving process of a gateway, as its parent sees it."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from monitor.supervision.child import Tie

Body = Callable[[int, Callable[[], None]], int]
"""What a process does in its row: it calls the function once it serves; its exit code."""

SIGNALS = (signal.SIGTERM, signal.SIGINT)
_READY = b"r"
_FIRST_PAUSE, _LONGEST_PAUSE, _SETTLED = 0.1, 10.0, 30.0


@dataclass(slots=True)
class Member:
    """A row, and the process in it if there is one.

    `pipe` can be read when the process says that it serves, and when it has ended. `due` is when
    it is to be started again.
    """

    row: int
    pid: int = 0
    pipe: int = -1
    serves: bool = False
    started: float = 0.0
    due: float = 0.0
    failures: int = 0

    def start(self, body: Body) -> None:
        """Fork a process that runs `body`; SIGTERM tells it to stop, and comes if we are gone.

        Call it in a process of one thread. In the new one nothing of the caller's runs on.
        """
        tie = Tie(os.getpid())
        self.pipe, told = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        self.pid = os.fork()
        if self.pid == 0:
            _become(body, self.row, tie, told)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        os.close(told)
        self.started, self.due = time.monotonic(), 0.0

    def hear(self) -> int | None:
        """Read the pipe: None if the process lives, or its exit code, negative for a signal."""
        if os.read(self.pipe, 1) == _READY:
            self.serves = True
            return None
        os.close(self.pipe)
        _, status = os.waitpid(self.pid, 0)
        self.pid, self.pipe, self.serves = 0, -1, False
        return os.waitstatus_to_exitcode(status)

    def postpone(self) -> float:
        """Set when it is to be started again: at longer intervals if it never lives for long."""
        now = time.monotonic()
        if now - self.started > _SETTLED:
            self.failures = 0
        pause = min(_FIRST_PAUSE * 2.0**self.failures, _LONGEST_PAUSE)
        self.failures += 1
        self.due = now + pause
        return pause

    def send(self, number: int) -> None:
        """Send it a signal, if there is a process."""
        if self.pid:
            os.kill(self.pid, number)


def _become(body: Body, row: int, tie: Tie, told: int) -> NoReturn:
    """Be the new process, to its end."""
    code = 1
    try:
        os.setsid()  # Ctrl-C reaches us through our parent only, and so once
        signal.set_wakeup_fd(-1)
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        tie()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        code = body(row, lambda: _tell(told))
    except BaseException:  # noqa: BLE001 - whatever it is, it must not run on in the caller's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _tell(told: int) -> None:
    os.write(told, _READY)
