"""HTTP clients that know nothing of us, before httpbin and before a gateway to it: all the same."""

import asyncio
import json
import os
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.filterwarnings("default")]

SERVERS = Path(__file__).parents[1] / "servers"


@pytest.fixture(scope="session")
def suite_of_requests(request):
    """The tests of the installed version of `requests`, which its source archive holds."""
    name = f"requests-{version('requests')}"
    folder = request.config.cache.mkdir("requests-suite")
    if not (folder / name).exists():
        fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
        fetched = subprocess.run(
            [*fetch, "--no-binary=:all:", name.replace("-", "==")], check=False, capture_output=True
        )
        if fetched.returncode:
            missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            missing("the source archive of requests could not be fetched")
        with tarfile.open(folder / f"{name}.tar.gz") as archive:
            archive.extractall(folder, filter="data")
    return folder / name


async def outcomes(suite: Path, url: str, told: Path) -> dict[str, str]:
    """What became of each test of a suite that uses httpbin, with httpbin at `url`."""
    plain = ["-q", "-p", "no:cacheprovider", "-p", "no:httpbin", "-p", "foreign_suite"]
    run = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "pytest",
            *plain,
            "tests/test_requests.py",
            "tests/test_lowlevel.py",
        ),
        cwd=suite,
        env={**os.environ, "PYTHONPATH": str(SERVERS), "HTTPBIN_URL": url, "OUTCOMES": str(told)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    await run.wait()
    return json.loads(told.read_text())


async def test_the_suite_of_requests_passes_as_it_does_directly(
    gateway, httpbin_url, suite_of_requests, tmp_path
):
    running = await gateway(httpbin_url)
    direct, through = await asyncio.gather(
        outcomes(suite_of_requests, httpbin_url, tmp_path / "direct"),
        outcomes(suite_of_requests, running.url, tmp_path / "through"),
    )
    assert through == direct
    passed = [name for name, outcome in through.items() if outcome == "passed"]
    assert len(passed) > 190
    metrics = await running.metrics()
    asked = sum(n for name, n in metrics.items() if "gateway_requests_total" in name)
    assert asked > len(passed) / 2  # not every test of them sends what it prepares
