"""What model servers say is understood by their own names, and told as ours."""

import pytest

from monitor.upstreams.history import History, Page, between
from monitor.upstreams.names import WANTED
from monitor.upstreams.reading import ReadingError, read_page

VLLM = """# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m, {odd} name"} 3.0
vllm:num_requests_running{engine="1",model_name="m, {odd} name"} 2.0
vllm:num_requests_waiting{engine="0",model_name="m"} %d
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
vllm:generation_tokens_total{engine="0",model_name="m"} %d
vllm:request_queue_time_seconds_bucket{engine="0",le="0.3",model_name="m"} 5.0
vllm:request_queue_time_seconds_sum{engine="0",model_name="m"} %f
vllm:request_queue_time_seconds_count{engine="0",model_name="m"} %d
"""
TGI = "tgi_queue_size 4\ntgi_batch_current_size 8\ntgi_request_queue_duration_sum 2.5\n"


def vllm(waiting=0, tokens=0, queued=0.0, requests=0):
    return read_page((VLLM % (waiting, tokens, queued, requests)).encode())


def test_labels_are_summed_and_buckets_left_out():
    numbers = vllm(waiting=7)
    assert numbers["vllm:num_requests_running"] == 5.0
    assert numbers["vllm:num_requests_waiting"] == 7.0
    assert set(numbers) <= WANTED


def test_tgi_and_ollama_are_read_too():
    assert read_page(TGI.encode())["tgi_queue_size"] == 4.0
    listed = b'{"models": [{"name": "m", "size": 100, "size_vram": 25}]}'
    assert read_page(listed) == {"loaded": 1.0, "on_accelerator": 0.25}
    assert read_page(b'{"models": []}') == {"loaded": 0.0}


@pytest.mark.parametrize(
    "page",
    [
        *(b"", b"<html>no</html>", b"some_metric 1\n", b"\xff\xfe", b'{"error": 1}', b"{"),
        *(b"vllm:num_requests_running{ 1\n", b"vllm:num_requests_running x\n"),
        b"vllm:num_requests_running NaN\n",
    ],
)
def test_anything_else_is_an_error(page):
    with pytest.raises(ReadingError):
        read_page(page)


def test_two_pages_give_rates_and_means():
    said = between(Page(10.0, vllm(0, 100, 1.0, 10)), Page(20.0, vllm(2, 400, 7.0, 13)))
    assert said["waiting"] == 2.0
    assert said["output_tokens"] == pytest.approx(30.0)
    assert said["queue"] == pytest.approx(2.0)


def test_a_server_that_started_again_gives_no_negative_rate():
    said = between(Page(10.0, vllm(0, 500, 9.0, 50)), Page(20.0, vllm(0, 3, 0.1, 1)))
    assert "output_tokens" not in said
    assert "queue" not in said


def history(pages):
    made = History("10.0.0.1:8000")
    for place, numbers in enumerate(pages):
        made.add(Page(30.0 * place, numbers))
    return made


def test_what_moved_is_told_against_what_was_the_most_first():
    calm = [vllm(1, 3_000 * i, 0.1 * i, i) for i in range(20)]
    busy = [vllm(40, 60_000 + 300 * i, 2.0 + 60.0 * i, 20 + 10 * i) for i in range(1, 4)]
    said = {e.name: e for e in history(calm + busy).evidence()}
    assert next(iter(said)) in {"server_queue", "server_waiting"}
    assert (said["server_waiting"].value, said["server_waiting"].reference) == (40.0, 1.0)
    assert said["server_output_tokens"].value < said["server_output_tokens"].reference
    assert said["server_running"].value == 5.0
    assert "server_cache_usage" not in said
    assert "10.0.0.1:8000" in said["server_waiting"].unit


def test_one_page_tells_what_is_so_now():
    (said,) = [e for e in history([vllm(4)]).evidence() if e.name == "server_waiting"]
    assert (said.value, said.reference) == (4.0, None)
    assert history([]).evidence() == ()
