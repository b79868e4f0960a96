"""Which roles run at the addresses of the settings, and whether the model server answers."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import Sequence
from urllib.parse import urlsplit

from monitor.doctor.check import Check
from monitor.settings import Settings, endpoint

_TIMEOUT = 3.0
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is listened on, asked from here
_NOT_FOUND = 404


async def look(settings: Settings) -> Sequence[Check]:
    """The gateway, worker and API on this machine, and every upstream."""
    own = [
        ("gateway", settings.gateway.listen, "/_sidewatch/readyz"),
        ("worker", settings.worker.metrics_listen, "/healthz"),
        ("api", settings.api.listen, "/readyz"),
    ]
    upstreams = dict.fromkeys([settings.gateway.upstream, *settings.gateway.routes.values()])
    return await asyncio.gather(
        *(asyncio.to_thread(_role, *each) for each in own),
        *(asyncio.to_thread(_upstream, url) for url in upstreams if url),
    )


def _role(name: str, listen: str, path: str) -> Check:
    host, port = endpoint(listen, where=f"{name}.listen")
    try:
        status, body = _get(f"http://{_bracketed(_ANY.get(host, host))}:{port}", path)
    except OSError:
        return Check(name, "absent", f"nothing answers at {listen}", f"sidewatch {name}, or up")
    if status < http.client.BAD_REQUEST:
        return Check(name, "good", f"ready at {listen}")
    if status == _NOT_FOUND:
        mend = f"end it, or choose another address for {name}"
        return Check(name, "bad", f"something else answers at {listen}", mend)
    return Check(name, "bad", f"at {listen} it is not ready: {body[:200]}", "see its log")


def _upstream(url: str) -> Check:
    """Whether a model server answers. A wrong path is an answer too: only the wire is looked at."""
    try:
        status, _ = _get(url, "/v1/models")
    except (OSError, http.client.HTTPException) as error:
        told = f"{url} does not answer: {type(error).__name__}: {error}".rstrip(": ")
        return Check("upstream", "bad", told, "start the model server, or mend gateway.upstream")
    if status >= http.client.INTERNAL_SERVER_ERROR:
        return Check("upstream", "warning", f"{url} answers with {status}", "see its own log")
    models = "lists its models" if status < http.client.BAD_REQUEST else f"answers with {status}"
    return Check("upstream", "good", f"{url} {models}")


def _get(url: str, path: str) -> tuple[int, str]:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT)
    try:
        connection.request("GET", parts.path.rstrip("/") + path)
        answer = connection.getresponse()
        return answer.status, answer.read(4096).decode(errors="replace")
    finally:
        connection.close()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
