"""Keys, the audit log and erasures: for admins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.context import Services
from api.guard.callers import Calling
from api.problems import FieldError, ProblemError, not_found
from api.schemas.access import (
    AuditFilter,
    AuditLog,
    ErasureAsked,
    KeyAsked,
    KeyMade,
    Keys,
    KeyShown,
    shown,
)
from api.schemas.common import Id, Name
from api.schemas.examples import (
    AUDIT_ENTRY,
    ERASURE,
    KEY,
    KEY_MADE,
    VERDICT,
    example,
    problem_responses,
)
from monitor.access.erasing import Erasure, erase
from monitor.access.issuing import issue, revoke
from monitor.access.keys import KeyRefusedError
from monitor.access.owner import Owner
from monitor.access.verifying import Verdict, verify

router = APIRouter(prefix="/api/v1", tags=["access"])


@router.get("/keys", responses=example({"items": [KEY]}))
async def list_keys(services: Services) -> Keys:
    """Every key that was made, newest first, without what would let anybody use it."""
    return Keys([shown(record) for record in await services.store.keys()])


@router.post(
    "/keys", status_code=201, responses={**example(KEY_MADE, 201), **problem_responses(413)}
)
async def create_key(asked: KeyAsked, services: Services, caller: Calling) -> KeyMade:
    """Make a key; this answer is the only place where it is ever shown."""
    try:
        key, record = await issue(
            services.store,
            name=asked.name,
            scope=asked.scope,
            tenant=asked.tenant,
            ttl=asked.ttl,
            by=caller.signs(asked.by),
            at=services.clock(),
        )
    except KeyRefusedError as error:
        wrong = FieldError("body", str(error))
        raise ProblemError(422, "there cannot be such a key", errors=[wrong]) from error
    return KeyMade(key, shown(record))


@router.delete("/keys/{key_id}", responses={**example(KEY), **problem_responses(404)})
async def revoke_key(key_id: Id, services: Services, caller: Calling) -> KeyShown:
    """Let a key open nothing from now on."""
    try:
        record = await revoke(services.store, key_id, by=caller.signs(), at=services.clock())
    except KeyRefusedError as error:
        raise not_found("key", key_id) from error
    return shown(record)


@router.post("/erasures", responses={**example(ERASURE), **problem_responses(413)})
async def erase_data(asked: ErasureAsked, services: Services, caller: Calling) -> Erasure:
    """Erase what is kept of a tenant, a user, or a user of one tenant; what went and what is left.

    This reads every stored exchange and incident, so it may take a minute where there are many.
    """
    owner = Owner(tenant=asked.tenant, user=asked.user)
    return await erase(
        services.store,
        services.journal,
        owner,
        by=caller.signs(asked.by),
        at=services.clock(),
    )


@router.get("/audit", responses=example({"items": [AUDIT_ENTRY]}))
async def list_audit(asked: Annotated[AuditFilter, Query()], services: Services) -> AuditLog:
    """The latest entries of the audit log, newest first."""
    return AuditLog(await services.store.audit(limit=asked.limit))


@router.get("/audit/verify", responses=example(VERDICT))
async def verify_audit(services: Services, expect: Name = "") -> Verdict:
    """Whether every entry is as it was written, and `expect`, a head noted earlier, is among them."""
    return await verify(services.store, expected=expect)
