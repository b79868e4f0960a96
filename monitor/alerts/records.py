"""What the store keeps of alerts: what was delivered, and what could not be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from monitor.alerts.lines import Outgoing
from monitor.alerts.message import Message

Outcome = Literal["delivered", "failed", "dead"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One try to deliver a message. `at` is in seconds since the epoch, `error` what went wrong.

    `message` is the message's id, which all its tries have in common.
    """

    id: str
    message: str
    at: float
    channel: str
    route: str
    status: str
    severity: str
    title: str
    outcome: Outcome
    tries: int
    count: int
    incidents: list[str] = field(default_factory=list)
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that was given up, as it was to be sent, after so many tries and the last error.

    `at` is in seconds since the epoch.
    """

    id: str
    at: float
    channel: str
    tries: int
    error: str
    message: Message

    @property
    def incidents(self) -> list[str]:
        """Ids of the incidents that it tells of."""
        return [incident.id for incident in self.message.incidents]


def letter_of(outgoing: Outgoing, *, at: float) -> DeadLetter:
    """A message that is given up."""
    return DeadLetter(
        id=f"{outgoing.message.id}.{outgoing.channel}",
        at=at,
        channel=outgoing.channel,
        tries=outgoing.tries,
        error=outgoing.error,
        message=outgoing.message,
    )


def delivery_of(outgoing: Outgoing, outcome: Outcome, *, at: float) -> Delivery:
    """What is kept of the last try of a message."""
    message = outgoing.message
    return Delivery(
        id=f"{message.id}.{outgoing.channel}.{outgoing.tries}",
        message=message.id,
        at=at,
        channel=outgoing.channel,
        route=message.route,
        status=message.status,
        severity=message.severity,
        title=message.title,
        outcome=outcome,
        tries=outgoing.tries,
        count=message.count,
        incidents=[incident.id for incident in message.incidents],
        error=outgoing.error,
    )
