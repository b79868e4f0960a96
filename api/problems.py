"""Errors as problem documents (RFC 9457): every refusal has one shape and says what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from monitor.incidents.incident import TransitionError
from monitor.journal.base import JournalError
from monitor.store.base import ConflictError, StoreError

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one part of the request; `field` is a path such as `limit`."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error of this API. `type` is always `about:blank`: the status says the kind."""

    status: int
    title: str
    detail: str
    instance: str
    type: str = "about:blank"
    errors: list[FieldError] = field(default_factory=list)


class ProblemError(Exception):
    """Ends the request with a problem document."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers


def respond(path: str, error: ProblemError) -> Response:
    """The document for an error, as the answer to a request for `path`."""
    problem = Problem(
        status=error.status,
        title=HTTPStatus(error.status).phrase,
        detail=error.detail,
        instance=path,
        errors=list(error.errors),
    )
    return Response(
        msgspec.json.encode(problem),
        status_code=error.status,
        media_type=MEDIA_TYPE,
        headers=dict(error.headers or {}),
    )


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem document."""
    for kind, translate in _TRANSLATIONS.items():
        app.add_exception_handler(kind, _handler(translate))


def not_found(what: str, name: str) -> ProblemError:
    """There is no such thing, or it has expired."""
    return ProblemError(404, f"there is no {what} {name!r}, or it has expired")


def _handler(translate: Callable[[Exception], ProblemError]) -> Callable[..., Response]:
    def handle(request: Request, error: Exception) -> Response:
        return respond(request.url.path, translate(error))

    return handle


def _as_is(error: Exception) -> ProblemError:
    assert isinstance(error, ProblemError)
    return error


def _http(error: Exception) -> ProblemError:
    assert isinstance(error, HTTPException)
    if error.status_code == 400:
        # What FastAPI cannot even decode; it calls what it cannot parse 422, and so is this.
        return ProblemError(422, "the request is not valid: body", errors=[_UNREADABLE])
    detail = _HINTS.get(error.status_code) or error.detail
    return ProblemError(error.status_code, detail, headers=error.headers)


def _invalid(error: Exception) -> ProblemError:
    """Name each field that is wrong. What was sent is not repeated: it may hold model text."""
    assert isinstance(error, RequestValidationError)
    errors = [
        FieldError(_path(each["loc"]), each["msg"].removeprefix("Value error, "))
        for each in error.errors()
    ]
    named = ", ".join(dict.fromkeys(each.field for each in errors))
    return ProblemError(422, f"the request is not valid: {named}", errors=errors)


def _path(loc: Sequence[int | str]) -> str:
    if loc[0] == "query":
        # A parameter that may be given several times is one all the same.
        return ".".join(part for part in loc[1:] if isinstance(part, str)) or "query"
    inner = [str(part) for part in loc[1:] if not isinstance(part, int) or len(loc) > 2]
    return ".".join(inner) or str(loc[0])


def _unavailable(error: Exception) -> ProblemError:
    return ProblemError(503, str(error), headers={"Retry-After": "1"})


def _conflict(error: Exception) -> ProblemError:
    return ProblemError(409, str(error))


def _internal(_error: Exception) -> ProblemError:
    return ProblemError(500, "this is a fault of the server; its log has the details")


_UNREADABLE = FieldError("body", "this is not JSON in UTF-8")
_HINTS = {
    404: "there is nothing at this path; /openapi.json lists what there is",
    405: "this path does not take this method",
}

_TRANSLATIONS: dict[type[Exception], Callable[[Exception], ProblemError]] = {
    ProblemError: _as_is,
    HTTPException: _http,
    RequestValidationError: _invalid,
    TransitionError: _conflict,
    ConflictError: _conflict,
    StoreError: _unavailable,
    JournalError: _unavailable,
    Exception: _internal,
}
