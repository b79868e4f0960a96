"""Records golden streams from the real servers: `python tests/servers/record_streams.py`.

Each goes to `tests/data/streams/NAME.request` and `NAME.response` (head and body as they came).
"""

import http.client
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import model_servers
import tiny_llama

FOLDER = Path(__file__).parents[1] / "data" / "streams"
CHAT = {"messages": [{"role": "user", "content": "Say hello in two words."}], "max_tokens": 8}
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
FIXED = {"temperature": 0, "seed": 7}
USAGE = {"stream": True, "stream_options": {"include_usage": True}}
LLAMA = {
    "llama-chat-plain": ("/v1/chat/completions", CHAT),
    "llama-chat-stream": ("/v1/chat/completions", CHAT | {"stream": True}),
    "llama-chat-stream-usage": ("/v1/chat/completions", CHAT | USAGE),
    "llama-chat-two-choices": ("/v1/chat/completions", CHAT | {"n": 2}),
    "llama-chat-tool": (
        "/v1/chat/completions",
        CHAT | {"tools": [TOOL], "tool_choice": "required", "max_tokens": 40} | USAGE,
    ),
    "llama-completion-plain": ("/v1/completions", {"prompt": "The sea", "max_tokens": 8}),
    "llama-completion-stream": ("/v1/completions", {"prompt": "The sea", "max_tokens": 8} | USAGE),
    "llama-messages-plain": ("/v1/messages", CHAT | {"system": "Be brief."}),
    "llama-messages-stream": ("/v1/messages", CHAT | {"system": "Be brief.", "stream": True}),
    "llama-error": ("/v1/chat/completions", {"messages": "none"}),
}
TRANSFORMERS = {
    "transformers-chat-plain": ("/v1/chat/completions", CHAT),
    "transformers-chat-stream": ("/v1/chat/completions", CHAT | {"stream": True}),
    "transformers-completion-stream": (
        "/v1/completions",
        {"prompt": "The sea", "max_tokens": 8} | USAGE,
    ),
}


def record(port: int, name: str, path: str, body: dict, model: str) -> None:
    data = json.dumps({"model": model} | FIXED | body).encode()
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", path, data, {"content-type": "application/json"})
    answer = connection.getresponse()
    head = f"{answer.status} {answer.getheader('content-type')}\n".encode()
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.request").write_bytes(path.encode() + b"\n" + data + b"\n")
    (FOLDER / f"{name}.response").write_bytes(head + answer.read())


def main() -> None:
    with tempfile.TemporaryDirectory() as place, Path(place, "log").open("wb") as log:
        port = model_servers.free_port()
        command = [sys.executable, "-m", "monitor.demo.model_server", "--port", str(port)]
        server = model_servers.start(command, f"http://127.0.0.1:{port}", log)
        for name, (path, body) in LLAMA.items():
            record(port, name, path, body, "smollm2")
        stop(server)
        tiny_llama.make(Path(place, "model"))
        Path(place, "hub").mkdir()
        port = model_servers.free_port()
        command = [
            *(sys.executable, "-m", "transformers.cli.transformers", "serve", "model"),
            *("--device", "cpu", "--dtype", "float32", "--host", "127.0.0.1"),
            *("--port", str(port)),
        ]
        offline = {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": f"{place}/hub"}
        server = model_servers.start(command, f"http://127.0.0.1:{port}", log, cwd=place, **offline)
        for name, (path, body) in TRANSFORMERS.items():
            record(port, name, path, body, "model")
        stop(server)


def stop(server: subprocess.Popen[bytes]) -> None:
    server.kill()
    server.wait()


if __name__ == "__main__":
    main()
