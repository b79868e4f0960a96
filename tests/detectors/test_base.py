import msgspec
import numpy as np

from detectors.base import Detection, Evidence


def test_numbers_of_numpy_become_plain_ones_that_json_can_carry():
    evidence = Evidence("length", np.float32(1.5), np.int64(3), np.float64(2.0))
    detection = Detection(
        "r", "drift", "input_drift", np.float32(1), np.float32(2), (evidence,), np.float64(3), "m"
    )
    assert msgspec.json.decode(msgspec.json.encode(detection), type=Detection) == detection
    assert type(detection.score) is float


def test_the_same_finding_on_the_same_exchange_has_the_same_id():
    def made(at, score):
        return Detection("r", "safety", "k", score, 0.5, (), at, "m", exchange_id="x")

    assert made(1.0, 0.6).id == made(2.0, 0.9).id
