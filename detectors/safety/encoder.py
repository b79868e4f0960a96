"""The second stage of the classifier: a small transformer that reads words in their order."""

from __future__ import annotations

import hashlib
from array import array
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from detectors.errors import DetectorError
from detectors.safety import weights
from detectors.safety.categories import CATEGORIES
from detectors.safety.kept import LastUsed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from onnxruntime import InferenceSession, SessionOptions
    from tokenizers import Tokenizer

    from detectors.safety.sequences import TokenSequence

Matrix = npt.NDArray[np.float32]

MODEL = "encoder.onnx"
TOKENIZER = "encoder-tokenizer.json"

_KEPT = 20_000
"""Sequences whose log-odds are remembered; some 5 MB."""

# On a processor these joint kernels of onnxruntime are slower than what they stand for: without
# them a sequence takes 13 to 20% less time.
_SLOW_FUSIONS = ["SkipLayerNormFusion", "BiasGeluFusion", "GeluFusion"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token ids of a text, and where each token stands in it."""

    ids: list[int]
    places: list[tuple[int, int]]


class SafetyEncoder:
    """Log-odds by category from token sequences, by onnxruntime.

    Sequences are read one at a time, never padded: activations are quantised by what is read
    together, so in a batch a score would depend on its neighbours. Reading several at once would
    save a tenth at most. Of the sequences given together, `threads` are read at once, the longest
    first, and equal ones only once; what was read lately is remembered, by a digest of its tokens.
    Safe to share between threads.
    """

    def __init__(self, session: InferenceSession, tokenizer: Tokenizer, threads: int = 1) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="safety-encoder")
        self._kept: LastUsed[Matrix] = LastUsed(_KEPT)

    @staticmethod
    def installed(folder: Path = weights.FOLDER) -> bool:
        """Whether onnxruntime and the model are there."""
        return find_spec("onnxruntime") is not None and (folder / MODEL).exists()

    @classmethod
    def load(cls, folder: Path = weights.FOLDER, *, threads: int = 1) -> SafetyEncoder:
        """Read model and tokenizer; about half a second and 100 MB.

        Raises DetectorError when a file is missing, not the one named in SHA256SUMS, or no model.
        """
        from tokenizers import Tokenizer  # noqa: PLC0415 - heavy; only scoring processes need it

        model, tokenizer = weights.read_bytes(MODEL, folder), weights.read_bytes(TOKENIZER, folder)
        return cls(_session(model, folder), Tokenizer.from_str(tokenizer.decode()), threads)

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Split texts into the model's tokens, without marks."""
        found = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [Tokens(x.ids, x.offsets) for x in found]

    def logits(self, sequences: Sequence[TokenSequence], *, keep: bool = True) -> Matrix:
        """Log-odds of shape (sequences, categories).

        What will not come again need not be kept: it would make others be forgotten. Raises what onnxruntime raises, as soon as one sequence cannot be read.
        """
        keys = [_key(x) for x in sequences]
        known = {key: self._kept.get(key) for key in keys}
        new = {key: x for key, x in zip(keys, sequences, strict=True) if known[key] is None}
        found = self._read_all(new)
        known.update(found)
        for key, row in found.items() if keep else ():
            self._kept.put(key, row)
        rows = [known[key] for key in keys]
        return np.array(rows, dtype=np.float32).reshape(len(sequences), len(CATEGORIES))

    def _read_all(self, sequences: dict[bytes, TokenSequence]) -> dict[bytes, Matrix]:
        # The longest first, so that the threads come to an end together.
        longest = sorted(sequences, key=lambda key: -len(sequences[key].ids))
        each = self._pool.map if len(longest) > 1 else map
        rows = each(self._read, [sequences[key] for key in longest])
        return dict(zip(longest, rows, strict=True))

    def _read(self, sequence: TokenSequence) -> Matrix:
        ids = np.array([sequence.ids], dtype=np.int64)
        segments = np.zeros_like(ids)
        segments[0, sequence.second :] = 1
        judged = np.zeros(ids.shape, dtype=np.float32)
        judged[0, sequence.judged :] = 1.0
        (found,) = self._session.run(
            None, {"input_ids": ids, "token_type_ids": segments, "judged": judged}
        )
        logits: Matrix = np.array(found[0], dtype=np.float32)
        return logits


def _session(model: bytes, folder: Path) -> InferenceSession:
    import onnxruntime  # noqa: PLC0415 - heavy; only a scoring process reads models

    options: SessionOptions = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(
            model,
            sess_options=options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=_SLOW_FUSIONS,
        )
    except Exception as error:  # onnxruntime's own have no common base that is public
        raise DetectorError(
            f"The safety model {MODEL} in {folder} is none that onnxruntime can run: {error}"
        ) from error


def _key(sequence: TokenSequence) -> bytes:
    """A digest: texts are not kept, not even as tokens."""
    ids = array("I", [sequence.second, *sequence.ids])
    return hashlib.blake2b(ids, digest_size=16).digest()
