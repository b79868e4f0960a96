import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from detectors.safety.models.kinds import ExternalModel
from detectors.safety.models.panel import UnavailableError
from monitor.pipeline.external import ExternalDetector

LABELS = {"hap": ["unsafe", "toxic"], "pii": "privacy"}


def finding(**fields):
    return {"start": 0, "end": 3, "detection": "has_HAP", "detection_type": "hap", **fields}


@contextmanager
def detector(answer):
    """A real server; `answer` gives status and body for the contents it was sent."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append((self.path, dict(self.headers), body))
            status, told = answer(body["contents"])
            data = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def client(url, *, token="", **options):
    chosen = ExternalModel(url=url, detector="hap-en", labels=LABELS, **options)
    return ExternalDetector("outside", chosen, token=token)


def test_a_category_takes_the_largest_score_and_its_place():
    def answer(contents):
        found = [
            finding(score=0.4),
            finding(score=0.9, start=4, end=7),
            finding(start=9, score=0.2),
        ]
        return 200, [found if "bad" in text else [] for text in contents]

    with detector(answer) as (url, asked):
        bad, good = client(url, parameters={"threshold": 0.1}).classify(["a bad one", "good"])
    assert {x.name: (x.score, x.start, x.end) for x in bad} == {
        "unsafe": (0.9, 4, 7),
        "toxic": (0.9, 4, 7),
        "privacy": (0.0, None, None),
    }
    assert {x.name: x.score for x in good} == {"unsafe": 0.0, "toxic": 0.0, "privacy": 0.0}
    ((path, headers, body),) = asked
    assert path == "/api/v1/text/contents"
    assert headers["detector-id"] == "hap-en"
    assert "authorization" not in {name.lower() for name in headers}
    assert body == {"contents": ["a bad one", "good"], "detector_params": {"threshold": 0.1}}


def test_a_kind_of_its_own_goes_before_its_type_and_the_rest_before_nothing():
    def answer(contents):
        return 200, [
            [
                finding(detection="Slur", score=0.8),
                finding(detection="x", detection_type="y", score=0.3),
            ]
            for _ in contents
        ]

    labels = {"Slur": "hate", "hap": "toxic", "*": "unsafe"}
    with detector(answer) as (url, _):
        chosen = ExternalModel(url=url, detector="d", labels=labels)
        (found,) = ExternalDetector("outside", chosen).classify(["a"])
    assert {x.name: x.score for x in found} == {"hate": 0.8, "toxic": 0.0, "unsafe": 0.3}


def test_the_token_is_sent_and_the_path_of_the_url_is_kept():
    with detector(lambda contents: (200, [[] for _ in contents])) as (url, asked):
        client(f"{url}/guards/", token="geheim").classify(["a"])
    assert asked[0][0] == "/guards/api/v1/text/contents"
    assert asked[0][1]["authorization"] == "Bearer geheim"


def test_texts_go_in_batches():
    with detector(lambda contents: (200, [[finding(score=0.5)] for _ in contents])) as (url, asked):
        found = client(url, batch=2).classify(["a", "b", "c"])
    assert [body["contents"] for _, _, body in asked] == [["a", "b"], ["c"]]
    assert len(found) == 3


@pytest.mark.parametrize(
    ("status", "told", "reason"),
    [
        (500, b"", "answered 500"),
        (404, b'{"code": 404, "message": "no such detector"}', "answered 404"),
        (200, b"<html>", "not of the detector API"),
        (200, {"detections": []}, "not of the detector API"),
        (200, [[], []], "answered 2 texts of 1"),
        (200, [[finding(score=7.0)]], "no probability"),
        (200, [[{"start": 0}]], "not of the detector API"),
    ],
)
def test_whatever_is_not_an_answer_is_a_failure_and_not_repeated(status, told, reason):
    with detector(lambda _: (status, told)) as (url, asked):
        with pytest.raises(UnavailableError, match=reason):
            client(url).classify(["a"])
        assert len(asked) == 1


def test_an_error_does_not_repeat_the_text():
    with (
        detector(lambda contents: (200, contents)) as (url, _),
        pytest.raises(UnavailableError) as raised,
    ):
        client(url).classify(["my secret words"])
    assert "secret" not in str(raised.value)


def test_a_detector_that_is_not_there_is_a_failure():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UnavailableError, match="outside"):
        client(f"http://127.0.0.1:{port}").classify(["a"])


@pytest.mark.parametrize("drips", [False, True])
def test_the_time_is_for_the_whole_request_however_slowly_it_comes(drips):
    gone = threading.Event()

    def serve(listening):
        connected, _ = listening.accept()
        with connected:
            connected.recv(65536)
            head = b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"
            sent = b"[" if drips else b""
            try:
                connected.sendall(head if drips else b"")
                while not gone.wait(0.05):
                    connected.sendall(sent)
            except OSError:
                pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=[listening])
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(UnavailableError, match=r"no answer in 0\.5 s"):
            client(url, timeout=0.5).classify(["a"])
        gone.set()
        thread.join()
