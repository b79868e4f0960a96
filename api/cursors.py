"""Cursors as callers send them back."""

from __future__ import annotations

from api.problems import FieldError, ProblemError
from monitor.store.base import StoreError
from monitor.store.paging import Cursor


def check_cursor(cursor: str, sort: str) -> None:
    """Refuse a cursor that no page of this order returned.

    Raises
    ------
    ProblemError
        422, naming the parameter.
    """
    if not cursor:
        return
    try:
        Cursor.decode(cursor, sort=sort)
    except StoreError as error:
        wrong = FieldError("cursor", str(error))
        raise ProblemError(422, "the request is not valid: cursor", errors=[wrong]) from error
