"""What a search for similar incidents may be narrowed by."""

from __future__ import annotations

from typing import NamedTuple


class Traits(NamedTuple):
    """Of an incident: what it is, of whom. In a search an empty one lets all pass."""

    kind: str = ""
    model: str = ""
    tenant: str = ""


ANY = Traits()
