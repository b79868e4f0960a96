"""Measure what a computed embedding would bring drift over the static one, and what it costs.

    python -m benchmarks.drift.embeddings --data DIR --base MODEL [--out FILE.json]

The same streams, with the same seeds, carry the static vectors as shipped, then those of a pretrained
encoder on every exchange, then those on every fourth exchange, baseline and stream alike. Only the
vectors differ, and what is made of them: components, novelty, the cosine of prompt and answer. The
safety scores keep the static vectors they were trained with. MODEL is a folder of `transformers`, such
as all-MiniLM-L6-v2; a text's vector is the mean over its first 128 tokens, made to length one. Each
text is embedded once, on one thread; times are processor time.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.drift.cases import cases
from benchmarks.drift.run import Result, summary
from benchmarks.drift.scored import ScoredTraffic
from benchmarks.drift.sources import sources
from detectors.text.embedding import StaticEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.drift.sources import Source
    from benchmarks.drift.traffic import Pair
    from detectors.observation import Observation, Vector

    Vectors = dict[str, Vector]
    Embed = Callable[[Sequence[str]], "np.ndarray[Any, Any]"]

_TOKENS = 128
_BATCH = 32
_SAMPLE = 4
_SHIPPED = "static"
_COSINE = "pair_cosine"
_CHANGES = (
    *("topic 100%", "topic 30%", "topic 10%", "toxic prompts 10%", "answers shuffled 50%"),
    *("jailbreaks 5%", "injections 5%"),
)
_SWAPPED = "one model's answers"


class Reembedded(ScoredTraffic):
    """Traffic that notes its texts, and can carry other vectors on some of its exchanges."""

    def __init__(self, data: Path, cache: Path) -> None:
        super().__init__(data, cache)
        self.texts: set[str] = set()
        self._vectors: Vectors | None = None
        self._every = 1
        self._taken = 0

    def carry(self, vectors: Vectors | None, every: int = 1) -> None:
        """Carry these on one exchange in `every` from here on; None stands for those as shipped."""
        self._vectors, self._every, self._taken = vectors, every, 0

    def observe(self, pair: Pair) -> Observation:
        """Make an observation of a pair; without times, see `timed`."""
        known = super().observe(pair)
        self.texts.update(text for text in pair if text.strip())
        if self._vectors is None:
            return known
        sampled = self._taken % self._every == 0
        self._taken += 1
        return with_vectors(known, self._vectors if sampled else {})


def with_vectors(x: Observation, vectors: Vectors) -> Observation:
    """Give an exchange the vectors of its texts, and their cosine; a text without one has none."""
    prompt, response = vectors.get(x.prompt or ""), vectors.get(x.response or "")
    channels = {name: value for name, value in x.channels.items() if name != _COSINE}
    if prompt is not None and response is not None:
        channels[_COSINE] = float(np.dot(prompt, response))
    return replace(x, channels=channels, prompt_embedding=prompt, response_embedding=response)


def pretrained(folder: Path) -> Embed:
    """Read a `transformers` encoder; it gives unit vectors, means over a text's first 128 tokens."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(1)
    tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model: Any = AutoModel.from_pretrained(folder, local_files_only=True).eval()

    def embed(texts: Sequence[str]) -> np.ndarray[Any, Any]:
        cut = tokenizer(
            list(texts), truncation=True, max_length=_TOKENS, padding=True, return_tensors="pt"
        )
        with torch.inference_mode():
            states = model(**cut).last_hidden_state
        weights = cut["attention_mask"].unsqueeze(-1)
        means = (states * weights).sum(1) / weights.sum(1)
        found: np.ndarray[Any, Any] = torch.nn.functional.normalize(means).numpy()
        return found

    return embed


def embedded(texts: Sequence[str], embed: Embed) -> tuple[Vectors, float]:
    """Embed texts in batches of about one length; their vectors, and processor seconds."""
    order = sorted(texts, key=lambda text: (len(text), text))
    found: Vectors = {}
    started = time.process_time()
    for start in range(0, len(order), _BATCH):
        batch = order[start : start + _BATCH]
        found.update(zip(batch, embed(batch), strict=True))
    return found, time.process_time() - started


