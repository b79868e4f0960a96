"""Addresses of hosts and of devices."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from detectors.safety.recognisers.finding import Finding
from detectors.safety.recognisers.recogniser import words

# A set first and a look behind it after: the engine skips to members of the set.
_V4 = re.compile(r"[0-9](?<![\w.].)[0-9]{0,2}+(?:\.[0-9]{1,3}+){3}(?!\w|\.[0-9])")
_V6 = re.compile(r"[0-9A-Fa-f:](?<![\w:.].)[0-9A-Fa-f:]{5,38}+(?![\w:])")
_MAC = re.compile(
    r"[0-9A-Fa-f](?<![\w:\-].)[0-9A-Fa-f]([:\-])[0-9A-Fa-f]{2}(?:\1[0-9A-Fa-f]{2}){4}(?![\w:\-])"
)
_VERSIONS = words(
    "v", "ver", "version", "versions", "release", "firmware", "build", "section", "ec"
)
_VERSION_BEFORE = 16


def v4_addresses(text: str) -> Iterator[Finding]:
    """IPv4 addresses of hosts; `version 1.2.3.4` is none, nor is an enzyme."""
    for match in _V4.finditer(text):
        start = match.start()
        if not _VERSIONS.search(text[max(0, start - _VERSION_BEFORE) : start]):
            yield from _host(match)


def v6_addresses(text: str) -> Iterator[Finding]:
    """IPv6 addresses of hosts, of three groups or more."""
    for match in _V6.finditer(text):
        if len([group for group in match[0].split(":") if group]) >= 3:
            yield from _host(match)


def _host(match: re.Match[str]) -> Iterator[Finding]:
    """The finding, unless it is no address, a mask, or nobody's: loopback, multicast, 0.0.0.0."""
    try:
        address = ipaddress.ip_address(match[0])
    except ValueError:
        return
    dull = address.is_loopback or address.is_unspecified or address.is_multicast
    if dull or (address.version == 4 and address.is_reserved):
        return
    kind = "pii.ip_address" if address.is_global else "network.private_ip"
    yield Finding(kind, *match.span(), validated=True, confidence=0.85)


def mac_addresses(text: str) -> Iterator[Finding]:
    """Hardware addresses; broadcast and the empty one are none."""
    for match in _MAC.finditer(text):
        if len(set(match[0].lower())) > 3:
            yield Finding("pii.mac_address", *match.span(), validated=False, confidence=0.85)
