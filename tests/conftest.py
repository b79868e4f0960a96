"""What tests of several packages share."""

import socket

import pytest


@pytest.fixture
def free_port():
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
