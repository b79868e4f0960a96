"""Runs the roles as child processes: starts them in order, restarts what dies, ends them in order."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from monitor.errors import MonitorError
from monitor.supervision import child

log = logging.getLogger(__name__)

_POLL = 0.2
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_BAD_USAGE = 2


class RoleError(MonitorError):
    """A role cannot run; its own message says why."""


@dataclass
class Role:
    """One process: how it is started, and where it says that it is ready."""

    name: str
    command: list[str]
    env: Mapping[str, str] | None = None
    ready_url: str = ""
    start_timeout: float = 60.0
    stop_timeout: float = 40.0
    log_file: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    restart_due: float = 0.0

    def start(self) -> None:
        """Start the process; its output goes where ours goes, or to its log file."""
        output = self.log_file.open("ab") if self.log_file else None
        try:
            self.process = child.start(self.command, env=self.env, stdout=output, stderr=output)
        finally:
            if output:
                output.close()

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self.process.poll() if self.process else None


def role_command(name: str, *arguments: str) -> list[str]:
    """The command that starts a role of Sidewatch in the interpreter that runs now."""
    return [sys.executable, "-m", "monitor.cli", name, *arguments]


@dataclass
class Supervisor:
    """Keeps the roles running. Use as a context manager: whatever happens, all are ended."""

    roles: list[Role]
    stopping: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start every role and wait until each is ready.

        Raises
        ------
        RoleError
            One ended, or was not ready in time.
        """
        for role in self.roles:
            role.start()
        for role in self.roles:
            self._wait_ready(role)

    def run(self) -> None:
        """Until `stopping` is set: start again what ended by itself, ever more slowly.

        Raises
        ------
        RoleError
            A role ended because it was given something wrong; starting it again would not help.
        """
        while not self.stopping.wait(_POLL):
            self.check()

    def check(self) -> None:
        """Look at every role once."""
        now = time.monotonic()
        for role in self.roles:
            if role.exit_code() is None:
                continue
            if role.exit_code() == _BAD_USAGE:
                raise RoleError(f"{role.name} cannot run; see its message above")
            if not role.restart_due:
                pause = min(_FIRST_PAUSE * 2**role.restarts, _LONGEST_PAUSE)
                role.restart_due = now + pause
                log.error(
                    "%s ended with %s; starting it again in %.1f s",
                    role.name,
                    role.exit_code(),
                    pause,
                )
            elif now >= role.restart_due:
                role.restarts += 1
                role.restart_due = 0.0
                role.start()

    def close(self) -> None:
        """End the roles in the order in which they were given: the gateway drains first."""
        for role in self.roles:
            if role.process is not None:
                child.stop(role.process, timeout=role.stop_timeout)

    def _wait_ready(self, role: Role) -> None:
        deadline = time.monotonic() + role.start_timeout
        while role.ready_url and not _answers(role.ready_url):
            code = role.exit_code()
            if code is not None and code >= 0:
                raise RoleError(f"{role.name} ended with {code} before it was ready{_hint(role)}")
            self.check()  # one that was killed from outside is started again
            if time.monotonic() > deadline or self.stopping.is_set():
                raise RoleError(
                    f"{role.name} was not ready in {role.start_timeout:.0f} s{_hint(role)}"
                )
            time.sleep(_POLL / 4)


def _hint(role: Role) -> str:
    if role.log_file is None:
        return "; see its message above"
    tail = role.log_file.read_text(errors="replace").strip().splitlines()[-3:]
    return "".join(f"\n  {line}" for line in tail)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own http URL
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False
