"""Secrets known by what stands around them or by how they decode, whoever gave them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator

from detectors.safety.recognisers.finding import Finding
from detectors.safety.recognisers.randomness import placeholder, random_looking

_PEM = re.compile(
    r"-----BEGIN (?P<name>(?:[A-Z0-9]{1,12}+ ){0,3}PRIVATE KEY(?: BLOCK)?)-----"
    r"(?P<body>[^\-]{0,16000}+)(?:-----END [A-Z0-9 ]{0,60}-----)?+"
)
_JWT = re.compile(
    r"(?<![A-Za-z0-9_\-])(?P<head>eyJ[A-Za-z0-9_\-]{10,2000}+)\.[A-Za-z0-9_\-]{10,8000}+"
    r"\.[A-Za-z0-9_\-]{10,2000}+"
)
_BEARER = re.compile(r"[ ](?<=earer |EARER )[ ]{0,3}(?P<value>[A-Za-z0-9_\-.~+/]{20,2000}+={0,2})")
_BASIC = re.compile(r"[ ](?<=asic |ASIC )[ ]{0,3}(?P<value>[A-Za-z0-9+/]{8,400}+={0,2})")
_USER_INFO = re.compile(r"://[^\s/:@\"'<>\[\]]{0,64}+:(?P<value>[^\s/:@\"'<>\[\]]{3,128}+)@[\w.\-]")
_DISCORD = re.compile(
    r"(?P<id>[MNO](?<![\w.\-].)[A-Za-z0-9_\-]{23,27})\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,38}"
    r"(?![\w\-])"
)
_TELEGRAM = re.compile(r"[0-9](?<![\w\-].)[0-9]{7,9}:AA[A-Za-z0-9_\-]{33}(?![\w\-])")
_AZURE_SECRET = re.compile(
    r"(?<![A-Za-z0-9_~.\-])[A-Za-z0-9_~.\-]{3}[0-9]Q~[A-Za-z0-9_~.\-]{31,34}(?![A-Za-z0-9_~.\-])"
)
_DULL_PASSWORDS = {"password", "pass", "pwd", "secret", "passwd", "token", "port", "pw"}


def private_keys(text: str) -> Iterator[Finding]:
    """PEM and PGP blocks, to their end or as far as they go; validated if the body decodes."""
    for match in _PEM.finditer(text):
        lines = match["body"].split("\n\n")[-1]
        right = len(lines) > 64 and _decoded(lines) is not None
        yield Finding("secret.private_key", *match.span(), validated=right, confidence=0.99)


def jwts(text: str) -> Iterator[Finding]:
    """JSON Web Tokens whose head decodes and names an algorithm (RFC 7515)."""
    for match in _JWT.finditer(text):
        if _is_head(match["head"]):
            yield Finding("secret.jwt", *match.span(), validated=True, confidence=0.99)


def _is_head(part: str) -> bool:
    raw = _decoded(part)
    try:
        head = json.loads(raw or b"")
    except (ValueError, RecursionError):
        return False
    return isinstance(head, dict) and ("alg" in head or "enc" in head)


def authorizations(text: str) -> Iterator[Finding]:
    """What follows `Bearer` or `Basic` in a header."""
    for match in _BEARER.finditer(text):
        if random_looking(match["value"]) and re.search("[0-9]", match["value"]):
            yield _secret("bearer_token", match, confidence=0.9)
    for match in _BASIC.finditer(text):
        raw = _decoded(match["value"])
        if raw and re.fullmatch(rb"[ -9;-~]{1,200}:[ -~]{1,200}", raw):
            yield _secret("basic_auth", match, validated=True, confidence=0.97)


def url_passwords(text: str) -> Iterator[Finding]:
    """The password of `scheme://user:password@host`."""
    for match in _USER_INFO.finditer(text):
        value = match["value"]
        if (
            value.lower() not in _DULL_PASSWORDS
            and not placeholder(value)
            and value[0] not in "${%"
        ):
            yield _secret("password_in_url", match, confidence=0.9)


def bot_tokens(text: str) -> Iterator[Finding]:
    """Discord's tokens, which begin with an encoded number, and Telegram's."""
    for match in _DISCORD.finditer(text):
        raw = _decoded(match["id"])
        if raw and raw.isdigit():
            yield Finding("secret.discord_token", *match.span(), validated=True, confidence=0.98)
    for match in _TELEGRAM.finditer(text):
        if random_looking(match[0]):
            yield Finding("secret.telegram_token", *match.span(), validated=False, confidence=0.95)


def azure_secrets(text: str) -> Iterator[Finding]:
    """Client secrets of Microsoft Entra."""
    for match in _AZURE_SECRET.finditer(text):
        if random_looking(match[0]):
            yield Finding("secret.azure_secret", *match.span(), validated=False, confidence=0.95)


def _decoded(text: str) -> bytes | None:
    """Base64 of either alphabet, white space and padding as they come; None if it is none."""
    plain = re.sub(r"[\s=]", "", text).translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _secret(
    name: str, match: re.Match[str], *, confidence: float, validated: bool = False
) -> Finding:
    return Finding(f"secret.{name}", *match.span("value"), validated, confidence)
