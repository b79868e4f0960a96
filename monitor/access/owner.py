"""Whose an exchange is, read from it without reading the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from monitor.errors import MonitorError


class OwnerError(MonitorError):
    """Nobody was named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A tenant, a user wherever they are, or a user of one tenant.

    Raises
    ------
    OwnerError
        Neither is given.
    """

    tenant: str = ""
    user: str = ""

    def __post_init__(self) -> None:
        if not self.tenant and not self.user:
            raise OwnerError("say whose: a tenant, a user or both")

    def owns(self, tenant: str, user: str) -> bool:
        """Whether what is of this tenant and user is the owner's."""
        return self.tenant in {"", tenant} and self.user in {"", user}

    @property
    def digest(self) -> str:
        """By which the audit log tells whose data was erased, without a name."""
        told = msgspec.json.encode([self.tenant, self.user])
        return hashlib.sha256(told).hexdigest()[:32]


class Part(msgspec.Struct, frozen=True):
    """What is read of an exchange."""

    id: str = ""
    tenant: str = ""
    user: str = ""


class _Whole(msgspec.Struct, frozen=True):
    exchange: msgspec.Raw


class _Record(msgspec.Struct, frozen=True):
    exchange: Part


def of_exchange(data: bytes) -> Part:
    """Of an exchange as the journal has it; what cannot be read is nobody's."""
    return _read(_exchange, data)


def of_observation(data: bytes) -> Part:
    """Of an observation as the journal has it."""
    return _read(_observation, data)


def of_record(data: bytes) -> Part:
    """Of a record as the store has it."""
    return _read(lambda text: _record(text).exchange, data)


def exchange_within(record: bytes) -> bytes:
    """The exchange in a record of the store, as it is written there."""
    return bytes(_whole(record).exchange)


def _read(decode: Callable[[bytes], Part], data: bytes) -> Part:
    try:
        return decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Part()


_exchange = msgspec.json.Decoder(Part).decode
_observation = msgspec.msgpack.Decoder(Part).decode
_record = msgspec.json.Decoder(_Record).decode
_whole = msgspec.json.Decoder(_Whole).decode
