"""`sidewatch demo`: the whole of it on a real small model, with traffic that goes wrong."""

from __future__ import annotations

import logging
import socket
import sys
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from monitor.cli import FOUND
from monitor.cli.options import log_to_stderr
from monitor.cli.up import stop_on_signals, url_table
from monitor.demo.model_server import NAME as MODEL
from monitor.demo.model_server import weights
from monitor.demo.scenario import EXPECTED, STALL_AFTER, WARMUP, Course, Incidents
from monitor.settings import Settings, StoreSettings, endpoint
from monitor.supervision.stack import Stack
from monitor.supervision.supervisor import Role, Supervisor

_PORTS = {"gateway": 8080, "api": 8900, "worker": 8901}


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Stop at the end; exit 0 only if all was found rightly.")
    ] = False,
    data_dir: Annotated[
        str | None, typer.Option(help="Keep the store here; a temporary folder without.")
    ] = None,
) -> None:
    """Put Sidewatch before a real small language model and let things go wrong in four ways."""
    log_to_stderr(logging.ERROR)
    console = Console(markup=False)
    weights()  # says what to install before anything is started
    stopping = stop_on_signals()
    with ExitStack() as exits:
        folder = data_dir or exits.enter_context(tempfile.TemporaryDirectory(prefix="sidewatch-"))
        logs = Path(folder) / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        port = _free_port(8000)
        model_server = _model_server(port, logs / "model-server.log")
        console.print(f"starting the model server ({MODEL}), gateway, worker, API and Valkey ...")
        exits.enter_context(Supervisor([model_server], stopping)).start()
        stack = exits.enter_context(Stack(_settings(folder, port), stopping=stopping, logs=logs))
        stack.start()
        assert model_server.process is not None
        course = Course(
            endpoint(stack.settings.gateway.listen, where="gateway.listen"),
            stack.urls()["API"],
            model_server.process.pid,
            stopping=stopping,
        )
        console.print(url_table({**stack.urls(), "logs": str(logs)}))
        _show(console, course)
        failures = _report(console, course)
        if once or stopping.is_set():
            sys.exit(FOUND if failures else 0)
        console.print("\nEverything stays up; look around at the URLs above. Ctrl-C ends it.")
        stack.run()


def _settings(folder: str, model_port: int) -> Settings:
    default = Settings()
    local = {name: f"127.0.0.1:{_free_port(port)}" for name, port in _PORTS.items()}
    return replace(
        default,
        gateway=replace(
            default.gateway,
            listen=local["gateway"],
            upstream=f"http://127.0.0.1:{model_port}",
            stall_after=STALL_AFTER,
        ),
        store=StoreSettings(data_dir=folder),
        worker=replace(default.worker, metrics_listen=local["worker"], baseline_warmup=WARMUP),
        api=replace(default.api, listen=local["api"]),
    )


def _model_server(port: int, log_file: Path) -> Role:
    return Role(
        "model server",
        [sys.executable, "-m", "monitor.demo.model_server", "--port", str(port)],
        ready_url=f"http://127.0.0.1:{port}/health",
        log_file=log_file,
    )


def _free_port(wanted: int) -> int:
    """The usual port if it is free, else any."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")


def _show(console: Console, course: Course) -> None:
    """Draw what happens while the course runs; on a terminal live, else a line for each phase."""
    running = threading.Thread(target=course.run, daemon=True)
    running.start()
    if not console.is_terminal:
        told = ""
        while running.is_alive():
            running.join(0.5)
            if course.phase != told:
                told = course.phase
                console.print(f"  {told}")
        return
    spinner = Spinner("dots")
    with Live(console=console, refresh_per_second=4) as live:
        while running.is_alive():
            live.update(Group(_status(spinner, course), _found_table(course, course.incidents())))
            running.join(0.5)


def _status(spinner: Spinner, course: Course) -> Table:
    line = Table.grid(padding=(0, 1))
    line.add_row(spinner, Text(course.phase, style="bold"), f"{course.sent} exchanges")
    return line


def _found_table(course: Course, incidents: Incidents) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("id", "severity", "detector", "kind", "count", "about"):
        table.add_column(column, no_wrap=column in {"id", "severity", "detector", "kind"})
    for incident in reversed(incidents):
        table.add_row(
            incident["id"],
            incident["severity"],
            incident["detector"],
            incident["kind"],
            str(incident["count"]),
            " and ".join(sorted(course.causes(incident))) + " traffic",
        )
    return table


def _report(console: Console, course: Course) -> list[str]:
    incidents: list[dict[str, Any]] = course.incidents()
    console.print(f"\n{course.sent} exchanges passed the gateway; incidents found:\n")
    console.print(_found_table(course, incidents))
    failures = course.failures(incidents)
    for failure in failures:
        console.print(Text(f"not as it should be: {failure}", style="bold red"))
    if not failures:
        detectors = ", ".join(EXPECTED)
        console.print(
            f"\nEach of {detectors} found its trouble; nothing stands against ordinary traffic."
        )
    return failures
