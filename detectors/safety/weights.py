"""Read and write the classifier's weights: plain arrays, never code, checked before use."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from detectors.errors import DetectorError

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = Path(__file__).parent / "weights"
CHECKSUMS = "SHA256SUMS"

Arrays = dict[str, npt.NDArray[np.generic]]


def read(name: str, folder: Path = FOLDER) -> Arrays:
    """Arrays of the file `name`; raises as `read_bytes` does."""
    with np.load(io.BytesIO(read_bytes(name, folder)), allow_pickle=False) as archive:
        return {key: archive[key] for key in archive.files}


def read_bytes(name: str, folder: Path = FOLDER) -> bytes:
    """Content of the file `name`.

    Raises DetectorError when the file is missing, or is not the one named in SHA256SUMS.
    """
    try:
        data = (folder / name).read_bytes()
        sums = (folder / CHECKSUMS).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise DetectorError(
            f"The safety weights {name} cannot be read from {folder}: reinstall sidewatch, "
            "or train them with benchmarks/safety/train.py"
        ) from error
    if f"{hashlib.sha256(data).hexdigest()}  {name}" not in sums.splitlines():
        raise DetectorError(
            f"The safety weights {name} in {folder} are not those of {CHECKSUMS} (checksum "
            "mismatch): the file is damaged or was changed; reinstall sidewatch"
        )
    return data


def version(names: Iterable[str], folder: Path = FOLDER) -> str:
    """Tell these weights from any others by 12 hexadecimal digits, from SHA256SUMS alone.

    Raises DetectorError when it cannot be read.
    """
    try:
        sums = (folder / CHECKSUMS).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise DetectorError(
            f"{CHECKSUMS} cannot be read from {folder}: reinstall sidewatch"
        ) from error
    wanted = set(names)
    lines = sorted(
        line for line in sums.splitlines() if line.split()[-1:] and line.split()[-1] in wanted
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def write(name: str, arrays: Arrays, folder: Path) -> None:
    """Write the arrays as a compressed .npz and enter its checksum."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_bytes(name, buffer.getvalue(), folder)


def write_bytes(name: str, data: bytes, folder: Path) -> None:
    """Write the file and enter its checksum."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    sums = folder / CHECKSUMS
    kept = sums.read_text(encoding="ascii").splitlines() if sums.exists() else []
    kept = [line for line in kept if not line.endswith(f"  {name}")]
    kept.append(f"{hashlib.sha256(data).hexdigest()}  {name}")
    sums.write_text("\n".join(sorted(kept)) + "\n", encoding="ascii")
