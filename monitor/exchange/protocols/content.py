"""The content of a turn as it is kept: text whole; images, audio and files as a note of them.

A note says the type, the media type and the size in bytes, as far as they can be told. Neither
the data nor the address of anything is kept: an address may carry a signature that opens it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from monitor.exchange.capture.elide import MARK
from monitor.exchange.model import Content

KEPT_STRINGS = 256
_TEXTS = ("text", "refusal", "transcript")
_DATA = ("data", "file_data", "url", "image_url", "audio_url", "video_url", "image", "audio")
_TYPES = ("media_type", "mime_type", "format")
_KINDS = {"wav": "audio/wav", "mp3": "audio/mpeg", "flac": "audio/flac", "opus": "audio/opus"}
_DEEPEST = 3
"""Levels of parts within a part: a tool's result may hold documents that hold blocks of text."""
_BASE64 = re.compile(r"[A-Za-z0-9+/=_\s-]*")
# How the files that models take begin, in base64.
_SIGNATURES = {
    "iVBORw0KGgo": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
    "JVBERi0": "application/pdf",
}


def content_of(content: str | Sequence[Mapping[str, Any] | str] | None) -> Content:
    """Content as it is kept."""
    if content is None or isinstance(content, str):
        return content
    return [_part(part) for part in content]


def note(kind: str, data: str, media_type: str = "") -> dict[str, Any]:
    """A part that stands for data in base64 or in a data URL."""
    return {"type": kind, **_measured(data, media_type)}


def _part(part: Mapping[str, Any] | str) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    kept = {key: value for key, value in part.items() if _is_small(key, value)}
    if (text := text_of(part)) is not None:
        return {**kept, "text": text}
    # An image's address may stand in the part itself, its data in an object of the part's own.
    for holder in (part, *(value for value in part.values() if isinstance(value, dict))):
        if (data := _first_string(holder, _DATA)) is not None:
            return {**kept, **_measured(data, _first_string(holder, _TYPES) or "")}
    return kept


def _is_small(key: str, value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= KEPT_STRINGS and key not in _DATA
    return isinstance(value, int | float)


def text_of(part: Mapping[str, Any], depth: int = _DEEPEST) -> str | None:
    """The text of a part, or of what it holds, such as a tool's result, or of a document of text."""
    text = _first_string(part, _TEXTS)
    source = part.get("source")
    if text is None and isinstance(source, dict):
        text = source.get("data") if source.get("type") == "text" else _nested(source, depth)
    return text if isinstance(text, str) else _nested(part, depth)


def _nested(part: Mapping[str, Any], depth: int) -> str | None:
    content = part.get("content", part.get("output"))
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    if not depth:
        return None
    texts = (text_of(item, depth - 1) for item in content if isinstance(item, dict))
    return "\n".join(text for text in texts if text is not None)


def _first_string(holder: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((holder[key] for key in keys if isinstance(holder.get(key), str)), None)


def _measured(data: str, media_type: str) -> dict[str, Any]:
    """Media type and size of base64, of a data URL, or of either with its inside taken out."""
    if data.startswith("data:"):
        head, _, data = data.partition(",")
        media_type = head[len("data:") :].partition(";")[0] or media_type
    elif not _BASE64.fullmatch(data[:64].partition("<")[0]):
        return {}
    found = _KINDS.get(media_type, media_type) or _signed(data)
    kind = {"media_type": found[:KEPT_STRINGS]} if found else {}
    return {**kind, "size": _size(data)}


def _signed(data: str) -> str:
    return next((kind for sign, kind in _SIGNATURES.items() if data.startswith(sign)), "")


def _size(data: str) -> int:
    """Bytes that base64 stands for: three in four characters, whether padded or not."""
    gone = MARK.search(data)
    characters = len(data) - data.count("=") - data.count("\n") - data.count("\r")
    if gone is not None:
        characters += int(gone[1]) - len(gone[0])
    return characters * 3 // 4
