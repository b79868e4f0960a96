import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from detectors.observation import Observation, Timing
from monitor.pipeline.codec import (
    decode_observation,
    decode_state,
    encode_observation,
    encode_state,
)


def test_an_observation_comes_back_as_it_was():
    x = Observation(
        id="x",
        at=1.5,
        model="m",
        prompt="p",
        scores={"prompt": {"unsafe": 0.25}},
        channels={"a": 1.0},
        timing=Timing(ttft=0.5),
        prompt_embedding=np.arange(4, dtype=np.float32),
    )
    y = decode_observation(encode_observation(x))
    assert y.prompt_embedding.dtype == np.float32
    assert np.array_equal(y.prompt_embedding, x.prompt_embedding)
    assert (y.id, y.scores, y.timing, y.response) == (x.id, x.scores, x.timing, None)


@given(
    npst.arrays(
        st.sampled_from([np.float32, np.float64, np.int64, np.uint8, np.bool_]),
        npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    )
)
def test_any_array_in_a_state_comes_back_writable(array):
    back = decode_state(encode_state({"a": array, "n": [{"b": array}]}))
    assert back["a"].dtype == array.dtype
    assert back["a"].shape == array.shape
    assert back["a"].tobytes() == array.tobytes()
    assert back["a"].flags.writeable


def test_a_numpy_number_becomes_a_plain_one():
    assert decode_state(encode_state({"n": np.float64(2.5)})) == {"n": 2.5}


def test_what_cannot_be_saved_is_refused_by_its_type():
    with pytest.raises(NotImplementedError, match="cannot encode object"):
        encode_state({"s": object()})
