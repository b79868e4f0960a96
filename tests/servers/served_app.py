"""An ASGI application on a real socket, in this process."""

import asyncio
from contextlib import asynccontextmanager

import httpx2
import uvicorn


@asynccontextmanager
async def served(app):
    """A client of the application, with as many connections as are asked for."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    bound = server.config.bind_socket()
    bound.listen()
    serving = asyncio.create_task(server.serve([bound]))
    url = f"http://127.0.0.1:{bound.getsockname()[1]}"
    try:
        async with httpx2.AsyncClient(base_url=url, timeout=60.0) as client:
            yield client
    finally:
        server.should_exit = True
        await serving
        bound.close()
