"""The page that tells whoever gets the zip what is in it, and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

from monitor.incidents.incident import Incident
from monitor.parcel.texts import Texts

_TEXTS: dict[Texts, str] = {
    "redacted": (
        "Personal data and secrets that the recognisers know are masked in every exchange. What they "
        "do not know, such as names in plain words, may be there: read before you publish."
    ),
    "none": "The texts of the exchanges are left out.",
    "as-stored": (
        "The texts are as they were stored, NOT masked again: if the policy stores them whole, personal "
        "data and secrets are in them."
    ),
}
_FILES = {
    "bundle.json": "the debug bundle: factors, scores, similar incidents, actions, versions",
    "exchanges.jsonl": "the incident's sampled exchanges, as far as they are still kept",
    "incident.json": "the incident as it was when this was made",
    "labels.json": "what people said of it",
    "report.html": "the report on the change; needs nothing else, open it in a browser",
    "report.json": "the report's figures",
    "timeline.json": "what happened, in order",
}


def readme(incident: Incident, redacted: Sequence[str], texts: Texts, files: Sequence[str]) -> str:
    """The page, as plain text."""
    kinds = ", ".join(redacted) or "nothing"
    listed = "\n".join(f"  {name:16} {_FILES[name]}" for name in files)
    told = (
        f"{_TEXTS[texts]} Taken out, here or when it was stored: {kinds}. Headers, cookies and keys of "
        "the API are never recorded. Notes, reasons, names of people and of tenants are as they were "
        "written."
    )
    return (
        f"Sidewatch, incident {incident.id}\n{incident.title}\n\n{listed}\n\n{fill(told, 88)}\n\n"
        "To see that all of it is there and unchanged: sha256sum -c SHA256SUMS\n"
    )
