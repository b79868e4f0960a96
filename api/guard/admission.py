"""Which scope each route needs, and which are open to a key of one tenant: all others are not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import Request

from api.context import Services
from api.guard.auth import OPEN_PATHS
from api.guard.callers import Calling
from api.problems import ProblemError, not_found
from monitor.access.keys import Scope, allows
from monitor.record import decode_record
from monitor.store.base import Store


@dataclass(frozen=True, slots=True)
class Need:
    """The scope that a key must have, and whether one of a single tenant will do."""

    scope: Scope
    tenants: bool = False


_INCIDENTS = "/api/v1/incidents"
_INCIDENT = f"{_INCIDENTS}/{{incident_id}}"
_BASELINES = "/api/v1/baselines"
_NEEDS: Mapping[tuple[str, str], Need] = {
    ("GET", _INCIDENTS): Need("read", tenants=True),
    ("POST", f"{_INCIDENTS}/bulk"): Need("operate", tenants=True),
    ("GET", "/api/v1/detections"): Need("read", tenants=True),
    ("GET", "/api/v1/events"): Need("read", tenants=True),
    ("GET", _INCIDENT): Need("read", tenants=True),
    ("PATCH", _INCIDENT): Need("operate", tenants=True),
    ("GET", f"{_INCIDENT}/bundle"): Need("read", tenants=True),
    ("GET", f"{_INCIDENT}/bundle.zip"): Need("read", tenants=True),
    ("GET", f"{_INCIDENT}/similar"): Need("read", tenants=True),
    ("GET", f"{_INCIDENT}/labels"): Need("read", tenants=True),
    ("POST", f"{_INCIDENT}/labels"): Need("operate", tenants=True),
    ("GET", f"{_INCIDENT}/timeline"): Need("read", tenants=True),
    ("GET", f"{_INCIDENT}/notes"): Need("read", tenants=True),
    ("POST", f"{_INCIDENT}/notes"): Need("operate", tenants=True),
    ("GET", "/api/v1/exchanges"): Need("read", tenants=True),
    ("GET", "/api/v1/exchanges/{exchange_id}"): Need("read", tenants=True),
    ("GET", "/api/v1/policy"): Need("read", tenants=True),
    ("POST", "/api/v1/score"): Need("read", tenants=True),
    ("POST", "/api/v1/text/contents"): Need("read", tenants=True),
    ("GET", "/docs"): Need("read", tenants=True),
    ("POST", f"{_BASELINES}/undo"): Need("operate"),
    ("POST", f"{_BASELINES}/accept"): Need("operate"),
    ("POST", f"{_BASELINES}/{{name}}/promote"): Need("operate"),
    ("POST", "/api/v1/markers"): Need("operate"),
    ("POST", "/api/v1/alerts/alertmanager"): Need("operate"),
    ("POST", "/api/v1/alerts/dead/{letter_id}/retry"): Need("operate"),
    ("DELETE", "/api/v1/alerts/dead/{letter_id}"): Need("operate"),
    ("POST", "/api/v1/silences"): Need("operate"),
    ("DELETE", "/api/v1/silences/{silence_id}"): Need("operate"),
    ("GET", "/api/v1/keys"): Need("admin"),
    ("GET", "/api/v1/audit"): Need("admin"),
    ("GET", "/api/v1/audit/verify"): Need("admin"),
}
_LOOKING = Need("read")
_CHANGING = Need("admin")


def need(method: str, path: str) -> Need:
    """What a route needs; one that is not in the table is closed to keys of one tenant."""
    return _NEEDS.get((method, path), _LOOKING if method == "GET" else _CHANGING)


async def admit(request: Request, caller: Calling, services: Services) -> None:
    """Refuse a caller whose key does not reach this route, or not what its path names.

    Raises
    ------
    ProblemError
        403, with what is missing; 404 for another tenant's, as if there were none.
    """
    path = request.scope["route"].path
    if path in OPEN_PATHS:
        return
    needed = need(request.method, path)
    if caller.tenant and not needed.tenants:
        raise ProblemError(403, "this is about every tenant, and the key is of one")
    if not allows(caller.scope, needed.scope):
        raise ProblemError(403, f"this needs the scope {needed.scope}; the key has {caller.scope}")
    if caller.tenant:
        await _check_named(request.path_params, services.store, caller.sees)


async def _check_named(named: Mapping[str, str], store: Store, sees: Callable[[str], bool]) -> None:
    for parameter, name in named.items():
        what, tenant_of = _THINGS[parameter]
        tenant = await tenant_of(store, name)
        if tenant is None or not sees(tenant):
            raise not_found(what, name)


async def _of_incident(store: Store, name: str) -> str | None:
    incident = await store.get_incident(name)
    return incident.tenant if incident else None


async def _of_exchange(store: Store, name: str) -> str | None:
    record = await store.get_exchange(name)
    return decode_record(record).exchange.tenant if record else None


_THINGS: Mapping[str, tuple[str, Callable[[Store, str], Awaitable[str | None]]]] = {
    "incident_id": ("incident", _of_incident),
    "exchange_id": ("exchange", _of_exchange),
}
"""What a path parameter names, and whose that is. Any other is an error, which shows nothing."""
