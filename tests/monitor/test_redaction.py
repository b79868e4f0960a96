"""What others find besides our own recognisers is masked before anything is stored."""

import sys

import pytest
from exchanges import make_exchange

from detectors.errors import DetectorError
from detectors.observation import Observation
from detectors.safety.policy import PresidioPolicy, SafetyPolicy
from detectors.safety.recognisers import Finding
from monitor.pipeline.models import presidio
from monitor.record import make_record
from monitor.redaction import LEFT_OUT, redact

WHOLE = make_exchange(1, prompt="Ada wrote to ada@example.org", answer="Ada is in Graz")


def names(text):
    start = text.find("Ada")
    return (
        [Finding("pii.person", start, start + 3, validated=False, confidence=0.8)]
        if start >= 0
        else []
    )


def test_what_others_find_is_masked_beside_what_we_find():
    stored, kinds = redact(WHOLE, "redacted", names)
    assert stored.prompt == "[PERSON] wrote to [EMAIL]"
    assert stored.answer == "[PERSON] is in Graz"
    assert kinds == ["pii.email", "pii.person"]
    x = Observation(id=WHOLE.id, at=0.0)
    record = make_record(WHOLE, x, mode="redacted", policy="v", more=names)
    assert record.exchange.answer == stored.answer


def test_a_text_that_they_fail_on_is_not_stored(caplog):
    def fails(text):
        if "Graz" in text:
            raise RuntimeError("cannot bear it")
        return []

    stored, kinds = redact(WHOLE, "redacted", fails)
    assert stored.prompt == "Ada wrote to [EMAIL]"
    assert stored.answer == LEFT_OUT
    assert kinds == ["pii.email", "text"]
    assert "Graz" not in "".join(record.getMessage() for record in caplog.records)


def test_nobody_else_looks_unless_the_policy_says_so():
    assert presidio(SafetyPolicy().presidio) is None


@pytest.mark.parametrize("options", [{"least": 1.5}, {"least": -0.1}, {"language": "english"}])
def test_impossible_settings_are_refused(options):
    with pytest.raises(ValueError, match=r"least|ISO 639"):
        PresidioPolicy(**options)


def test_what_is_not_installed_is_said_at_the_start(monkeypatch):
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(DetectorError, match=r"pip install 'sidewatch\[presidio\]'"):
        presidio(PresidioPolicy(enabled=True))
