"""Who calls, and what they may see: told by the guard, asked by the routes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from monitor.access.keys import Scope

STATE = "caller"
"""Where the guard leaves the caller, in the state of the request."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request; `tenant` "" is all.

    `key` is the id of their key, `subject` the one of their token, "" without one; a token counts
    `until` then, in seconds since the epoch.
    """

    name: str
    scope: Scope
    tenant: str = ""
    key: str = ""
    subject: str = ""
    until: float = math.inf

    def sees(self, tenant: str) -> bool:
        """Whether what belongs to a tenant is shown to this caller."""
        return not self.tenant or tenant == self.tenant

    def signs(self, name: str = "") -> str:
        """Under which name a change goes into the audit log: a key's goes with what they say.

        Who has a token is who it says.
        """
        if self.subject:
            return self.name
        if not self.key:
            return name or self.name
        return f"{name} (key {self.name})" if name else f"key {self.name}"


LOCAL = Caller("api", "admin")
"""A program on this machine, where no key is asked for."""

CONFIGURED = Caller("api", "admin")
"""Who has the key of the settings."""


def _caller(request: Request) -> Caller:
    caller: Caller = getattr(request.state, STATE)
    return caller


Calling = Annotated[Caller, Depends(_caller)]
