"""What callers send and get of alerts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from monitor.alerts.received import ReceivedAlert
from monitor.alerts.records import DeadLetter, Delivery
from monitor.alerts.standing import ChannelStanding

_MOST = 1_000
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]")


def _dated(value: object) -> object:
    """A number would be taken for a time as well, which no Alertmanager sends."""
    if not isinstance(value, str) or not _DATE.match(value):
        raise ValueError("write a time as RFC 3339 has it, such as 2026-11-21T03:11:40Z")
    return value


_Moment = Annotated[AwareDatetime, BeforeValidator(_dated)]


class AlertFilter(BaseModel):
    """How many to list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, Field(ge=1, le=_MOST)] = 100


class AlertmanagerAlert(BaseModel):
    """One alert of a notification; what else is in it is not read."""

    model_config = ConfigDict(frozen=True)

    status: Literal["firing", "resolved"]
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    startsAt: _Moment  # noqa: N815 - Alertmanager's name
    endsAt: _Moment | None = None  # noqa: N815 - Alertmanager's name
    fingerprint: Annotated[str, Field(max_length=200)] = ""

    def received(self) -> ReceivedAlert:
        """As a marker is made of it."""
        over = self.status == "resolved" and self.endsAt is not None
        return ReceivedAlert(
            fingerprint=self.fingerprint or "|".join(sorted(map(str, self.labels.items()))),
            starts=self.startsAt.timestamp(),
            ends=self.endsAt.timestamp() if over and self.endsAt else None,
            labels=self.labels,
            annotations=self.annotations,
        )


class AlertmanagerNotification(BaseModel):
    """What an Alertmanager sends to a webhook, of version 4; what else is in it is not read."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "version": "4",
                    "status": "firing",
                    "alerts": [
                        {
                            "status": "firing",
                            "labels": {"alertname": "GpuThrottled", "severity": "warning"},
                            "annotations": {"summary": "gpu-3 runs at half its clock"},
                            "startsAt": "2026-11-21T03:11:40Z",
                            "endsAt": "0001-01-01T00:00:00Z",
                            "fingerprint": "6f1d7a5b9f0f3a42",
                        }
                    ],
                }
            ]
        },
    )

    version: Literal["4"]
    alerts: Annotated[list[AlertmanagerAlert], Field(max_length=_MOST)]


@dataclass(frozen=True, slots=True)
class Alerts:
    """The channels, and the latest tries to deliver, the latest first."""

    channels: list[ChannelStanding]
    items: list[Delivery]


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Messages that were given up, the latest first."""

    items: list[DeadLetter]


@dataclass(frozen=True, slots=True)
class Asked:
    """A dead letter that is to be sent again, by its id."""

    id: str


@dataclass(frozen=True, slots=True)
class Taken:
    """How many alerts became markers; `ignored` were Sidewatch's own."""

    taken: int
    ignored: int
