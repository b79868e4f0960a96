"""Exchanges as JSON lines: reading with errors that name file, line and remedy; writing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from monitor.errors import MonitorError
from monitor.exchange.model import Exchange

STDIN = "-"
_SHORT_FORM = ("prompt", "response")

encode = msgspec.json.Encoder().encode
_decode_object = msgspec.json.Decoder(dict[str, Any]).decode


class ExchangeFormatError(MonitorError, ValueError):
    """A line is not an exchange; the message says where, what is wrong and how to mend it."""


def decode(data: bytes) -> Exchange:
    """The exchange that `encode` wrote."""
    return _decoder.decode(data)


_decoder = msgspec.json.Decoder(Exchange)


def parse(line: bytes, *, index: int) -> Exchange:
    """One line of the documented format, with defaults for all but the request.

    The short form `{"prompt": ..., "response": ...}` is accepted. `index`, the 0-based place of the
    line, gives the id and the time of an exchange that carries none.

    Raises
    ------
    ExchangeFormatError
        The line is not JSON, not an object, or not an exchange.
    """
    try:
        record = _decode_object(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ExchangeFormatError(f"not a JSON object ({error})") from error
    if "request" not in record:
        record = _from_short_form(record)
    record = {key: _without_nulls(value) for key, value in record.items() if value is not None}
    record.setdefault("id", str(index))
    record.setdefault("ts", float(index))
    record["id"] = str(record["id"])
    try:
        return msgspec.convert(record, Exchange)
    except msgspec.ValidationError as error:
        raise ExchangeFormatError(f"not an exchange: {error}") from error


def _without_nulls(value: Any) -> Any:
    """A null says what a missing key says: not known."""
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if item is not None}
    return value


def _from_short_form(record: dict[str, Any]) -> dict[str, Any]:
    if not any(record.get(side) is not None for side in _SHORT_FORM):
        raise ExchangeFormatError('it has neither "request" nor "prompt" nor "response"')
    for side in _SHORT_FORM:
        if not isinstance(record.get(side), str | None):
            raise ExchangeFormatError(f'"{side}" must be a string in the short form')
    whole = {key: value for key, value in record.items() if key not in _SHORT_FORM}
    messages = []
    if record.get("prompt") is not None:
        messages.append({"role": "user", "content": record["prompt"]})
    whole["request"] = {"messages": messages}
    if record.get("response") is not None:
        whole["response"] = {"text": record["response"]}
    return whole


def read(source: str) -> Iterator[Exchange]:
    """Every exchange of a file, or of standard input for `-`; blank lines are skipped.

    Raises
    ------
    ExchangeFormatError
        The file cannot be read or is empty, or a line is bad; the message gives `file:line`.
    """
    if source == STDIN:
        yield from _read_lines(sys.stdin.buffer, "<stdin>")
        return
    try:
        with Path(source).open("rb") as lines:
            yield from _read_lines(lines, source)
    except OSError as error:
        raise ExchangeFormatError(f"{source}: cannot be read: {error.strerror}") from error


def _read_lines(lines: BinaryIO, name: str) -> Iterator[Exchange]:
    index = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield parse(line, index=index)
        except ExchangeFormatError as error:
            raise ExchangeFormatError(
                f"{name}:{number}: {error}\n"
                'Each line is one JSON object such as {"request": {"messages": [...]}, '
                '"response": {"text": "..."}} or {"prompt": "...", "response": "..."}.'
            ) from error
        index += 1
    if index == 0:
        raise ExchangeFormatError(f"{name}: holds no exchange; one JSON object a line is expected")
