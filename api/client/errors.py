"""What goes wrong on the way to the API, and what the API refuses."""

from __future__ import annotations

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one part of a request; `field` is a path such as `limit`."""

    field: str
    message: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem document (RFC 9457), as the API answers errors."""

    status: int
    title: str = ""
    detail: str = ""
    errors: list[FieldError] = msgspec.field(default_factory=list)


class ApiError(Exception):
    """The API answered with an error; `problem` is its document.

    `status` tells what kind: 401 and 403 a key, 404 no such thing, 409 a change that cannot be made, 412 somebody
    changed it in the meantime, 422 a request that is not valid, 429 too many, 503 not now.
    """

    def __init__(self, problem: Problem) -> None:
        wrong = "; ".join(f"{each.field}: {each.message}" for each in problem.errors)
        told = problem.detail or problem.title
        super().__init__(f"{problem.status}: {told}" + (f" ({wrong})" if wrong else ""))
        self.problem = problem

    @property
    def status(self) -> int:
        """The status of the answer."""
        return self.problem.status


class UnreachableError(Exception):
    """No answer came, after as many attempts as the client makes."""


class EventsMissedError(Exception):
    """Events after `after` have gone from the log: list the incidents, and follow from now on."""

    def __init__(self, after: str) -> None:
        super().__init__(f"events after {after} are no longer kept")
        self.after = after


def problem_of(status: int, body: bytes) -> Problem:
    """The document in an answer; made of the status where something else answered."""
    try:
        return msgspec.json.decode(body, type=Problem)
    except msgspec.DecodeError:
        return Problem(
            status=status, detail="the answer is no problem document: is this Sidewatch?"
        )
