"""A pytest plugin under which the test suite of an HTTP client runs against an httpbin of ours.

Where that httpbin is, `HTTPBIN_URL` says: its own address, or that of a gateway before it. Only the
tests that use it run, and what became of each is written to the file that `OUTCOMES` names.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

outcomes = {}


@dataclass
class At:
    """What a suite asks of its httpbin: the URL."""

    url: str


@pytest.fixture(scope="session")
def httpbin():
    return At(os.environ["HTTPBIN_URL"])


@pytest.fixture(scope="session")
def httpbin_secure():
    from httpbin import app
    from pytest_httpbin.serve import SecureServer

    with SecureServer(application=app) as server:
        yield server


@pytest.fixture
def httpbin_ca_bundle(monkeypatch):
    from pytest_httpbin import certs

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certs.where())


def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if "httpbin" in item.fixturenames]


def pytest_runtest_logreport(report):
    """A test failed if any of its phases did; one that is expected to fail may do either."""
    failed = report.failed or outcomes.get(report.nodeid) == "failed"
    if report.when == "call" or failed:
        outcomes[report.nodeid] = "failed" if failed else "passed"


def pytest_sessionfinish():
    Path(os.environ["OUTCOMES"]).write_text(json.dumps(outcomes))
