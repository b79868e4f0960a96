"""A change of the traffic in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime

from detectors.shift import Carrier, Moved, Onset, Share, Shift, ShiftKind

_NAMES: dict[ShiftKind, str] = {
    "input_change": "Prompts have changed",
    "attack_wave": "A wave of prompts that look like attacks",
    "new_tenant": "A new tenant sends other traffic",
    "model_change": "Answers have changed and prompts have not",
    "quality_collapse": "The quality of the answers has dropped",
    "relation_change": "Answers no longer go with their prompts as they did",
    "timing_change": "Answers take another time",
    "seasonality": "Traffic is as the baseline was at this hour",
}
_WHOLE = 0.95
_MOST = 0.5


def shift_summary(shift: Shift) -> str:
    """What kind of change, since when, in how much of the traffic, the clearest sign, whose it is."""
    symptom = f" ({shift.symptom.replace('_', ' ')})" if shift.symptom else ""
    told = f"{_NAMES[shift.kind]}{symptom} {_since(shift.onset)}{_share(shift.share)}"
    signs = [_sign(moved) for moved in shift.moved[:1]]
    whose = [_carrier(carrier) for carrier in shift.carriers if carrier.carries >= _MOST]
    return "; ".join([told, *signs, *whose])


def _since(onset: Onset) -> str:
    began = datetime.fromtimestamp(onset.at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    return f"since {began}, {onset.exchanges} exchanges ago"


def _share(share: Share) -> str:
    if share.value >= _WHOLE:
        return ", in nearly all of the traffic"
    return f", in {share.value:.0%} of the traffic or more"


def _sign(moved: Moved) -> str:
    return f"{moved.channel} {moved.now:.4g} ({moved.unit}), before {moved.before:.4g}"


def _carrier(carrier: Carrier) -> str:
    return f"{carrier.carries:.0%} of it from {carrier.of} {carrier.name}"
