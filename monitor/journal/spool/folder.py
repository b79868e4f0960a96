"""Where a spool keeps its segments: one folder for each process, with a lock that names it taken.

A folder whose lock nobody holds is left over from a process that ended, and whoever finds it first
takes its segments over. Segments go to the store they were meant for only, so the name of a folder
begins with a mark of that store. The names of segments sort by the time they were begun.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

log = logging.getLogger(__name__)

_LOCK = "lock"
_SUFFIX = ".spool"
_UNFINISHED = "."


class Folder:
    """A folder of one process below `root`; `store` says, in any way, which store is meant."""

    def __init__(self, root: Path, *, store: str) -> None:
        """Make and lock it.

        Raises
        ------
        OSError
            It cannot be made here.
        """
        self._root = root
        self._mark = hashlib.sha256(store.encode()).hexdigest()[:8]
        self._last = 0
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{self._mark}-{os.getpid()}-{secrets.token_hex(4)}"
        # It gets its name when it is locked, so nobody takes it for one that was left.
        unfinished = root / f"{_UNFINISHED}{name}"
        unfinished.mkdir(mode=0o700)
        self._lock = _lock_new(unfinished)
        self.path = unfinished.rename(root / name)

    def new_segment(self) -> Path:
        """A path for the next segment, behind all that this process has begun."""
        self._last = max(self._last + 1, time.time_ns())
        return self.path / f"{self._last:020}-{secrets.token_hex(2)}{_SUFFIX}"

    def take_over(self, *, max_age: float) -> list[Path]:
        """Move here what processes that ended have left for the same store, oldest first.

        What they left for another store stays until it is `max_age` seconds old; then it goes.
        """
        taken: list[Path] = []
        for other in self._others():
            with _locked(other) as free:
                if not free:
                    continue
                if other.name.startswith(f"{self._mark}-"):
                    taken += [path.rename(self.path / path.name) for path in _segments(other)]
                else:
                    _remove_older(other, than=time.time() - max_age)
                with suppress(FileNotFoundError):  # somebody was quicker
                    _remove_if_empty(other)
        return sorted(taken, key=lambda path: path.name)

    def sync(self) -> None:
        """Have the disk keep the names of the segments."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def release(self) -> None:
        """Leave it: whole if there are segments in it, or else remove it."""
        with suppress(OSError):
            _remove_if_empty(self.path)
        os.close(self._lock)

    def _others(self) -> list[Path]:
        return [
            path
            for path in sorted(self._root.iterdir())
            if path != self.path and not path.name.startswith(_UNFINISHED) and path.is_dir()
        ]


def _lock_new(folder: Path) -> int:
    path = folder / _LOCK
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # a file system without locks
        os.close(lock)
        _remove_if_empty(folder)
        raise
    return lock


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Whether nobody else has the folder; while this lasts, nobody else gets it."""
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        yield False
    else:
        yield True
    finally:
        os.close(lock)


def _segments(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{_SUFFIX}"))


def _remove_older(folder: Path, *, than: float) -> None:
    old = [path for path in _segments(folder) if path.stat().st_mtime < than]
    for path in old:
        path.unlink()
    if old:
        log.warning("removed %d expired segments that were spooled for another store", len(old))


def _remove_if_empty(folder: Path) -> None:
    if not _segments(folder):
        (folder / _LOCK).unlink(missing_ok=True)
        folder.rmdir()
