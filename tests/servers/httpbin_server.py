"""httpbin over real sockets, a thread for each connection."""

import socketserver
from wsgiref.simple_server import WSGIServer

import pytest


class ThreadingServer(socketserver.ThreadingMixIn, WSGIServer):
    """A delayed answer keeps nobody else waiting."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """Clients that leave are what some tests are about."""


@pytest.fixture(scope="session")
def httpbin_url():
    from httpbin import app
    from pytest_httpbin.serve import Server

    with Server(application=app, server_class=ThreadingServer) as server:
        yield server.url
