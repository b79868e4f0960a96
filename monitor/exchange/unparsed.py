"""Why a body was not understood: a closed set, for an exchange that must never read as clean."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from monitor.exchange.capture.encoding import EncodingError
from monitor.exchange.protocols.base import DialectError

Reason = Literal[
    "dialect", "content_encoding", "json", "shape", "stream", "too_large", "token_ids", "other"
]
REASONS: tuple[str, ...] = get_args(Reason)
READ_ERRORS = (DialectError, EncodingError, msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def reason_of(error: Exception) -> Reason:
    """The reason for an error that reading a body raised."""
    match error:
        case DialectError():
            return error.reason
        case EncodingError():
            return "content_encoding"
        case msgspec.ValidationError():
            return "shape"
        case _:
            return "json"
