"""Refuses query parameters that a route does not have: a misspelt one would let everything pass."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.problems import FieldError, ProblemError


async def refuse_unknown(request: Request) -> None:
    """Refuse a request that asks for what its route does not know.

    Raises
    ------
    ProblemError
        422, naming each.
    """
    route = request.scope["route"]
    if not isinstance(route, APIRoute) or not route.path.startswith("/api/"):
        return
    known = set(_parameters(route.dependant))
    wrong = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if wrong:
        errors = [FieldError(name, "there is no such parameter here") for name in wrong]
        raise ProblemError(422, f"the request is not valid: {', '.join(wrong)}", errors=errors)


def _parameters(dependant: Dependant) -> Iterator[str]:
    """The names of a route's query parameters; those of a model are its fields."""
    for parameter in dependant.query_params:
        fields = getattr(parameter.field_info.annotation, "model_fields", None)
        yield from fields or [parameter.alias]
    for inner in dependant.dependencies:
        yield from _parameters(inner)
