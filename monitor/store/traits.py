"""What a search for similar incidents may be narrowed by."""

from __future__ import annotations

from typing import NamedTuple


class Traits(NamedTuple):
    """Of an incident: what it is, of whom."""

    kind: str = ""
    model: str = ""
    tenant: str = ""


class Among(NamedTuple):
    """Which values of each of an incident's traits a search lets pass; none of them: all."""

    kind: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    tenant: tuple[str, ...] = ()


UNTOLD = Traits()
ALL = Among()
