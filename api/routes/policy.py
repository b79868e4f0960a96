"""The policy in force."""

from __future__ import annotations

from fastapi import APIRouter

from api.context import Services
from api.schemas.answer_examples import POLICY
from api.schemas.common import VersionedPolicy
from api.schemas.examples import example

router = APIRouter(prefix="/api/v1/policy", tags=["policy"])


@router.get("", responses=example(POLICY))
async def show_policy(services: Services) -> VersionedPolicy:
    """Every threshold by which verdicts are made, and the version stamped on them."""
    policy = services.settings.policy
    return VersionedPolicy(policy.version, policy)
