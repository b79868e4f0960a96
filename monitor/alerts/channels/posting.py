"""Sending a document by HTTP."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from monitor import version
from monitor.alerts.errors import AlertError, DeliveryError

_AGAIN = (408, 425, 429)
"""Refusals that are over by themselves (RFC 9110, 15.5; RFC 8470; RFC 6585)."""
_READ = 4096


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A body with a signature goes where it was meant to go, or nowhere."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def checked(url: str, *, where: str) -> str:
    """A URL that can be posted to.

    Raises
    ------
    AlertError
        It is no http:// or https:// URL with a host, or has a password in it. The message does not
        show it: it may be secret.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise AlertError(f"{where}: this is no http:// or https:// URL")
    if "@" in parts.netloc:
        raise AlertError(f"{where}: give user and password as `authorization`, not in the URL")
    return url


def post(url: str, body: bytes, headers: Mapping[str, str], *, timeout: float) -> None:
    """Send a JSON document; proxies are as the environment says.

    Raises
    ------
    DeliveryError
        The answer is not 2xx, or there is none within `timeout` seconds for each wait. It is final
        where the server refuses for good.
    """
    sent = {"content-type": "application/json", "user-agent": f"sidewatch/{version()}", **headers}
    request = urllib.request.Request(url, body, sent, method="POST")  # noqa: S310 - checked
    try:
        _opener.open(request, timeout=timeout).close()
    except urllib.error.HTTPError as error:
        with error:
            said = _beginning(error.fp)
        raise _refused(error.code, said) from error
    except (OSError, HTTPException) as error:
        raise DeliveryError(_told(error)) from error


def _beginning(answer: Any) -> bytes:
    """What has come of an answer's body: one that drips in is not waited for."""
    try:
        said: bytes = answer.read1(_READ)
    except (OSError, HTTPException):
        return b""
    return said


def _refused(status: int, said: bytes) -> DeliveryError:
    text = " ".join(said.decode("utf-8", "replace").split())[:200]
    final = status < 500 and status not in _AGAIN
    return DeliveryError(f"answered {status}{text and ': '}{text}", final=final)


def _told(error: Any) -> str:
    """What went wrong, without the URL."""
    reason = getattr(error, "reason", None) or error
    return f"{type(reason).__name__}: {getattr(reason, 'strerror', None) or reason}"[:200]
