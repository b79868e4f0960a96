"""Streams of exchanges made from the developer data: texts, invented times, real features."""

from __future__ import annotations

import gzip
import hashlib
import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from detectors.observation import Observation, Timing
from detectors.text.channels import categories, channels
from detectors.text.embedding import StaticEncoder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Pair = tuple[str, str]
Row = dict[str, Any]

CHITCHAT = "benign/chitchat"
FOREIGN = "benign/xquad_en_de_es_zh_ar_hi"
ASSISTANT = ("benign/dolly_1k", "benign/gsm8k", "benign/code", "benign/qa_domains")


class Traffic:
    """Reads pairs of texts from the data directory and makes observations of them.

    Observations are kept in `cache`, a file, since their features cost more than all the rest.
    Channels in `left_out` are read and then passed over.
    """

    def __init__(self, data: Path, cache: Path) -> None:
        self._data, self._cache = data, cache
        self.left_out: frozenset[str] = frozenset()
        self._encoder = StaticEncoder.load()
        self._known: dict[Pair, Observation] = {}
        if cache.exists():
            self._known = pickle.loads(cache.read_bytes())

    def save(self) -> None:
        """Keep what was computed for the next run."""
        self._cache.write_bytes(pickle.dumps(self._known))

    def rows(self, name: str) -> Iterator[Row]:
        """Read one file of the data."""
        with gzip.open(self._data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            yield from map(json.loads, file)

    def pairs(self, name: str, keep: Callable[[Row], bool] = lambda _: True) -> list[Pair]:
        """Give a file's answers with the prompts they answer."""
        return [
            (str(row["context"]), str(row["text"]))
            for row in self.rows(name)
            if row["role"] == "response" and row.get("context") and keep(row)
        ]

    def prompts(self, name: str, keep: Callable[[Row], bool] = lambda _: True) -> list[str]:
        """Give a file's prompts."""
        return [str(r["text"]) for r in self.rows(name) if r["role"] == "prompt" and keep(r)]

    def foreign(self, language: str) -> list[Pair]:
        """Give questions and passages of one language; a passage's first sentence is the answer."""
        rows = [r for r in self.rows(FOREIGN) if r["lang"] == language]
        asked = [str(r["text"]) for r in rows if r["role"] == "prompt"]
        passages = [str(r["text"]) for r in rows if r["role"] == "response"]
        return [(q, passages[i % len(passages)][:160]) for i, q in enumerate(asked)]

    def intents(self, keep: Callable[[str], bool]) -> list[Pair]:
        """Give short questions to a help desk; each intent has a handful of canned answers."""
        return [pair for _, pair in self._intents(keep)]

    def topics(self, keep: Callable[[str], bool]) -> dict[str, list[Pair]]:
        """Give the same by intent."""
        found: dict[str, list[Pair]] = {}
        for intent, pair in self._intents(keep):
            found.setdefault(intent, []).append(pair)
        return found

    def _intents(self, keep: Callable[[str], bool]) -> Iterator[tuple[str, Pair]]:
        canned = [answer for _, answer in self.pairs(CHITCHAT) if len(answer) > 20]
        for row in self.rows("benign/clinc150"):
            orig = row["orig"]
            if keep(orig["domain"]):
                draw = hashlib.blake2b(str(row["id"]).encode(), digest_size=1).digest()[0] % 6
                place = hashlib.blake2b(f"{orig['intent']}{draw}".encode(), digest_size=4).digest()
                answer = canned[int.from_bytes(place, "big") % len(canned)]
                yield str(orig["intent"]), (str(row["text"]), answer)

    def observe(self, pair: Pair) -> Observation:
        """Make an observation of a pair; without times, see `timed`."""
        known = self._known.get(pair)
        if known is None:
            prompt, response = pair
            vectors = self._encoder.encode([prompt, response])
            known = Observation(
                id="",
                at=0.0,
                model="m",
                stream=True,
                finish_reason="stop",
                prompt=prompt,
                response=response,
                input_tokens=len(prompt) // 4 + 8,
                output_tokens=len(response) // 4 + 2,
                prompt_embedding=vectors[0] if vectors[0].any() else None,
                response_embedding=vectors[1] if vectors[1].any() else None,
            )
            known = replace(known, channels=channels(known), categories=categories(known))
            self._known[pair] = known
        return known


def timed(
    x: Observation, index: int, rng: np.random.Generator, *, ttft: float = 1.0, tpot: float = 1.0
) -> Observation:
    """Give an observation its place in a stream, and times of a server under ordinary load."""
    inputs, outputs = x.input_tokens or 0, x.output_tokens or 0
    first = ttft * (0.05 + 0.0004 * inputs) * float(rng.lognormal(0.0, 0.35))
    each = tpot * 0.02 * float(rng.lognormal(0.0, 0.15))
    times = {"log_ttft": float(np.log(first)), "log_seconds_per_token": float(np.log(each))}
    return replace(
        x,
        id=f"x{index}",
        at=1_700_000_000.0 + 5.0 * index,
        timing=Timing(ttft=first, duration=first + each * max(0, outputs - 1)),
        channels={**x.channels, **times},
    )
