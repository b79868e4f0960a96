"""Names of baselines: what a person calls one, and the version that the store adds.

`chat` is a name, `chat@3` its third version. A version never changes; the name alone means the
latest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from monitor.errors import MonitorError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_VERSION = re.compile(r"(.+)@([1-9][0-9]{0,8})")


class BaselineNameError(MonitorError, ValueError):
    """A name that no baseline can have; the message says what one looks like."""


def checked_name(name: str) -> str:
    """The name, without a version.

    Raises
    ------
    BaselineNameError
        It has other signs, or is too long.
    """
    if not _NAME.fullmatch(name):
        raise BaselineNameError(
            f"{name!r} cannot be a baseline's name: write up to 100 letters, digits, dots, "
            "hyphens and underscores, the first a letter or a digit; the store adds the version"
        )
    return name


def plain_name(text: str) -> str:
    """A name made of any text, such as a model's: other signs become hyphens; may be empty."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-._")[:80]


def split(reference: str) -> tuple[str, int]:
    """Name and version of a reference such as chat@3; version 0 where it names none."""
    match = _VERSION.fullmatch(reference)
    return (match[1], int(match[2])) if match else (reference, 0)


def versioned(name: str, version: int) -> str:
    """The reference of one version."""
    return f"{name}@{version}"


def latest(name: str, known: Iterable[str]) -> int:
    """The highest version of a name among the references known; 0 if there is none."""
    return max((version for of, version in map(split, known) if of == name), default=0)
