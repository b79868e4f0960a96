"""llama.cpp's server for embeddings."""

import argparse
import threading

from xllamacpp import CommonParams, Server

from monitor.demo.model_server import weights


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int)
    params = CommonParams()
    params.model.path = str(weights())
    params.model_alias = {"smollm2"}
    params.hostnames = ["127.0.0.1"]
    params.port = options.parse_args().port
    params.embedding = True
    server = Server(params)
    threading.Event().wait()
    del server


if __name__ == "__main__":
    main()
