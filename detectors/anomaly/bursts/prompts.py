"""What a key asked of late: is this the same again, or nearly the same."""

from __future__ import annotations

import hashlib
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
    sketch = None if embedding is None or not embedding.any() else _sketch(embedding)
    return Print(int.from_bytes(digest), sketch)


def likeness(new: Print, recent: list[Print]) -> tuple[bool, bool]:
    """Whether it is one of the recent prompts; whether it is none, but nearly one of them.

    Nearly: no more than 11 of 64 bits differ, about a cosine of 0.87 between the embeddings.
    """
    text, sketch = new
    if text in [old.text for old in recent]:
        return True, False
    if sketch is None:
        return False, False
    others = [old.sketch for old in recent if old.sketch is not None]
    return False, any([(sketch ^ other).bit_count() <= _NEAR for other in others])  # noqa: C419 - quicker


def _sketch(embedding: Vector) -> int:
    """Signs of 64 random projections (Charikar, 2002)."""
    signs = _directions(len(embedding)) @ embedding > 0.0
    return int.from_bytes(np.packbits(signs).tobytes())


@cache
def _directions(dimensions: int) -> npt.NDArray[np.float32]:
    """The same in every process, for ever: sketches are saved."""
    return np.random.default_rng(_SEED).standard_normal((_BITS, dimensions), dtype=np.float32)
