"""Markers: what people and their tools did to the service, so that findings can be read beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MarkerKind = Literal["deployment", "config", "model", "alert", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """Something that was done, or that another system told of.

    `at` is in seconds since the epoch. `model` and `tenant` are those that it concerns, "" for all;
    `version` is what it brought, such as a tag or a commit. `text` is for a person to read.
    """

    id: str
    at: float
    kind: MarkerKind
    text: str
    by: str = ""
    model: str = ""
    tenant: str = ""
    version: str = ""

    def concerns(self, model: str, tenant: str) -> bool:
        """Whether it may bear on what happened to a model and a tenant; "" is all of them."""
        return _overlap(self.model, model) and _overlap(self.tenant, tenant)


def _overlap(one: str, other: str) -> bool:
    return not one or not other or one == other
