"""What was erased stays so: exchanges from before an erasure may still come, as from a spool."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.access.owner import Owner

KEPT_FOR = 30 * 86_400.0
"""Seconds for which an erasure is remembered: longer than a spool keeps exchanges (`spool.max_age`)."""


def was_erased(tenant: str, user: str, at: float, erasures: Mapping[str, float]) -> bool:
    """Whether what is from this time is of somebody who was erased later.

    `erasures` are times by the digest of whose data it was; all in seconds since the epoch.
    """
    named = [(tenant, ""), ("", user), (tenant, user)] if erasures else []
    owners = (Owner(tenant=its, user=their) for its, their in named if its or their)
    return any(at <= erasures.get(owner.digest, -1.0) for owner in owners)
