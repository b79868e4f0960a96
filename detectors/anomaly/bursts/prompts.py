"""What a key asked of late: is this the same again, or nearly the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from detectors.observation import Vector

RECENT = 32
"""So many prompts of a key are remembered, as two numbers each."""

_BITS = 64
_NEAR = 11
_SEED = 6
_READ_CHARACTERS = 4_000


class Print(NamedTuple):
    """A prompt as two numbers: one the same for the same text alone, one alike for alike texts.

    `sketch` is None for a prompt without an embedding.
    """

    text: int
    sketch: int | None


def print_of(prompt: str | None, embedding: Vector | None) -> Print | None:
    """Give a prompt's numbers; None where there is no prompt. Case and white space do not count."""
    if not prompt or not prompt.strip():
        return None
    plain = " ".join(prompt[:_READ_CHARACTERS].lower().split())
    digest = hashlib.blake2b(plain.encode(errors="surrogatepass"), digest_size=7).digest()
    sketch = (
        None
        if embedding is None or not (embedding.item(0) or embedding.any())
        else _sketch(embedding)
    )
    return Print(int.from_bytes(digest), sketch)


@dataclass(slots=True)
class Asked:
    """The last prompts of a key, the oldest first, as two lists: each is looked through at once."""

    texts: list[int] = field(default_factory=list)
    sketches: list[int | None] = field(default_factory=list)

    def take(self, new: Print) -> tuple[bool, bool]:
        """Whether it is one of the last prompts; whether it is none, but nearly one. Remembers it.

        Nearly: no more than 11 of 64 bits differ, about a cosine of 0.87 between the embeddings.
        """
        text, sketch = new
        same = text in self.texts
        near = not same and sketch is not None and self._is_near(sketch)
        self.texts.append(text)
        self.sketches.append(sketch)
        if len(self.texts) > RECENT:
            del self.texts[0], self.sketches[0]
        return same, near

    def _is_near(self, sketch: int) -> bool:
        differ = [(sketch ^ old).bit_count() for old in self.sketches if old is not None]
        return min(differ, default=_BITS) <= _NEAR

    def state(self) -> list[list[int | None]]:
        """Both numbers of each."""
        return [list(each) for each in zip(self.texts, self.sketches, strict=True)]

    @classmethod
    def of(cls, state: list[tuple[int, int | None]]) -> Asked:
        """Go on from a saved state."""
        return cls([text for text, _ in state], [sketch for _, sketch in state])


def _sketch(embedding: Vector) -> int:
    """Signs of 64 random projections (Charikar, 2002)."""
    signs = _directions(len(embedding)) @ embedding > 0.0
    return int.from_bytes(np.packbits(signs).tobytes())


@cache
def _directions(dimensions: int) -> npt.NDArray[np.float32]:
    """The same in every process, for ever: sketches are saved."""
    return np.random.default_rng(_SEED).standard_normal((_BITS, dimensions), dtype=np.float32)
