"""Which baselines are in use, from what was promoted and what is provisional."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from monitor.store.base import BaselineRecord, Standing

GENERAL = ""


def standing(model: str, promoted: Mapping[str, str], provisional: Mapping[str, str]) -> Standing:
    """What counts for a model; the maps are from model to name."""
    return Standing(promoted.get(model) or promoted.get(GENERAL), provisional.get(model))


def marked(
    record: BaselineRecord, promoted: Mapping[str, str], provisional: Mapping[str, str]
) -> BaselineRecord:
    """The record with what is true of it now: who uses it, and whether it is still provisional."""
    used_by = {model for model, name in promoted.items() if name == record.name}
    if GENERAL not in promoted:
        theirs = {model for model, name in provisional.items() if name == record.name}
        used_by |= theirs - promoted.keys()
    return replace(
        record,
        active=bool(used_by),
        used_by=sorted(used_by),
        provisional=record.provisional and record.name not in promoted.values(),
    )
