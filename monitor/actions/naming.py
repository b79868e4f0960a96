"""The names and numbers of a finding, as actions speak of them: in sentences, and quoted for a shell."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.baselines.naming import plain_name

if TYPE_CHECKING:
    from detectors.base import Detection
    from monitor.incidents.bundle import Action

_SPACES = re.compile(r" {2,}")
_VALUES = ("model", "route", "tenant", "carrier", "kind")


def filled(action: Action, detection: Detection, incident_id: str, upstream: str) -> Action:
    """The action with the finding's own names; what goes into a shell is quoted, whoever chose it."""
    said = in_sentences(detection)
    how = action.how
    if action.form == "shell":
        how = _SPACES.sub(" ", how.format_map(in_shell(detection, incident_id, upstream))).strip()
    elif action.form == "text":
        how = how.format_map(said)
    return replace(
        action,
        what=action.what.format_map(said),
        why=action.why.format_map(said),
        how=how,
        risk=action.risk.format_map(said),
    )


def in_sentences(detection: Detection) -> dict[str, str]:
    """What a sentence may name; what is not known reads as words."""
    return {
        "model": detection.model or "this model",
        "route": detection.route or "every route",
        "tenant": detection.tenant or "this tenant",
        "kind": detection.detection_type.replace("_", " "),
        "score": f"{detection.score:.3g}",
        "threshold": f"{detection.threshold:.3g}",
        "carrier": carrier(detection) or "the new tenant",
        "replica": told(detection, "slow_upstream") or "the slow replica",
        "every": told(detection, "every") or "some",
        "whose": told(detection, "mostly from") or detection.tenant or "whoever sends it",
    }


def in_shell(detection: Detection, incident_id: str, upstream: str) -> dict[str, str]:
    """What a command may name: every value is one word of it, an option that has none is left out."""
    values = {
        "model": detection.model,
        "route": detection.route,
        "tenant": detection.tenant,
        "kind": detection.detection_type,
        "carrier": carrier(detection),
    }
    quoted = {name: shlex.quote(value) for name, value in values.items()}
    options = {f"--{name}": f"--{name} {quoted[name]}" if values[name] else "" for name in _VALUES}
    of_carrier = values["carrier"] or values["tenant"]
    return {
        **quoted,
        **options,
        "--carrier": f"--tenant {shlex.quote(of_carrier)}" if of_carrier else "",
        "incident": shlex.quote(incident_id),
        "name": plain_name(values["carrier"] or values["model"]) or "now",
        "upstream": _address(told(detection, "slow_upstream")) or _address(upstream) or "$UPSTREAM",
    }


def told(detection: Detection, name: str) -> str:
    """The value of one factor of the finding, as text; "" if it has none of that name."""
    for one in detection.evidence:
        if one.name == name:
            return one.value if isinstance(one.value, str) else f"{one.value:.3g}"
    return ""


def carrier(detection: Detection) -> str:
    """The tenant that carries a change, if one does."""
    carriers = detection.shift.carriers if detection.shift else ()
    return next((each.name for each in carriers if each.of == "tenant"), "")


def _address(upstream: str) -> str:
    """The address of a model server, quoted; "" for what is only a name of one."""
    try:
        parts = urlsplit(upstream)
    except ValueError:
        return ""
    return shlex.quote(upstream.rstrip("/")) if parts.scheme in {"http", "https"} else ""
