"""Memory that stays flat: garbage is looked for in time, and what is freed goes back to the system."""

from __future__ import annotations

import asyncio
import ctypes
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# Hardly anything of a request is cyclic: looking every few hundred objects finds nothing.
_GC_THRESHOLD = 20_000
_COLLECT_EVERY = 5.0
_TRIM_EVERY = 12  # collections

# glibc's malloc.h. Left alone, it raises the size from which memory is mapped, and so can be given
# back, to that of the largest body it has seen, and keeps an arena for each thread.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_LARGE = 128 * 1024


@asynccontextmanager
async def kept_flat() -> AsyncIterator[None]:
    """Look after the memory of this process, as long as the loop runs.

    What is loaded by now stays, so it is never looked through for garbage. What a broken connection
    or a failed append leaves in cycles is found a few seconds later, and not only when enough
    other objects have come; with it go the bodies that it holds.
    """
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)
    libc = _tuned_libc()
    task = asyncio.create_task(_look_after(libc), name="gateway-memory")
    try:
        yield
    finally:
        task.cancel()


def _tuned_libc() -> ctypes.CDLL | None:
    """The C library with fixed bounds for what it keeps; None where it knows no such bounds."""
    try:
        libc = ctypes.CDLL(None)
        for parameter, value in (
            (_M_ARENA_MAX, 1),
            (_M_MMAP_THRESHOLD, _LARGE),
            (_M_TRIM_THRESHOLD, _LARGE),
        ):
            libc.mallopt(parameter, value)
        libc.malloc_trim.argtypes = [ctypes.c_size_t]
    except (AttributeError, OSError, TypeError):  # musl, macOS
        return None
    return libc


async def _look_after(libc: ctypes.CDLL | None) -> None:
    while True:
        for _ in range(_TRIM_EVERY):
            await asyncio.sleep(_COLLECT_EVERY)
            gc.collect()
        if libc is not None:
            libc.malloc_trim(0)
