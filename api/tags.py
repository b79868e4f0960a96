"""Entity tags (RFC 9110, 8.8.3): a change may be asked for only of what the caller has read."""

from __future__ import annotations

import hashlib
from typing import Annotated

import msgspec
from fastapi import Header

from api.problems import ProblemError

IfMatch = Annotated[str | None, Header(max_length=300)]
"""The header `If-Match` of a change."""


def digest_tag(value: object) -> str:
    """The tag of something that has no version: a digest of all it is."""
    return f'"{hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:16]}"'


def check_tag(if_match: str | None, tag: str, what: str, name: str) -> None:
    """Refuse a change of what is no longer as the caller read it.

    Raises
    ------
    ProblemError
        412, with the tag as it now is.
    """
    if if_match is None or if_match.strip() == "*":
        return
    if tag not in [each.strip() for each in if_match.split(",")]:
        raise stale(tag, what, name)


def stale(tag: str, what: str, name: str) -> ProblemError:
    """It is no longer as the caller read it."""
    told = f"{what} {name} was changed since you read it; read it again"
    return ProblemError(412, told, headers={"ETag": tag})
