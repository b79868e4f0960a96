"""What traffic is judged with: the safety model's weights, and the baselines in use."""

from __future__ import annotations

from collections.abc import Sequence

from detectors.baseline import Baseline
from detectors.errors import DetectorError
from detectors.safety.builtin import screen_version
from detectors.safety.encoder import SafetyEncoder
from detectors.safety.weights import FOLDER
from detectors.text.added import Added
from detectors.text.embedding import StaticEncoder
from monitor.connect import connected_store
from monitor.doctor.check import Check
from monitor.settings import Settings
from monitor.store.base import BaselineRecord, Store


async def look(settings: Settings) -> Sequence[Check]:
    """The built-in model, and each baseline that traffic is judged by."""
    async with connected_store(settings.store) as store:
        used = [record for record in await store.baselines() if record.active]
        judged = [await _baseline(store, record) for record in used]
    return [_weights(settings), *(judged or [_NONE])]


_NONE = Check(
    "baselines",
    "absent",
    "none: each model's first exchanges become its provisional one",
    "sidewatch baseline build FILE --name N --promote",
)


def _weights(settings: Settings) -> Check:
    version = screen_version()
    if settings.policy.safety.second_stage == "none" or SafetyEncoder.installed(FOLDER):
        return Check("safety model", "good", f"weights {version}")
    mend = "pip install 'sidewatch[worker]'"
    return Check("safety model", "warning", "the first stage alone: no onnxruntime", mend)


async def _baseline(store: Store, record: BaselineRecord) -> Check:
    name = f"baseline {record.name}"
    found = await store.get_baseline(record.name)
    if found is None:
        return Check(name, "warning", "it went while it was looked at")
    try:
        misfit = Baseline.from_bytes(found[1]).misfit(
            encoder=StaticEncoder.load().name, screen=screen_version(), added=Added.load().names
        )
    except DetectorError as error:
        misfit = str(error)
    if misfit:
        mend = "until it is built again, drift and anomaly judge without it"
        return Check(name, "bad", misfit, mend)
    if record.provisional:
        mend = f"look what is in it, then sidewatch baseline promote {record.name}"
        return Check(name, "warning", "provisional: nobody has looked at it", mend)
    return Check(name, "good", f"{record.size} exchanges")
