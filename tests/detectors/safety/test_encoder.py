import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from broken_encoder import cut_off, with_vocabulary

from detectors.errors import DetectorError
from detectors.safety.encoder import SafetyEncoder
from detectors.safety.kept import LastUsed
from detectors.safety.sequences import TokenSequence, prompt_sequence, response_sequence

READ = 5


@pytest.fixture(scope="module")
def reader():
    return SafetyEncoder.load(threads=2)


@pytest.fixture(scope="module")
def draw():
    def draw(seed, count):
        rng = np.random.default_rng(seed)
        lengths = rng.integers(1, 120, count)
        return [prompt_sequence(rng.integers(1000, 20_000, n).tolist()) for n in lengths]

    return draw


def test_results_are_in_the_order_of_the_sequences_whatever_their_length(reader, draw):
    sequences = draw(1, 40)
    alone = [reader.logits([x])[0] for x in sequences]
    again = SafetyEncoder.load(threads=2).logits(sequences)
    assert np.array_equal(again, np.array(alone))


def test_no_sequence_gives_no_row(reader):
    assert reader.logits([]).shape == (0, 13)


def test_threads_that_ask_at_once_each_get_their_own(draw):
    shared = SafetyEncoder.load(threads=2)
    batches = [draw(seed, 6) for seed in range(8)]
    with ThreadPoolExecutor(8) as callers:
        found = list(callers.map(shared.logits, batches))
    for batch, logits in zip(batches, found, strict=True):
        assert np.array_equal(shared.logits(batch), logits)


def test_the_same_tokens_in_another_segment_are_another_sequence(reader):
    ids = list(range(2000, 2010))
    prompt, response = prompt_sequence(ids), response_sequence(ids[5:], ids[:5])
    moved = TokenSequence(response.ids, response.second + 1)
    found = reader.logits([prompt, response, moved])
    assert len({row.tobytes() for row in found}) == 3


def test_what_was_read_is_not_read_again(tmp_path, draw):
    known = SafetyEncoder.load(with_vocabulary(tmp_path, 20_000))
    sequences = draw(2, READ)
    first = known.logits(sequences * 2)
    known._session = None
    assert np.array_equal(known.logits(sequences), first[:READ])


def test_half_a_model_is_refused_with_its_place(tmp_path):
    with pytest.raises(DetectorError, match=r"encoder\.onnx in .*none that onnxruntime can run"):
        SafetyEncoder.load(cut_off(tmp_path))


@pytest.mark.parametrize("count", [1, 30])
def test_a_model_that_raises_fails_its_caller_and_reads_the_next(tmp_path, draw, count):
    known = SafetyEncoder.load(with_vocabulary(tmp_path, 20_000), threads=2)
    bad = prompt_sequence([25_000])
    with pytest.raises(Exception, match="out of data bounds"):
        known.logits([*draw(3, count - 1), bad])
    assert known.logits(draw(3, READ)).shape == (READ, 13)


def test_what_was_not_asked_for_longest_makes_way():
    kept = LastUsed(room=2)
    kept.put(b"a", 1)
    kept.put(b"b", 2)
    kept.get(b"a")
    kept.put(b"c", 3)
    assert [kept.get(key) for key in (b"a", b"b", b"c")] == [1, None, 3]
    assert len(kept) == 2


def test_threads_that_keep_at_once_never_exceed_the_room():
    kept = LastUsed(room=50)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            seeds = range(4)
            assert all(pool.map(lambda seed: _churned(kept, seed), seeds))
    finally:
        sys.setswitchinterval(interval)
    assert len(kept) == 50


def _churned(kept, seed):
    rng = np.random.default_rng(seed)
    for number in rng.integers(0, 200, 3000).tolist():
        key = number.to_bytes(2, "big")
        if kept.get(key) not in {None, number}:
            return False
        kept.put(key, number)
    return True
