"""Static text embeddings: the sum of each word's vectors, looked up rather than computed."""

from __future__ import annotations

import json
import re
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from detectors.errors import DetectorError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenizers import Tokenizer

Matrix = npt.NDArray[np.float32]

_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
READ_CHARACTERS = 16_000
_CACHED_WORDS = 24_000
_ONES = np.ones(READ_CHARACTERS, dtype=np.float32)

_LONGEST_WORD = 32
_ASCII_WORD = re.compile(r"[a-z0-9]{1,32}")
# Byte by byte what a word keeps, in lower case; all else is white space.
_LOWER_WORDS = bytes(ord(chr(c).lower()) if chr(c).isalnum() else 32 for c in range(128)).ljust(256)
# Scripts written without spaces are taken character by character: Thai, kana, Han, Hangul.
_WORD = re.compile(
    "[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
    "|[^\\W_\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{1,32}"
)


class StaticEncoder:
    """Turns texts into unit vectors of 256 numbers, quickly and the same way every time.

    The vectors are the static token embeddings that the `wordllama` package ships (trained so
    that a plain average of them is a sentence embedding). A word's token vectors are summed once
    and kept; after that a text costs one dictionary look-up per word and one sum. Words differ by
    neither case nor the punctuation about them. The vector of a text does not depend on what was
    encoded before it. Only the first 16,000 characters of a text are read.

    Safe to share between threads.

    Parameters
    ----------
    vectors
        Token vectors, shape (tokens, dimensions), any float type.
    tokenizer
        Splits a word into rows of `vectors`.

    """

    name = "wordllama-256"

    def __init__(self, vectors: npt.NDArray[np.floating], tokenizer: Tokenizer) -> None:
        self._vectors = vectors
        self._tokenizer = tokenizer
        self._lock = threading.Lock()
        self._index: dict[str, int] = {}
        self._table: Matrix = np.zeros((1024, self.dimensions), dtype=np.float32)

    @property
    def dimensions(self) -> int:
        """Length of a text's vector."""
        return int(self._vectors.shape[1])

    @classmethod
    def load(cls) -> StaticEncoder:
        """Read the vectors (memory-mapped) and the tokenizer; no network, about 0.1 s.

        Raises DetectorError when the `wordllama` package or one of its two files is missing.
        """
        spec = find_spec("wordllama")
        if spec is None or spec.origin is None:
            raise DetectorError(
                "The text encoder's vectors are not installed: pip install sidewatch[worker]"
            )
        folder = Path(spec.origin).parent
        try:
            from tokenizers import Tokenizer  # noqa: PLC0415 - heavy; only the worker embeds

            return cls(
                _read_vectors(folder / _WEIGHTS), Tokenizer.from_file(str(folder / _TOKENIZER))
            )
        except (OSError, ImportError, ValueError, KeyError) as error:
            raise DetectorError(
                f"The installed wordllama package cannot be read ({type(error).__name__}): "
                "pip install --force-reinstall sidewatch[worker]"
            ) from error

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Return unit rows, shape (len(texts), 256); a row of zeros for a text without a word."""
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        with self._lock:
            for row, text in zip(rows, texts, strict=True):
                found = self._look_up(words(text))
                if found:
                    np.dot(_ONES[: len(found)], self._table.take(found, axis=0), out=row)
        norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
        np.divide(rows, norms, out=rows, where=norms > 0)
        return rows

    def _look_up(self, text_words: list[str]) -> list[int]:
        """Rows of the table, one for each word; learns the words it has not met."""
        if len(self._index) > _CACHED_WORDS:
            # Forgetting all is rare, and needs no book-keeping while words are looked up.
            self._index.clear()
        try:
            return list(map(self._index.__getitem__, text_words))
        except KeyError:
            self._learn([w for w in dict.fromkeys(text_words) if w not in self._index])
            return list(map(self._index.__getitem__, text_words))

    def _learn(self, new: list[str]) -> None:
        encodings = self._tokenizer.encode_batch(new, add_special_tokens=False)
        for word, encoding in zip(new, encodings, strict=True):
            row = len(self._index)
            if row == len(self._table):
                table = np.zeros((2 * row, self.dimensions), dtype=np.float32)
                table[:row] = self._table
                self._table = table
            self._vectors[encoding.ids].sum(axis=0, dtype=np.float32, out=self._table[row])
            self._index[word] = row


def words(text: str) -> list[str]:
    """List the lower-case words of a text's first 16,000 characters, in order.

    Han, kana, Hangul and Thai count by the character; a run of more than 32 letters is cut up.
    """
    text = text[:READ_CHARACTERS]
    if not text.isascii():
        return _WORD.findall(text.lower())
    found = text.encode().translate(_LOWER_WORDS).decode().split()
    if found and max(map(len, found)) > _LONGEST_WORD:
        return _ASCII_WORD.findall(text.lower())
    return found


def _read_vectors(path: Path) -> npt.NDArray[np.float16]:
    """Memory-map the one tensor of a safetensors file: a length, a JSON header, the numbers."""
    with path.open("rb") as file:
        header_bytes = int.from_bytes(file.read(8), "little")
        tensor = json.loads(file.read(header_bytes))["embedding.weight"]
    if tensor["dtype"] != "F16":
        raise ValueError(tensor["dtype"])
    rows, columns = tensor["shape"]
    offset = 8 + header_bytes + tensor["data_offsets"][0]
    return np.memmap(path, dtype="<f2", mode="r", offset=offset, shape=(rows, columns))
