from dataclasses import dataclass
from importlib.util import find_spec

import pytest

from detectors.errors import DetectorError
from detectors.safety.recognisers import Finding
from detectors.safety.recognisers.presidio import Presidio

INSTALLED = find_spec("presidio_analyzer") is not None


@dataclass
class Found:
    entity_type: str
    start: int
    end: int
    score: float


def test_its_results_become_findings_of_our_kinds_beside_ours():
    text = "Ada Lovelace, ada@example.org"
    presidio = Presidio(
        lambda _: [Found("PERSON", 0, 12, 0.85), Found("EMAIL_ADDRESS", 14, 29, 1.0)]
    )
    assert presidio.find(text) == [
        Finding("pii.person", 0, 12, validated=False, confidence=0.85),
        Finding("pii.email", 14, 29, validated=True, confidence=1.0),
    ]


def test_what_is_unsure_or_nobodys_is_left_out():
    presidio = Presidio(
        lambda _: [Found("PERSON", 0, 3, 0.3), Found("DATE_TIME", 4, 8, 0.9)], least=0.5
    )
    assert presidio.find("May 2026") == []


def test_a_check_of_ours_stands_before_a_guess_of_its():
    card = "4111 1111 1111 1111"
    presidio = Presidio(lambda _: [Found("PHONE_NUMBER", 0, 19, 0.75)])
    assert [f.kind for f in presidio.find(card)] == ["pii.card"]


@pytest.mark.skipif(INSTALLED, reason="says what is missing only where it is")
def test_without_the_package_the_message_says_how_to_get_it():
    with pytest.raises(DetectorError, match=r"pip install 'sidewatch\[presidio\]'"):
        Presidio.load()


@pytest.mark.skipif(not INSTALLED, reason="needs the extra presidio")
@pytest.mark.filterwarnings("ignore")
def test_the_real_one_finds_what_it_knows_without_a_language_model_or_the_network():
    text = "Card 4111 1111 1111 1111, licence of Dr A. Example: BB1388568, mail ada@example.org"
    kinds = {f.kind: text[f.start : f.end] for f in Presidio.load().find(text)}
    assert kinds["pii.card"] == "4111 1111 1111 1111"
    assert kinds["pii.medical_license"] == "BB1388568"
    assert kinds["pii.email"] == "ada@example.org"


@pytest.fixture
def pipeline(tmp_path):
    """A spaCy pipeline of our own that knows one person."""
    import spacy

    made = spacy.blank("en")
    made.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": "Zorro Quibble"}])
    made.to_disk(tmp_path / "people")
    return str(tmp_path / "people")


@pytest.mark.skipif(not INSTALLED, reason="needs the extra presidio")
@pytest.mark.filterwarnings("ignore")
def test_with_a_pipeline_names_are_found_too(pipeline):
    text = "Ask Zorro Quibble, zorro@example.org"
    found = Presidio.load(model=pipeline).find(text)
    assert {f.kind: text[f.start : f.end] for f in found} == {
        "pii.person": "Zorro Quibble",
        "pii.email": "zorro@example.org",
    }


@pytest.mark.skipif(not INSTALLED, reason="needs the extra presidio")
@pytest.mark.filterwarnings("ignore")
def test_a_pipeline_that_is_not_there_is_not_fetched(tmp_path):
    with pytest.raises(DetectorError, match="neither installed nor a folder"):
        Presidio.load(model=str(tmp_path / "none"))
