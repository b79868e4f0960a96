"""The distribution's Prometheus, scraping URLs that a test gives it."""

import json
import math
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest

BETWEEN_SCRAPES = "1s"


def tool(name: str) -> str:
    """Path of `prometheus` or `promtool`; skips the test if missing, fails it in CI."""
    if found := shutil.which(name):
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(f"{name} is not installed, and CI must have it")
    pytest.skip(f"{name} is not installed")


class Prometheus:
    """One process. `targets` maps a job to the URLs of its metrics; `keys` a job to its key."""

    def __init__(
        self, folder: Path, targets: Mapping[str, Sequence[str]], keys: Mapping[str, str] = {}
    ) -> None:
        jobs = [_job(job, url, keys.get(job)) for job, urls in targets.items() for url in urls]
        config = {"global": {"scrape_interval": BETWEEN_SCRAPES}, "scrape_configs": jobs}
        (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = f"127.0.0.1:{free.getsockname()[1]}"
        self.url = f"http://{address}"
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            [
                tool("prometheus"),
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/data",
                f"--web.listen-address={address}",
            ],
            stderr=self._log,
        )

    def query(self, expr: str) -> list[dict]:
        """Series and values of an instant query."""
        url = f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': expr})}"
        with urllib.request.urlopen(url) as answer:
            return json.load(answer)["data"]["result"]

    def says(self, expr: str) -> bool:
        """Whether an expression gives a number; what is divided by nothing gives none."""
        return any(not math.isnan(float(series["value"][1])) for series in self.query(expr))

    def wait_for(self, expr: str, within: float = 60.0) -> list[dict]:
        """What an expression gives as soon as it gives anything; [] if it never does."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            try:
                if found := self.query(expr):
                    return found
            except urllib.error.URLError:
                assert self._process.poll() is None, "prometheus has ended"
            time.sleep(0.2)
        return []

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._log.close()


def _job(job: str, url: str, key: str | None) -> dict:
    parts = urlsplit(url)
    config = {
        "job_name": f"{job}-{parts.port}",
        "metrics_path": parts.path,
        "static_configs": [{"targets": [parts.netloc], "labels": {"job": job}}],
    }
    return config | ({"authorization": {"credentials": key}} if key else {})
