"""What is made of the figures: the search for sustained streams, medians, comparisons, pictures."""

from xml.etree import ElementTree as ET

import pytest

from monitor.bench import BenchError, contenders, svg
from monitor.bench.capacity import search
from monitor.bench.compare import compared
from monitor.bench.load import Streamed
from monitor.bench.measure import percentile, suffering


@pytest.mark.parametrize(("limit", "found"), [(7, 0), (8, 8), (100, 96), (111, 96), (500, 448)])
def test_sustained_streams_are_found_to_a_quarter(limit, found):
    assert search(lambda count: count <= limit, 4096) == found


def test_the_search_ends_at_its_bound():
    assert search(lambda count: True, 100) == 64


def test_a_stream_that_lost_a_chunk_or_fell_silent_suffered():
    good = Streamed(chunks=10, longest_gap=0.02, whole=True)
    cut = Streamed(chunks=9, longest_gap=0.02)
    short = Streamed(chunks=9, longest_gap=0.02, whole=True)
    silent = Streamed(chunks=10, longest_gap=0.3, whole=True)
    assert suffering([good, cut, short, silent], 10) == {
        "lost_streams": 2,
        "stalled_streams": 1,
        "longest_gap_ms": pytest.approx(300),
    }


def figures(**changed):
    base = dict.fromkeys(
        ("ttft_p50_ms", "ttft_p99_ms", "token_p50_ms", "token_p99_ms", "cpu_us_per_chunk"), 2.0
    )
    return {**base, "plain_rps_per_core": 100.0, **changed}


def test_contenders_are_compared_with_no_proxy_and_with_nginx():
    bare = {key: 1.5 for key in figures() if key.endswith("_ms")}
    own = figures(cpu_us_per_chunk=5.0, plain_rps_per_core=20.0)
    result = compared({"direct": bare, "nginx": figures(), "sidewatch": own})
    assert set(result) == {"nginx", "sidewatch"}
    assert result["sidewatch"]["added_ttft_p99_ms"] == 0.5
    assert result["sidewatch"]["cpu_us_per_chunk_over_nginx"] == 2.5
    assert result["sidewatch"]["plain_rps_per_core_over_nginx"] == 0.2


def test_without_nginx_there_are_no_ratios():
    assert compared({"sidewatch": figures()}) == {"sidewatch": {}}


def test_a_percentile_is_a_value_that_was_seen():
    assert percentile([5.0, 1.0, 3.0], 0.5) == 3.0
    assert percentile([1.0], 0.99) == 1.0


def test_pictures_are_well_formed_whatever_the_names():
    bars = svg.bars("a < b & c", {"<x>": 1.0, "y": 0.0, "z": -2.0})
    lines = svg.lines("t", [0.0, 1.0], {"s": [0.0, 0.0], "<r>": [1.0, 2.0]}, unit="MB")
    root = ET.fromstring(svg.page([bars, lines]))
    texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"a < b & c", "<x>", "<r>", "2 MB"} <= set(texts)
    assert all(
        float(node.get("width")) >= 0
        for node in root.iter("{http://www.w3.org/2000/svg}rect")
        if not node.get("width").endswith("%")
    )


def test_what_is_not_installed_is_named_and_a_wrong_path_refused():
    found = contenders.find(["direct", "portkey"], litellm=None, portkey=None)
    assert list(found.starts) == ["direct"]
    assert list(found.missing) == ["portkey"]
    with pytest.raises(BenchError, match="no/such/litellm"):
        contenders.find(["litellm"], litellm="no/such/litellm", portkey=None)
