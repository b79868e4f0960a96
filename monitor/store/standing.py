"""Which baselines are in use, from what was promoted and what is provisional."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from monitor.baselines.traffic import Traffic
from monitor.store.base import BaselineRecord, Standing

GENERAL = ""


def standing(model: str, promoted: Mapping[str, str], provisional: Mapping[str, str]) -> Standing:
    """What counts for a model; the maps are from model to name."""
    return Standing(promoted.get(model) or promoted.get(GENERAL), provisional.get(model))


def narrow(promoted: Mapping[str, str]) -> dict[Traffic, str]:
    """What was promoted for parts of models' traffic."""
    found = {Traffic.of_key(key): name for key, name in promoted.items()}
    return {traffic: name for traffic, name in found.items() if traffic.is_narrow}


def marked(
    record: BaselineRecord, promoted: Mapping[str, str], provisional: Mapping[str, str]
) -> BaselineRecord:
    """The record with what is true of it now: who uses it, and whether it is still provisional."""
    used_for = [each for each, name in narrow(promoted).items() if name == record.name]
    whole = {key for key in promoted if not Traffic.of_key(key).is_narrow}
    used_by = {model for model in whole if promoted[model] == record.name}
    if GENERAL not in promoted:
        theirs = {model for model, name in provisional.items() if name == record.name}
        used_by |= theirs - promoted.keys()
    return replace(
        record,
        active=bool(used_by or used_for),
        used_by=sorted(used_by),
        used_for=sorted(used_for),
        provisional=record.provisional and record.name not in promoted.values(),
    )
