"""The whole service on one machine: the three roles over one store, the embedded one by default."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any, Self

from monitor.settings import ENV_PREFIX, Settings
from monitor.supervision.supervisor import Role, Supervisor, role_command


class Stack:
    """Gateway, worker and API as child processes over one store.

    Use as a context manager: on leaving, the roles end, the gateway first, and the embedded store
    with the last of them. Children get the settings through the environment.

    Parameters
    ----------
    settings
        What to run. With no store URL the roles share the embedded store of the data directory.
    config
        A configuration file that the roles read as well.
    stopping
        Set to end `run`.
    logs
        Folder for one log file a role; without it they write where this process writes.

    """

    def __init__(
        self,
        settings: Settings,
        *,
        config: str | None = None,
        stopping: threading.Event,
        logs: Path | None = None,
    ) -> None:
        self.settings = settings
        self._config = config
        self._stopping = stopping
        self._logs = logs
        self._supervisor = Supervisor([], stopping)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._supervisor.close()

    def start(self) -> None:
        """Start everything and wait until it is ready.

        Raises
        ------
        MonitorError
            A role or the store cannot run; the message says why.
        """
        environment = {**os.environ, **self._environment()}
        config = ["--config", self._config] if self._config else []
        urls = self._ready_urls()
        self._supervisor.roles = [
            Role(
                name,
                role_command(name, *config),
                env=environment,
                ready_url=urls[name],
                log_file=self._logs / f"{name}.log" if self._logs else None,
            )
            for name in ("gateway", "api", "worker")
        ]
        self._supervisor.start()

    def run(self) -> None:
        """Keep the roles running until told to stop."""
        self._supervisor.run()

    def urls(self) -> dict[str, str]:
        """What a person may want to look at."""
        gateway, api = self.settings.gateway.listen, self.settings.api.listen
        return {
            "gateway (send requests here)": f"http://{gateway}",
            "gateway metrics": f"http://{gateway}/_sidewatch/metrics",
            "API": f"http://{api}",
            "API reference": f"http://{api}/docs",
            "API metrics": f"http://{api}/metrics",
            "worker metrics": f"http://{self.settings.worker.metrics_listen}/metrics",
        }

    def _ready_urls(self) -> dict[str, str]:
        return {
            "gateway": f"http://{self.settings.gateway.listen}/_sidewatch/healthz",
            "api": f"http://{self.settings.api.listen}/healthz",
            "worker": f"http://{self.settings.worker.metrics_listen}/readyz",
        }

    def _environment(self) -> dict[str, str]:
        """What may differ from file and environment, as variables; they win over the file."""
        settings = self.settings
        values: dict[str, Any] = {
            "STORE_URL": settings.store.url,
            "STORE_DATA_DIR": settings.store.data_dir,
            "GATEWAY_UPSTREAM": settings.gateway.upstream,
            "GATEWAY_LISTEN": settings.gateway.listen,
            "GATEWAY_PROCESSES": settings.gateway.processes,
            "GATEWAY_STALL_AFTER": settings.gateway.stall_after,
            "WORKER_METRICS_LISTEN": settings.worker.metrics_listen,
            "WORKER_BASELINE_WARMUP": settings.worker.baseline_warmup,
            "API_LISTEN": settings.api.listen,
        }
        return {
            f"{ENV_PREFIX}_{name}": value if isinstance(value, str) else json.dumps(value)
            for name, value in values.items()
        }
