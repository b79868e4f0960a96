"""The built-in model as a contender: its first stage, and both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from detectors.safety import builtin
from detectors.safety.encoder import SafetyEncoder
from detectors.text.embedding import StaticEncoder
from monitor.bench.safety import texts
from monitor.bench.safety.plan import Load


class _Classifier(Protocol):
    def classify(self, texts: list[str], embeddings: Any = None) -> object: ...


@dataclass(frozen=True, slots=True)
class Stages:
    """Scores prompts as a worker does, embedding and tokens included."""

    encoder: StaticEncoder
    classifier: _Classifier

    def draw(self, tokens: int, batch: int, seed: int) -> Callable[[], object]:
        """Fresh texts: those that were read before would not be read again."""
        drawn = texts.draw(tokens, batch, seed)
        return lambda: self.classifier.classify(drawn, self.encoder.encode(drawn))


def find() -> tuple[dict[str, Load], dict[str, str]]:
    """Our stages by name; and why those that are left out are."""
    encoder = StaticEncoder.load()

    def stages(threads: int, *, both: bool) -> Stages:
        return Stages(encoder, builtin.load(encoder, both=both, threads=threads)["prompt"])

    found: dict[str, Load] = {"first stage": lambda threads: stages(threads, both=False)}
    if not SafetyEncoder.installed():
        return found, {"both stages": "both stages: onnxruntime is not installed"}
    return {**found, "both stages": lambda threads: stages(threads, both=True)}, {}
