"""Whose traffic a baseline judges: a model's, or a narrower part of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detectors.base import Detection
    from detectors.observation import Observation
    from monitor.incidents.incident import Incident

_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True, order=True)
class Traffic:
    """The traffic of a model ("": of each), and of it that of a route or a tenant or both.

    A route or tenant makes it *narrow*: it is then watched besides the model's whole traffic, by a
    baseline of its own.
    """

    model: str = ""
    route: str = ""
    tenant: str = ""

    @classmethod
    def of(cls, found: Detection | Incident) -> Traffic:
        """The traffic that a finding is about."""
        return cls(found.model, found.route, found.tenant)

    @classmethod
    def of_key(cls, key: str) -> Traffic:
        """Undo `key`."""
        return cls(*key.split(_BETWEEN, 2))

    @property
    def key(self) -> str:
        """One word for it in a store; that of a model's whole traffic is the model's name."""
        return (
            _BETWEEN.join((self.model, self.route, self.tenant)) if self.is_narrow else self.model
        )

    @property
    def is_narrow(self) -> bool:
        """Whether it is a part of a model's traffic."""
        return bool(self.route or self.tenant)

    def holds(self, x: Observation) -> bool:
        """Whether an exchange belongs to it."""
        return (
            self.model in {"", x.model}
            and self.route in {"", x.route}
            and self.tenant in {"", x.tenant}
        )

    def at(self, model: str) -> Traffic:
        """The same part of one model's traffic."""
        return replace(self, model=model)

    def __str__(self) -> str:
        """For a person: `smollm2, tenant acme`."""
        parts = (
            f"route {self.route}" * bool(self.route),
            f"tenant {self.tenant}" * bool(self.tenant),
        )
        whole = self.model or ("every model" if self.is_narrow else "every model without its own")
        return ", ".join(filter(None, (whole, *parts)))
