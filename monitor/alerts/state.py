"""What the deliverer saves, with its place in the log of events."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import msgspec

from monitor.alerts.groups import Group
from monitor.alerts.lines import Line

TASK = "alerts"
"""Under which name the store keeps the lease and the state of the deliverer."""


@dataclass(frozen=True, slots=True)
class AlertState:
    """The groups that are told of or wait to be, and the channels as they are."""

    groups: list[Group] = field(default_factory=list)
    lines: dict[str, Line] = field(default_factory=dict)


log = logging.getLogger(__name__)

_decode = msgspec.json.Decoder(AlertState).decode


def encode_state(state: AlertState) -> bytes:
    """As it is saved."""
    return msgspec.json.encode(state)


def decode_state(saved: bytes) -> AlertState:
    """As it was saved; by another version that saved otherwise, nothing."""
    try:
        return _decode(saved)
    except msgspec.DecodeError:
        log.warning("alerts: what was saved cannot be read; what is open is told again")
        return AlertState()
