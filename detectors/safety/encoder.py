"""The second stage of the classifier: a small transformer that reads words in their order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from detectors.safety import weights
from detectors.safety.categories import CATEGORIES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

    from detectors.safety.sequences import TokenSequence

Matrix = npt.NDArray[np.float32]

MODEL = "encoder.onnx"
TOKENIZER = "encoder-tokenizer.json"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token ids of a text, and where each token stands in it."""

    ids: list[int]
    places: list[tuple[int, int]]


class SafetyEncoder:
    """Log-odds by category from token sequences, by onnxruntime.

    Sequences are read one at a time, never padded: a score does not depend on its batch. Of a
    batch, `threads` are read at once. Safe to share between threads.
    """

    def __init__(self, session: InferenceSession, tokenizer: Tokenizer, threads: int = 1) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="safety-encoder")

    @staticmethod
    def installed(folder: Path = weights.FOLDER) -> bool:
        """Whether onnxruntime and the model are there."""
        return find_spec("onnxruntime") is not None and (folder / MODEL).exists()

    @classmethod
    def load(cls, folder: Path = weights.FOLDER, *, threads: int = 1) -> SafetyEncoder:
        """Read model and tokenizer; about half a second and 100 MB.

        Raises DetectorError when a file is missing or not the one named in SHA256SUMS.
        """
        import onnxruntime  # noqa: PLC0415 - heavy; only a scoring process reads models
        from tokenizers import Tokenizer  # noqa: PLC0415 - the same

        model, tokenizer = weights.read_bytes(MODEL, folder), weights.read_bytes(TOKENIZER, folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            model, sess_options=options, providers=["CPUExecutionProvider"]
        )
        return cls(session, Tokenizer.from_str(tokenizer.decode()), threads)

    def tokens(self, texts: Sequence[str]) -> list[Tokens]:
        """Split texts into the model's tokens, without marks."""
        found = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [Tokens(x.ids, x.offsets) for x in found]

    def logits(self, sequences: Sequence[TokenSequence]) -> Matrix:
        """Log-odds of shape (sequences, categories)."""
        if len(sequences) <= 1:
            rows = list(map(self._read, sequences))
        else:
            rows = list(self._pool.map(self._read, sequences))
        return np.array(rows, dtype=np.float32).reshape(len(sequences), len(CATEGORIES))

    def _read(self, sequence: TokenSequence) -> Matrix:
        ids = np.array([sequence.ids], dtype=np.int64)
        segments = np.zeros_like(ids)
        segments[0, sequence.second :] = 1
        judged = np.zeros(ids.shape, dtype=np.float32)
        judged[0, sequence.judged :] = 1.0
        (found,) = self._session.run(
            None, {"input_ids": ids, "token_type_ids": segments, "judged": judged}
        )
        logits: Matrix = np.asarray(found, dtype=np.float32)[0]
        return logits
