"""Arrays and plain values in one block of bytes: deterministic, checked, nothing executable."""

from __future__ import annotations

import json
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from detectors.errors import DetectorError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

_LARGEST = 1 << 30
_DTYPES = {"float16": "<f2", "float32": "<f4", "float64": "<f8", "int64": "<i8"}


def pack(magic: bytes, meta: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Lay out `magic`, then compressed what `content` gives."""
    return magic + zlib.compress(content(meta, arrays), 6)


def content(meta: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Lay out a JSON header's length, the header, the arrays' bytes; the same values, the same bytes."""
    layout = [[name, str(array.dtype), list(array.shape)] for name, array in arrays.items()]
    words = {"meta": dict(meta), "arrays": layout}
    header = json.dumps(words, separators=(",", ":")).encode()
    body = [np.ascontiguousarray(a, dtype=_DTYPES[str(a.dtype)]).tobytes() for a in arrays.values()]
    return b"".join([struct.pack("<Q", len(header)), header, *body])


def unpack(magic: bytes, data: bytes) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """Undo `pack`. Raises DetectorError for anything that `pack` cannot have written."""
    if not data.startswith(magic):
        raise DetectorError("it is not one, or another version wrote it")
    unzip = zlib.decompressobj()
    try:
        content = unzip.decompress(data[len(magic) :], _LARGEST)
        if not unzip.eof:
            raise DetectorError("it is cut off or too large")
        (header_bytes,) = struct.unpack_from("<Q", content)
        header = json.loads(content[8 : 8 + header_bytes])
        return header["meta"], _arrays(header["arrays"], content, 8 + header_bytes)
    except (zlib.error, struct.error, ValueError, KeyError, TypeError) as error:
        raise DetectorError(f"it is damaged ({type(error).__name__})") from error


def _arrays(layout: list[Any], content: bytes, offset: int) -> dict[str, npt.NDArray[Any]]:
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name, dtype, shape in layout:
        count = int(np.prod(shape, dtype=np.int64))
        array = np.frombuffer(content, dtype=_DTYPES[dtype], count=count, offset=offset)
        arrays[name] = array.reshape(shape)
        offset += array.nbytes
    return arrays
