"""A typed client of the API, for programs: `Client` waits for each answer, `AsyncClient` is awaited."""

from api.client.awaiting import AsyncClient
from api.client.errors import ApiError, EventsMissedError, UnreachableError
from api.client.waiting import Client

__all__ = ["ApiError", "AsyncClient", "Client", "EventsMissedError", "UnreachableError"]