def shortened(source: Source, exchanges: int) -> Source:
    """Keep the changes that an embedding should show, and so many exchanges of each draw."""

    def draw(rng: np.random.Generator) -> list[Any]:
        return source.draw(rng)[:exchanges]

    kept = [c for c in source.planted if c.name in _CHANGES or source.name == _SWAPPED]
    return replace(source, planted=kept, draw=draw)


def measured(traffic: Reembedded, source: Source, rows: int, seeds: int) -> dict[str, object]:
    """Run all streams of a source with the vectors that the traffic carries."""
    result = Result()
    for seed in range(seeds):
        for case in cases(traffic, source, rows, seed):
            result.add(case)
    return summary(result)


def compared(
    traffic: Reembedded, source: Source, rows: int, seeds: int, embed: Embed
) -> dict[str, Any]:
    """Measure one kind of traffic with each embedding; the first pass tells which texts there are."""
    traffic.texts.clear()
    traffic.carry(None)
    found: dict[str, Any] = {_SHIPPED: measured(traffic, source, rows, seeds)}
    texts = sorted(traffic.texts)
    _, static_seconds = embedded(texts, StaticEncoder.load().encode)
    vectors, seconds = embedded(texts, embed)
    for name, every in (("pretrained", 1), (f"pretrained, one in {_SAMPLE}", _SAMPLE)):
        traffic.carry(vectors, every)
        found[name] = measured(traffic, source, rows, seeds)
    return {
        "texts": len(texts),
        "mean_characters": round(float(np.mean([len(text) for text in texts])), 1),
        "static_cpu_microseconds_per_text": round(1e6 * static_seconds / len(texts), 1),
        "pretrained_cpu_microseconds_per_text": round(1e6 * seconds / len(texts), 1),
        "embeddings": found,
    }


def table(found: dict[str, dict[str, Any]]) -> str:
    """Lay the figures out as Markdown, one column for each embedding."""
    return "\n\n".join("\n".join(_section(*each)) for each in found.items()) + "\n"


def _section(name: str, seen: dict[str, Any]) -> Iterator[str]:
    by_embedding = seen["embeddings"]
    yield (
        f"{name}: {seen['texts']} texts of {seen['mean_characters']} characters in the mean; processor "
        f"time for one {seen['static_cpu_microseconds_per_text']} µs static, "
        f"{seen['pretrained_cpu_microseconds_per_text']} µs pretrained.\n"
    )
    yield "| | " + " | ".join(by_embedding) + " |"
    yield "|---" * (len(by_embedding) + 1) + "|"
    for head in ("geometric_mean_delay", "missed", "false_alarms", "clean_exchanges"):
        yield f"| {head.replace('_', ' ')} | " + _cells([e[head] for e in by_embedding.values()])
    for change in by_embedding[_SHIPPED]["changes"]:
        delays = [e["changes"][change]["delays"] for e in by_embedding.values()]
        yield f"| {change} | " + _cells([_told(each) for each in delays])


def _cells(values: Sequence[object]) -> str:
    return " | ".join(str(value) for value in values) + " |"


def _told(delays: Sequence[int | None]) -> str:
    return ", ".join("-" if delay is None else str(delay) for delay in delays)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="developer data")
    parser.add_argument("--base", type=Path, required=True, help="folder of the pretrained encoder")
    parser.add_argument("--only", nargs="+", default=["help desk", _SWAPPED], help="traffic")
    parser.add_argument("--rows", type=int, default=2_000, help="baseline size")
    parser.add_argument("--rest", type=int, default=3_000, help="exchanges after the baseline")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "drift.pickle")
    parser.add_argument("--out", type=Path, help="JSON; a Markdown table is put beside it")
    given = parser.parse_args()
    traffic = Reembedded(given.data, given.cache)
    embed = pretrained(given.base)
    found = {
        source.name: compared(
            traffic, shortened(source, given.rows + given.rest), given.rows, given.seeds, embed
        )
        for source in sources(traffic)
        if source.name in given.only
    }
    traffic.save()
    print(table(found))
    if given.out:
        given.out.write_text(json.dumps(found, indent=1) + "\n")
        given.out.with_suffix(".md").write_text(table(found))


if __name__ == "__main__":
    main()
