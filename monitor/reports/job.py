"""What goes between a worker and the process that makes its reports: one JSON object a line each way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from monitor.reports.facts import Facts

if TYPE_CHECKING:
    from monitor.reports.safety import SafetySummary
    from monitor.reports.summary import Summary


class Job(msgspec.Struct, frozen=True):
    """Files of two tables, what they are, and where the page goes, compressed as gzip does.

    `reference` is empty for a kind that compares with nothing.
    """

    reference: str
    window: str
    page: str
    facts: Facts


class Answer(msgspec.Struct, frozen=True):
    """The summary as JSON, or why there is no report; then no page was written.

    `broken`: the process is no longer to be trusted, whatever it says next.
    """

    summary: msgspec.Raw = msgspec.Raw(b"null")
    error: str = ""
    broken: bool = False


encode = msgspec.json.Encoder().encode
decode_job = msgspec.json.Decoder(Job).decode
decode_answer = msgspec.json.Decoder(Answer).decode


def raw(summary: Summary | SafetySummary) -> msgspec.Raw:
    """A summary as an answer holds it."""
    return msgspec.Raw(encode(summary))
