"""Endpoints as methods, written once for the client that waits and for the one that is awaited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, overload

from api.client.call import Call

P = ParamSpec("P")
T = TypeVar("T")


class Waiting(Protocol):
    """Sends a request and waits for what its answer holds."""

    def send(self, call: Call[T], /) -> T:
        """What the answer holds."""
        ...


class Awaiting(Protocol):
    """Sends a request and can be awaited for what its answer holds."""

    async def send(self, call: Call[T], /) -> T:
        """What the answer holds."""
        ...


class Endpoint(Generic[P, T]):
    """A method that makes a request of its arguments and sends it by the client that it is called on."""

    def __init__(self, make: Callable[P, Call[T]]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, client: Waiting, owner: type | None = None) -> Callable[P, T]: ...

    @overload
    def __get__(self, client: Awaiting, owner: type | None = None) -> Callable[P, Awaitable[T]]: ...

    @overload
    def __get__(self, client: None, owner: type | None = None) -> Endpoint[P, T]: ...

    def __get__(self, client: Any, owner: type | None = None) -> Any:
        """The method of a client; of the class, the endpoint itself."""
        if client is None:
            return self

        @wraps(self._make)
        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return client.send(self._make(*args, **kwargs))

        return method
