"""Records golden streams from real servers: `python tests/servers/record_streams.py llama vllm`.

Each goes to `tests/data/streams/NAME.request` and `NAME.response` (head and body as they came).
Without names, all servers but vLLM, whose command must be on the path.
"""

import http.client
import json
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import model_servers
import recorded
import tiny_llama

FOLDER = Path(__file__).parents[1] / "data" / "streams"
LLAMA = [sys.executable, "-m", "monitor.demo.model_server"]
EMBEDDER = [sys.executable, str(Path(__file__).with_name("llama_embedder.py"))]
TRANSFORMERS = [
    *(sys.executable, "-m", "transformers.cli.transformers", "serve", "model"),
    *("--device", "cpu", "--dtype", "float32", "--host", "127.0.0.1"),
]
VLLM = [
    *("vllm", "serve", "model", "--served-model-name", "tiny", "--host", "127.0.0.1"),
    *("--dtype", "float32", "--max-model-len", "512", "--enforce-eager"),
]
TOOLS = ["--enable-auto-tool-choice", "--tool-call-parser", "hermes"]
VLLM_ENVIRONMENT = {
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_NO_USAGE_STATS": "1",
    "HF_HUB_OFFLINE": "1",
}


def record(port: int, name: str, path: str, body: dict, model: str) -> None:
    data = json.dumps({"model": model} | body).encode()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", path, data, {"content-type": "application/json"})
    answer = connection.getresponse()
    head = f"{answer.status} {answer.getheader('content-type')}\n".encode()
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.request").write_bytes(path.encode() + b"\n" + data + b"\n")
    try:
        body = answer.read()
    except http.client.IncompleteRead as cut:  # a server that fails in mid-answer is worth keeping
        body = cut.partial
    (FOLDER / f"{name}.response").write_bytes(head + body)


@contextmanager
def serving(command: list[str], place: str, **environment: str):
    port = model_servers.free_port()
    with Path(place, "log").open("ab") as log:
        url = f"http://127.0.0.1:{port}"
        command = [*command, "--port", str(port)]
        server = model_servers.start(command, url, log, cwd=place, **environment)
        try:
            yield port
        finally:
            stop(server)


def record_all(requests: dict[str, tuple[str, dict]], port: int, model: str) -> None:
    for name, (path, body) in requests.items():
        record(port, name, path, body, model)


def record_llama(place: str) -> None:
    with serving(LLAMA, place) as port:
        record_all(recorded.LLAMA, port, "smollm2")
    with serving(EMBEDDER, place) as port:
        record_all(recorded.LLAMA_EMBEDDINGS, port, "smollm2")


def record_transformers(place: str) -> None:
    Path(place, "hub").mkdir()
    offline = {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": f"{place}/hub"}
    with serving(TRANSFORMERS, place, **offline) as port:
        record_all(recorded.TRANSFORMERS, port, "model")


def record_vllm(place: str) -> None:
    with serving([*VLLM, *TOOLS], place, **VLLM_ENVIRONMENT) as port:
        record_all(recorded.VLLM, port, "tiny")
    tiny_llama.make(Path(place, "speller"), spelling=True)
    speller = [part if part != "model" else "speller" for part in VLLM]
    with serving([*speller, *TOOLS], place, **VLLM_ENVIRONMENT) as port:
        record_all(recorded.VLLM_TOOLS, port, "tiny")
    with serving([*VLLM, "--runner", "pooling"], place, **VLLM_ENVIRONMENT) as port:
        record_all(recorded.VLLM_EMBEDDINGS, port, "tiny")


def stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    server.wait()


RECORDERS = {"llama": record_llama, "transformers": record_transformers, "vllm": record_vllm}


def main() -> None:
    names = sys.argv[1:] or ["llama", "transformers"]
    with tempfile.TemporaryDirectory() as place:
        tiny_llama.make(Path(place, "model"))
        for name in names:
            RECORDERS[name](place)


if __name__ == "__main__":
    main()
