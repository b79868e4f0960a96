"""Observations and detector states as bytes: MessagePack, with NumPy arrays as an extension type."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
import numpy as np

from detectors.base import State
from detectors.observation import Observation

_ARRAY = 1
_HEADER = 32
"""Bytes before an array's memory: its dtype and shape as text, padded with spaces."""

T = TypeVar("T")


def encode_observation(observation: Observation) -> bytes:
    """For the observations stream. Texts go along: the journal is the one place that has them."""
    return _encoder.encode(observation)


def decode_observation(data: bytes) -> Observation:
    """What `encode_observation` wrote."""
    return _observation_decoder.decode(data)


def encode_state(state: State) -> bytes:
    """A detector's state, for a checkpoint."""
    return _encoder.encode(state)


def decode_state(data: bytes) -> State:
    """What `encode_state` wrote; arrays are fresh and writable."""
    return _state_decoder.decode(data)


def _pack(value: Any) -> msgspec.msgpack.Ext | int | float:
    if isinstance(value, np.generic):
        plain: int | float = value.item()
        return plain
    if not isinstance(value, np.ndarray):
        raise NotImplementedError(f"cannot encode {type(value).__name__}")
    header = f"{value.dtype.str} {','.join(map(str, value.shape))}".ljust(_HEADER).encode()
    if len(header) > _HEADER:
        raise ValueError(f"cannot encode an array of shape {value.shape}")
    return msgspec.msgpack.Ext(_ARRAY, header + value.tobytes())


def _unpack(code: int, data: memoryview) -> Any:
    if code != _ARRAY:
        raise ValueError(f"unknown extension type {code}")
    dtype, _, shape = bytes(data[:_HEADER]).decode().rstrip().partition(" ")
    dimensions = [int(size) for size in shape.split(",") if size]
    return np.frombuffer(data[_HEADER:], dtype=np.dtype(dtype)).reshape(dimensions).copy()


def _keep_array(kind: type[T], value: Any) -> T:
    if isinstance(value, np.ndarray):
        return value  # type: ignore[return-value]  # the annotation of the field names this type
    raise NotImplementedError(f"cannot decode {kind}")


_encoder = msgspec.msgpack.Encoder(enc_hook=_pack)
_observation_decoder = msgspec.msgpack.Decoder(Observation, ext_hook=_unpack, dec_hook=_keep_array)
_state_decoder = msgspec.msgpack.Decoder(dict[str, Any], ext_hook=_unpack)
