"""Real receivers of alerts: an HTTP server that answers as told, an SMTP server, an Alertmanager."""

import json
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_server import tool

SHORTLY = 30.0


@dataclass
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class HttpReceiver:
    """Keeps what it is sent. It answers with `status`, or as `script` says, one answer a request.

    A status of 0 closes the connection without an answer; `on_request` is called before.
    """

    def __init__(self):
        self.got: list[Received] = []
        self.status = 204
        self.script: list[int] = []
        self.headers: dict[str, str] = {}
        self.says = b""
        self.on_request = None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.got.append(Received(self.path, headers, body))
                if receiver.on_request is not None:
                    receiver.on_request()
                status = receiver.script.pop(0) if receiver.script else receiver.status
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(receiver.says)))
                self.end_headers()
                self.wfile.write(receiver.says)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class MailReceiver:
    """An SMTP server; `mails` are the messages it took. With `refusing` it takes none."""

    def __init__(self):
        from aiosmtpd.controller import Controller

        self.mails: list[bytes] = []
        self.refusing = False
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        self.url = (
            f"mailto://127.0.0.1:{self.port}?from=sidewatch@example.com&to=oncall@example.com"
        )

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.refusing:
            return "451 try again later"
        self.mails.append(envelope.content)
        return "250 taken"

    def close(self):
        self._controller.stop()


class AlertmanagerServer:
    """The distribution's Alertmanager, which tells a webhook of the test's, or nobody."""

    def __init__(self, folder, *, port=0, webhook=""):
        route = {"receiver": "test", "group_wait": "0s", "group_interval": "1s"}
        hooks = [{"url": webhook, "send_resolved": True}] if webhook else []
        config = {"route": route, "receivers": [{"name": "test", "webhook_configs": hooks}]}
        (folder / "alertmanager.yml").write_text(json.dumps(config))  # JSON is YAML
        with socket.create_server(("127.0.0.1", port)) as free:
            address = f"127.0.0.1:{free.getsockname()[1]}"
        self.url = f"http://{address}"
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            [
                tool("prometheus-alertmanager"),
                f"--config.file={folder}/alertmanager.yml",
                f"--storage.path={folder}/data",
                f"--web.listen-address={address}",
                "--cluster.listen-address=",
            ],
            stdout=self._log,
            stderr=self._log,
        )
        self._wait()

    def tell(self, *alerts):
        """Give it alerts, as Prometheus does."""
        body = json.dumps(alerts).encode()
        headers = {"content-type": "application/json"}
        urllib.request.urlopen(
            urllib.request.Request(f"{self.url}/api/v2/alerts", body, headers)
        ).close()

    def alerts(self):
        """Those that are firing."""
        with urllib.request.urlopen(f"{self.url}/api/v2/alerts") as answer:
            return json.load(answer)

    def close(self):
        self._process.terminate()
        self._process.wait(30)
        self._log.close()

    def _wait(self):
        end = time.monotonic() + SHORTLY
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/-/ready").close()
            except urllib.error.URLError:
                assert self._process.poll() is None, "the Alertmanager has ended"
                assert time.monotonic() < end, "the Alertmanager does not answer"
                time.sleep(0.05)
            else:
                return
