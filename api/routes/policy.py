"""The policy in force."""

from __future__ import annotations

from fastapi import APIRouter

from api.answer_examples import POLICY
from api.context import Services
from api.examples import example
from api.schemas import VersionedPolicy

router = APIRouter(prefix="/api/v1/policy", tags=["policy"])


@router.get("", responses=example(POLICY))
async def show_policy(services: Services) -> VersionedPolicy:
    """Every threshold by which verdicts are made, and the version stamped on them."""
    policy = services.settings.policy
    return VersionedPolicy(policy.version, policy)
