"""What the two sides of a request need of each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Client(Protocol):
    """The client's side, as a relay needs it; `write` sends bytes of the answer."""

    peer: bytes
    full: bool
    write: Callable[[bytes], None]

    def hold(self) -> None:
        """Read no more of the request for now."""
        ...

    def release(self) -> None:
        """Read on."""
        ...

    def refuse(self, status: int, detail: str, *, kind: str, closing: bool) -> None:
        """Answer with a problem document; the relay is over."""
        ...

    def answered(self, *, closing: bool) -> None:
        """The answer is complete; the relay is over."""
        ...

    def cut(self, *, reset: bool) -> None:
        """The answer ends here, visibly broken; the relay is over."""
        ...

    def switch(self, carrier: Carrier, rest: bytes) -> None:
        """The protocol has changed: `carrier` takes over; `rest` is what the upstream said first."""
        ...


class Carrier(Protocol):
    """What carries a client's bytes: the relay of a request, or a tunnel."""

    @property
    def uploading(self) -> bool:
        """Whether it takes more bytes of the client's."""
        ...

    def send(self, data: bytes) -> bytes:
        """Take more from the client; what of `data` is not for it."""
        ...

    def response_bytes(self, data: bytes) -> None:
        """Take more from the upstream."""
        ...

    def client_full(self) -> None:
        """The client does not take more bytes for now."""
        ...

    def client_ready(self) -> None:
        """The client takes bytes again."""
        ...

    def client_lost(self) -> None:
        """The client left."""
        ...

    def check(self, now: float) -> None:
        """Look after limits of time; called about once a second."""
        ...
