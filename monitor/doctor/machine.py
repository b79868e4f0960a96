"""What the machine gives: memory, disk, open files."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Sequence
from pathlib import Path

from monitor.doctor.check import Check
from monitor.settings import Settings

_MIB = 1 << 20
_FILES = 4_096
_MEMORY = 1_024
_CGROUP = Path("/sys/fs/cgroup/memory.max")
_FILES_PER_STREAM = 2


async def look(settings: Settings) -> Sequence[Check]:
    """Memory, room for the data directory and the spool, and how many files may be open."""
    return [_memory(), _disk(settings), _files()]


def _memory() -> Check:
    there = _limit() // _MIB
    found = f"{there} MiB of memory, {len(os.sched_getaffinity(0))} cores"
    if there >= _MEMORY:
        return Check("memory", "good", found)
    mend = "a worker takes some 500 MiB, a gateway 60 and 64 KB for each stream that is open"
    return Check("memory", "warning", found, mend)


def _limit() -> int:
    """Bytes that this process may take, by the machine and by its control group."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        told = _CGROUP.read_text(encoding="ascii").strip()
    except OSError:
        return machine
    return min(machine, int(told)) if told.isdecimal() else machine


def _disk(settings: Settings) -> Check:
    folder = Path(settings.store.data_dir).expanduser()
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free
    found = f"{free // _MIB} MiB free for {folder}"
    if not os.access(there, os.W_OK):
        return Check("disk", "bad", f"{there} cannot be written to", "name another --data-dir")
    wanted = settings.spool.max_bytes
    if free < wanted:
        mend = f"the spool may take {wanted // _MIB} MiB: lower spool.max_bytes or make room"
        return Check("disk", "warning", found, mend)
    return Check("disk", "good", found)


def _files() -> Check:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return Check("open files", "good", "as many as wanted")
    streams = soft // _FILES_PER_STREAM
    found = f"{soft} may be open: some {streams} streams at once"
    if soft >= _FILES:
        return Check("open files", "good", found)
    return Check("open files", "warning", found, "ulimit -n 65536, or LimitNOFILE= of the service")
