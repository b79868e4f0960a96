"""The wire dialects, one file each, and the table they are chosen from.

A new dialect is one file with a class that follows `Dialect`, and one line in `DIALECTS`.
"""

from __future__ import annotations

from functools import lru_cache

from monitor.exchange.protocols.anthropic_messages import AnthropicMessages
from monitor.exchange.protocols.base import Dialect
from monitor.exchange.protocols.ollama_chat import OllamaChat
from monitor.exchange.protocols.ollama_generate import OllamaGenerate
from monitor.exchange.protocols.openai_chat import OpenAIChat
from monitor.exchange.protocols.openai_completions import OpenAICompletions
from monitor.exchange.protocols.openai_embeddings import OpenAIEmbeddings
from monitor.exchange.protocols.openai_responses import OpenAIResponses
from monitor.exchange.protocols.tgi_generate import TGIGenerate, TGIGenerateStream

# The first whose path fits is taken: `/api/generate` ends in `/generate` too.
DIALECTS: tuple[Dialect, ...] = (
    OpenAIChat(),
    OpenAICompletions(),
    OpenAIResponses(),
    OpenAIEmbeddings(),
    AnthropicMessages(),
    OllamaChat(),
    OllamaGenerate(),
    TGIGenerate(),
    TGIGenerateStream(),
)

_LONGEST = max(len(path) for dialect in DIALECTS for path in dialect.paths)


def find_dialect(path: str) -> Dialect | None:
    """The dialect spoken at a path, whatever stands before it; None if it is not one we know."""
    return _at_end(path.rstrip("/")[-_LONGEST:])


@lru_cache(maxsize=256)
def _at_end(path: str) -> Dialect | None:
    for dialect in DIALECTS:
        if path.endswith(dialect.paths):
            return dialect
    return None
