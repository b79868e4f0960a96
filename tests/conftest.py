"""Fixtures for every test: real model servers and scripted ones, from `tests/servers`."""

pytest_plugins = [
    *(
        "model_servers",
        "scripted",
        "running_gateway",
        "running_sidewatch",
        "httpbin_server",
        "calm",
    ),
]
