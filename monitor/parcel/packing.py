"""Files in one zip, with a manifest by which whoever gets it can tell that it is whole."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a zip: its size in bytes and the SHA-256 of its content."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a zip holds. `made` is in seconds since the epoch; `redacted` names what was masked."""

    incident_id: str
    made: float
    sidewatch: str
    texts: str
    redacted: list[str]
    files: list[Entry]


def entries(files: Mapping[str, bytes]) -> list[Entry]:
    """The files as the manifest names them, in order."""
    return [
        Entry(name, len(data), hashlib.sha256(data).hexdigest())
        for name, data in sorted(files.items())
    ]


def pack(files: Mapping[str, bytes], manifest: Manifest) -> bytes:
    """The zip: the same files and manifest give the same bytes.

    Beside the manifest goes a list of sums, of the manifest's too, that `sha256sum -c` reads.
    """
    told = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    whole = {**files, MANIFEST: told}
    sums = "".join(f"{entry.sha256}  {entry.name}\n" for entry in entries(whole))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in sorted({**whole, SUMS: sums.encode()}.items()):
            packed.writestr(_info(f"{manifest.incident_id}/{name}", manifest.made), data)
    return out.getvalue()


def _info(name: str, at: float) -> zipfile.ZipInfo:
    moment = datetime.fromtimestamp(at, UTC)
    info = zipfile.ZipInfo(name, (max(moment.year, 1980), *moment.timetuple()[1:6]))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info
