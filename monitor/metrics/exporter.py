"""A small HTTP server for a role's metrics and health, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from monitor.errors import MonitorError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Check = Callable[[], str]
"""Says what is wrong; "" if all is well."""


class ExporterError(MonitorError):
    """The metrics address cannot be bound."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Scrapes are not news."""


class Exporter:
    """Serves `/metrics`, `/healthz` (the process works) and `/readyz` (it has what it needs)."""

    def __init__(
        self, address: tuple[str, int], registry: CollectorRegistry, *, health: Check, ready: Check
    ) -> None:
        self._registry = registry
        self._checks = {"/healthz": health, "/readyz": ready}
        try:
            self._server = make_server(*address, self._answer, _Server, _Silent)
        except OSError as error:
            host, port = address
            raise ExporterError(
                f"cannot listen on {host}:{port}: {error.strerror}; "
                "choose another address with worker.metrics_listen"
            ) from error
        self.port: int = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            start("200 OK", [("Content-Type", CONTENT_TYPE_LATEST)])
            return [generate_latest(self._registry)]
        check = self._checks.get(path)
        if check is None:
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"try /metrics, /healthz or /readyz\n"]
        wrong = check()
        start("503 Service Unavailable" if wrong else "200 OK", [("Content-Type", "text/plain")])
        return [(wrong or "ok").encode() + b"\n"]
