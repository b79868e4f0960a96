"""The OpenAPI document, with what FastAPI does not know: our errors and the two ways of a key."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from msgspec.json import schema_components
from pydantic import TypeAdapter
from starlette.routing import BaseRoute

from api.guard.auth import OPEN_PATHS
from api.guard.idempotency import CHANGES_NOTHING, HEADER, SHOWS_A_SECRET
from api.problems import Problem
from api.schemas.common import Exchanges
from api.schemas.examples import problem_responses

_REF = "#/components/schemas/{model}"
_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}

_IDEMPOTENCY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Sent again with the same key, the change is made once and answered alike.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_TWICE = {str(status): answer for status, answer in problem_responses(409).items()}


def document(app: FastAPI, routes: Iterable[BaseRoute]) -> dict[str, Any]:
    """The document of an application and its routes; made once and kept by the application."""
    if app.openapi_schema is None:
        app.openapi_schema = _complete(
            get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
        )
        _show_whole(app.openapi_schema, routes)
    return app.openapi_schema


def _show_whole(schema: dict[str, Any], routes: Iterable[BaseRoute]) -> None:
    """Put the examples of answers back, out of which FastAPI takes what is null."""
    for route in routes:
        if not isinstance(route, APIRoute) or not route.include_in_schema:
            continue
        for method in route.methods or ():
            answers = schema["paths"][route.path][method.lower()]["responses"]
            for status, answer in route.responses.items():
                for kind, content in answer.get("content", {}).items():
                    answers[str(status)]["content"][kind] |= content


def _complete(schema: dict[str, Any]) -> dict[str, Any]:
    components = schema["components"]
    problem = TypeAdapter(Problem).json_schema(ref_template=_REF)
    components["schemas"].update(problem.pop("$defs"))
    components["schemas"]["Problem"] = problem
    components["schemas"].update(_stored(components["schemas"]))
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    components["securitySchemes"] = _SECURITY
    schema["security"] = [{name: []} for name in _SECURITY] + [{}]
    for path, methods in schema["paths"].items():
        if "post" in methods and path not in CHANGES_NOTHING | SHOWS_A_SECRET:
            methods["post"].setdefault("parameters", []).append(_IDEMPOTENCY)
            methods["post"]["responses"] |= {
                status: answer
                for status, answer in _TWICE.items()
                if status not in methods["post"]["responses"]
            }
    for path in OPEN_PATHS:
        schema["paths"][path]["get"]["security"] = []
    return schema


def _stored(taken: Collection[str]) -> dict[str, Any]:
    """Schemas of what the store holds and is passed on as it is, under names that are not taken."""
    schemas = schema_components([Exchanges], ref_template="#/components/schemas/{name}")[1]
    text = json.dumps(schemas)
    names = {name: f"Stored{name}" for name in schemas if name in taken}
    for name, other in names.items():
        text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{other}"')
    return {names.get(name, name): schema for name, schema in json.loads(text).items()}
