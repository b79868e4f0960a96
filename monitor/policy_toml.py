"""A policy as TOML, to be pasted into a configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def as_toml(table: dict[str, Any], *path: str) -> str:
    """The table, with those in it, under headings that begin with `path`; None is left out."""
    return "\n".join(_lines(table, path)) + "\n"


def _lines(table: dict[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    own = {key: value for key, value in table.items() if not isinstance(value, dict)}
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    if own or not inner:
        if path:
            yield f"[{'.'.join(map(_key, path))}]"
        yield from (
            f"{_key(key)} = {_value(value)}" for key, value in own.items() if value is not None
        )
        yield ""
    for key, value in inner.items():
        yield from _lines(value, (*path, key))


def _value(value: Any) -> str:
    if isinstance(value, dict):
        told = (f"{_key(key)} = {_value(each)}" for key, each in value.items() if each is not None)
        return f"{{ {', '.join(told)} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return msgspec.json.encode(value).decode()


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else msgspec.json.encode(key).decode()
