"""What processes cost, from the kernel's books, and what machine it was."""

from __future__ import annotations

import contextlib
import os
import platform
import resource
import sys
from pathlib import Path
from typing import Any

from monitor.bench import BenchError

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_PROC = Path("/proc")


def require_linux() -> None:
    """Refuse to measure where there is no /proc.

    Raises
    ------
    BenchError
        This is not Linux.
    """
    if not (_PROC / "self" / "statm").exists():
        raise BenchError("the benchmarks read /proc: run them on Linux, or in a container")


def allow_many_files() -> int:
    """Raise the limit of open files of this process and its children; what it is now."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def family(pid: int) -> list[int]:
    """A process and all that it started, and they in turn; empty once it has ended."""
    found = []
    with contextlib.suppress(OSError):
        for task in (_PROC / str(pid) / "task").iterdir():
            for child in (task / "children").read_text().split():
                found += family(int(child))
        found.append(pid)
    return found


def cpu_seconds(pids: list[int]) -> float:
    """CPU time used by processes until now, in user and kernel mode."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def resident_bytes(pids: list[int]) -> int:
    """Resident memory of processes; pages that they share count once for each."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += int((_PROC / str(pid) / "statm").read_text().split()[1])
    return total * _PAGE


def proportional_bytes(pids: list[int]) -> int:
    """Resident memory of processes; a shared page counts in parts."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in (_PROC / str(pid) / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


def open_files(pids: list[int]) -> int:
    """Open descriptors of processes."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += len(list((_PROC / str(pid) / "fd").iterdir()))
    return total


def describe() -> dict[str, Any]:
    """The machine, for the record of a measurement."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "load_average": os.getloadavg(),
        "python": sys.version.split()[0],
        "system": platform.platform(),
    }


def _processor() -> str:
    """The maker's name for it, as far as the kernel knows."""
    with contextlib.suppress(OSError):
        for line in (_PROC / "cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
