"""A model server's page of metrics, read."""

from __future__ import annotations

import math
from collections import defaultdict

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from monitor.errors import MonitorError
from monitor.upstreams.names import WANTED


class ReadingError(MonitorError):
    """A page is not what a model server is known to say of itself."""


class _Loaded(msgspec.Struct):
    size: int = 0
    size_vram: int = 0


class _Ollama(msgspec.Struct):
    models: list[_Loaded]


def read_page(page: bytes) -> dict[str, float]:
    """The numbers that are known, by the server's own name; sums over labels, such as models.

    An Ollama's list of running models gives `loaded` and `on_accelerator`.

    Raises
    ------
    ReadingError
        It is neither such a list nor Prometheus' text format, or has none of the names.
    """
    if page.lstrip().startswith(b"{"):
        return _ollama(page)
    found: dict[str, float] = defaultdict(float)
    try:
        for family in text_string_to_metric_families(_wanted(page.decode())):
            for sample in family.samples:
                if math.isfinite(sample.value):
                    found[sample.name] += sample.value
    except (ValueError, UnicodeDecodeError) as error:
        raise ReadingError(f"not in Prometheus' text format: {error}") from error
    if not found:
        raise ReadingError("none of the numbers that vLLM, TGI or llama.cpp tell")
    return dict(found)


def _wanted(text: str) -> str:
    """Only the lines that are read: a page has thousands, most of them buckets."""
    lines = (line for line in text.splitlines() if _name(line) in WANTED)
    return "\n".join(lines) + "\n"


def _name(line: str) -> str:
    return line.partition("{")[0].partition(" ")[0]


def _ollama(page: bytes) -> dict[str, float]:
    try:
        models = msgspec.json.decode(page, type=_Ollama).models
    except msgspec.DecodeError as error:
        raise ReadingError(f"not what Ollama's /api/ps answers: {error}") from error
    size = sum(model.size for model in models)
    there = sum(model.size_vram for model in models)
    share = {"on_accelerator": there / size} if size else {}
    return {"loaded": float(len(models)), **share}
