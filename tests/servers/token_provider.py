"""A provider of OpenID Connect on a real socket: discovery, keys, and tokens signed with them."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa


class Provider:
    """Signs what it is asked to; `asked` counts requests by path, `away` makes it answer 500."""

    def __init__(self, port):
        self.issuer = f"http://127.0.0.1:{port}"
        self.asked = {}
        self.away = False
        self.told = {}
        self._private = {}
        self.add("rsa", rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def add(self, name, private=None):
        """Begin to sign with another key."""
        self._private[name] = private or ec.generate_private_key(ec.SECP256R1())

    def token(self, key="rsa", *, headers=None, **claims):
        """A token that is good for a minute, but for what is said otherwise; None leaves a claim out."""
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": "sidewatch", "sub": "u-1", "iat": now, "exp": now + 60}
        told = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        private = self._private[key]
        algorithm = "RS256" if isinstance(private, rsa.RSAPrivateKey) else "ES256"
        return jwt.encode(
            told, private, algorithm=algorithm, headers={"kid": key, **(headers or {})}
        )

    def public(self):
        """The public keys, as the provider shows them."""
        shown = []
        for name, private in self._private.items():
            kind = jwt.algorithms.RSAAlgorithm if "RSA" in type(private).__name__ else None
            algorithm = kind or jwt.algorithms.ECAlgorithm
            shown.append({**json.loads(algorithm.to_jwk(private.public_key())), "kid": name})
        return shown

    def answer(self, path):
        """What is at a path."""
        self.asked[path] = self.asked.get(path, 0) + 1
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys", **self.told}
        return {"keys": self.public()}


@contextmanager
def provider():
    """A provider that serves until the block is left."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(serving.answer(self.path)).encode()
            self.send_response(500 if serving.away else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = Provider(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield serving
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
