"""Passports, driving licences and accounts: numbers of any form, found by the words before them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from detectors.safety.recognisers.finding import Finding

_LEAD = (
    r"(?i:[ _-]?(?:no|nr|num|number|id|#)\b\.?)?(?:[ ]is|[ ]was)?[ ]?[:=#]?[ ]{0,3}"
    r"(?P<value>(?=[A-Z]{0,5}-?[0-9])[A-Z0-9](?:-?[A-Z0-9]){5,14})(?![\w-])"
)
_KINDS = {
    "pii.passport": r"passport|pasaporte|passeport|reisepass|passaporto|paspoort",
    "pii.driving_licence": r"(?:driv(?:er['\u2019]?s?|ing)|drivers['\u2019])[ ]licen[cs]e|führerschein",
    "pii.bank_account": r"(?:bank[ ])?account[ _-]?(?=no\b|nr\b|num|#)",
    "pii.medical_record": r"medical[ ]record|mrn|patient[ ]id",
    "pii.licence_plate": r"licen[cs]e[ ]plate|number[ ]plate",
}
_SIGNS = {
    "pii.passport": (
        "assport", "ASSPORT", "asaporte", "asseport", "eisepass", "assaporto", "aspoort",
    ),
    "pii.driving_licence": ("icense", "icence", "ICENSE", "ICENCE", "ührerschein"),
    "pii.bank_account": ("ccount", "CCOUNT"),
    "pii.medical_record": ("edical", "EDICAL", "MRN", "mrn", "atient", "ATIENT"),
    "pii.licence_plate": ("plate", "PLATE", "Plate"),
}  # fmt: skip
_PATTERNS = {kind: re.compile(rf"(?<![^\W_])(?i:{lead}){_LEAD}") for kind, lead in _KINDS.items()}


def documents(text: str) -> Iterator[Finding]:
    """Numbers named as a document's; nothing else speaks for them."""
    for kind, signs in _SIGNS.items():
        if any(sign in text for sign in signs):
            for match in _PATTERNS[kind].finditer(text):
                yield Finding(kind, *match.span("value"), validated=False, confidence=0.7)
