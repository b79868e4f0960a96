"""What secrets and personal data look like, and what proves them.

Every pattern is bounded and starts at a literal or a character class that cannot match two ways,
so the time is linear in the text; what has a check digit is checked.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from detectors.safety import checksums


@dataclass(frozen=True, slots=True)
class Recogniser:
    """A kind of data: what it looks like, and what proves it.

    The finding is the pattern's group `value` where it has one, else the whole match. `hint`
    is a text without which the pattern cannot match: it makes most texts free.
    """

    name: str
    mask: str
    pattern: re.Pattern[str]
    proof: Callable[[str], bool] = bool
    hint: str = ""


def _random_looking(text: str) -> bool:
    """Whether a key could be real: no placeholder such as `xxxxxxxx` or `your_api_key_here`."""
    counts = Counter(text)
    entropy = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    return entropy >= 3.0 and any(c.isdigit() for c in text)


def _secret(
    name: str, pattern: str, hint: str = "", proof: Callable[[str], bool] = _random_looking
) -> Recogniser:
    return Recogniser(f"secret.{name}", f"[{name.upper()}]", re.compile(pattern), proof, hint)


def _personal(
    name: str, pattern: str, proof: Callable[[str], bool] = bool, hint: str = ""
) -> Recogniser:
    return Recogniser(f"pii.{name}", f"[{name.upper()}]", re.compile(pattern), proof, hint)


_KEY_START = r"(?<![A-Za-z0-9_\-])"
_KEY_END = r"(?![A-Za-z0-9_\-])"

RECOGNISERS: tuple[Recogniser, ...] = (
    _secret(
        "private_key",
        r"-----BEGIN (?:[A-Z]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
        r"[^-]{0,8000}(?:-----END [A-Z ]{0,40}-----)?",
        "PRIVATE KEY",
        bool,
    ),
    _secret(
        "aws_access_key", r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])", proof=bool
    ),
    _secret(
        "aws_secret_key",
        r"(?i:aws_?secret_?(?:access_?)?key)[\"']?\s{0,4}[:=]\s{0,4}[\"']?"
        r"(?P<value>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])",
    ),
    _secret("anthropic_key", _KEY_START + r"sk-ant-[A-Za-z0-9_\-]{24,200}" + _KEY_END, "sk-ant-"),
    _secret(
        "openai_key",
        _KEY_START + r"sk-(?!ant-)(?:proj-|svcacct-)?[A-Za-z0-9_\-]{20,200}" + _KEY_END,
        "sk-",
    ),
    _secret("github_token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{60,255})\b", "_"),
    _secret("gitlab_token", _KEY_START + r"glpat-[A-Za-z0-9_\-]{20,60}" + _KEY_END, "glpat-"),
    _secret("slack_token", _KEY_START + r"xox[abeoprs]-[A-Za-z0-9\-]{10,200}" + _KEY_END, "xox"),
    _secret("stripe_key", r"\b(?:sk|rk|whsec)_(?:live|test)?_?[A-Za-z0-9]{24,120}\b", "_"),
    _secret("google_api_key", _KEY_START + r"AIza[A-Za-z0-9_\-]{35}" + _KEY_END, "AIza"),
    _secret("huggingface_token", r"\bhf_[A-Za-z0-9]{34,40}\b", "hf_"),
    _secret("npm_token", r"\bnpm_[A-Za-z0-9]{36}\b", "npm_"),
    _secret(
        "jwt",
        _KEY_START
        + r"eyJ[A-Za-z0-9_\-]{10,2000}\.eyJ[A-Za-z0-9_\-]{10,4000}\.[A-Za-z0-9_\-]{10,2000}",
        "eyJ",
    ),
    _secret(
        "bearer_token",
        r"\b(?i:bearer)\s{1,4}(?P<value>[A-Za-z0-9_\-.~+/]{20,2000}={0,2})(?![A-Za-z0-9])",
    ),
    _secret(
        "password_in_url",
        r"\b[a-z][a-z0-9+.\-]{1,15}://[^\s/:@\"'<>]{1,64}:(?P<value>[^\s/:@\"'<>]{3,128})@[\w.\-]",
        "://",
        bool,
    ),
    _secret(
        "assigned_secret",
        r"(?i:\b(?:api|access|auth|client|secret)[_\- ]?(?:key|token|secret)|\bpassword|\bpasswd)"
        r"[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?P<value>[A-Za-z0-9_\-/+=.!@#$%^&*]{12,200})"
        r"(?![A-Za-z0-9_\-/+=.!@#$%^&*])",
    ),
    _personal(
        "email",
        r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]{1,64}@"
        r"(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9])",
        hint="@",
    ),
    _personal(
        "iban",
        r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])",
        checksums.iban,
    ),
    _personal(
        "card",
        r"(?<![\d.\-])\d(?:[ \-]?\d){12,18}(?![\d\-]|\.\d)",
        checksums.card,
    ),
    _personal("us_ssn", r"(?<![\d\-])\d{3}([\- ])\d{2}\1\d{4}(?![\d\-])", checksums.ssn),
    _personal(
        "ip_address",
        r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)",
        checksums.ip_address,
        ".",
    ),
    _personal(
        "ip_address",
        r"(?<![\w:.])(?:[0-9A-Fa-f]{1,4}:{1,2}){2,7}[0-9A-Fa-f]{1,4}(?![\w:.])",
        checksums.ip_address,
        ":",
    ),
    _personal(
        "phone",
        r"(?<![\w.+\-/])(?<!\d )(?:\+|00)[1-9](?:[ .\-/()]{0,2}\d){7,14}(?![\w\-/]|\.\d)",
        checksums.phone,
    ),
    _personal(
        "phone",
        r"(?<![\w.+\-/])(?:1[ .\-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .\-])[2-9]\d{2}[ .\-]\d{4}"
        r"(?![\w\-/]|\.\d)",
        checksums.phone,
    ),
)
"""In order of precedence: where two findings overlap, the earlier one stands."""
