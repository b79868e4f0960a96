"""Where an embedded server keeps its files, and the locks on them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import MonitorError

_LONGEST_SOCKET = 100
_LOG_BYTES = 1_000_000
_LOG_LINES = 5


class EmbeddedError(MonitorError):
    """The embedded server cannot run; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one data directory.

    `users` is locked by every role that uses the server, `lock` by the server; `socket_note` tells
    later comers where the socket is.
    """

    folder: Path

    @classmethod
    def of(cls, data_dir: str) -> Places:
        """Create the folder, for this user alone.

        Raises
        ------
        EmbeddedError
            It cannot be created or written to.
        """
        folder = Path(data_dir).expanduser().resolve() / "store"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            places = cls(folder)
            os.close(places.open_users())
        except OSError as error:
            raise EmbeddedError(
                f"{folder}: cannot be written to: {error.strerror}; name another --data-dir"
            ) from error
        return places

    @property
    def lock(self) -> Path:
        """Locked by the server and its guardian."""
        return self.folder / "server.lock"

    @property
    def users(self) -> Path:
        """Locked, shared, by every user."""
        return self.folder / "users.lock"

    @property
    def socket_note(self) -> Path:
        """Holds the path of the socket."""
        return self.folder / "socket"

    @property
    def log(self) -> Path:
        """What server and guardian say."""
        return self.folder / "valkey.log"

    def open_users(self) -> int:
        """A descriptor to lock the users' file with."""
        return os.open(self.users, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def socket(self) -> Path | None:
        """Where the socket of the running or latest server is."""
        try:
            return Path(self.socket_note.read_text("utf-8"))
        except FileNotFoundError:
            return None

    def next_socket(self) -> Path:
        """Where the next server's goes: where clients know it, or a new place, noted for others."""
        known = self.socket()
        if known and known.parent.is_dir():
            return known
        socket = self._new_socket()
        note = self.socket_note.with_suffix(f".{os.getpid()}")
        note.write_text(str(socket), "utf-8")
        note.replace(self.socket_note)
        return socket

    def server_is_gone(self) -> bool:
        """Whether no server and no guardian holds the files."""
        return _can_lock(self.lock, fcntl.LOCK_EX)

    def others_use_it(self) -> bool:
        """Whether some role uses the server; no role does while it is being ended."""
        return not _can_lock(self.users, fcntl.LOCK_EX) and _can_lock(self.users, fcntl.LOCK_SH)

    def last_words(self) -> str:
        """The end of the log."""
        try:
            lines = self.log.read_text("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return "\n".join(lines[-_LOG_LINES:])

    def shorten_log(self) -> None:
        """Begin the log anew once it has grown long."""
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.unlink()

    def _new_socket(self) -> Path:
        """A path short enough for a socket, in a folder that only this user can enter."""
        name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]
        for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108
            if base and len(base) + 50 < _LONGEST_SOCKET and os.access(base, os.W_OK):
                return _private(Path(base) / f"sidewatch-{os.getuid()}") / f"{name}.sock"
        raise EmbeddedError("no writable folder with a short path for a socket; set TMPDIR=/tmp")


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    mine = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
    if not mine or status.st_mode & 0o077:
        raise EmbeddedError(f"{folder}: others can write there; remove it or set XDG_RUNTIME_DIR")
    return folder


def _can_lock(path: Path, kind: int) -> bool:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
