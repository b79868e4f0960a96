import pytest

from detectors.safety.models.kinds import ExternalModel
from detectors.safety.models.policy import ModelsPolicy
from detectors.safety.policy import SafetyPolicy
from detectors.safety.scope import Scope


def with_model(languages, **labels):
    model = ExternalModel(
        url="http://127.0.0.1:9",
        detector="d",
        labels={"hap": "unsafe", **labels},
        languages=languages,
    )
    return SafetyPolicy(languages=["en"], models=ModelsPolicy(external={"other": model}))


@pytest.mark.parametrize(
    ("languages", "covered"),
    [
        (["en"], True),
        (["en", "und"], True),
        (["und"], True),
        ([], True),
        (["fr"], False),
        (["en", "fr"], False),
        (["und-Cyrl"], False),
    ],
)
def test_a_text_is_covered_where_each_of_its_languages_is(languages, covered):
    assert Scope(SafetyPolicy(languages=["en"])).covers(languages) is covered


def test_a_star_stands_for_every_language():
    assert Scope(SafetyPolicy(languages=["*"])).covers(["fr", "und-Cyrl"])


def test_another_model_covers_its_languages_where_it_judged():
    scope = Scope(with_model(["*"]))
    assert scope.covers(["fr"], ["built-in", "other"])
    assert not scope.covers(["fr"], ["built-in"])
    assert not Scope(with_model(["de"])).covers(["fr"], ["built-in", "other"])


def test_two_models_cover_a_mixed_text_together():
    assert Scope(with_model(["fr"])).covers(["en", "fr"], ["built-in", "other"])
    assert not Scope(with_model(["fr"])).covers(["en", "fr"], ["other"])


def test_a_model_without_languages_reads_those_of_the_policy():
    scope = Scope(with_model([]))
    assert scope.covers(["en"], ["other"])
    assert not scope.covers(["fr"], ["other"])


def test_a_model_that_does_not_judge_the_whole_covers_nothing():
    model = ExternalModel(
        url="http://127.0.0.1:9", detector="d", labels={"hap": "hate"}, languages=["*"]
    )
    scope = Scope(SafetyPolicy(models=ModelsPolicy(external={"other": model})))
    assert not scope.covers(["fr"], ["built-in", "other"])


def test_a_finding_is_never_left_open():
    scope = Scope(SafetyPolicy(thresholds_prompt={"unsafe": 0.5}))
    assert scope.leaves_open("prompt", {"unsafe": 0.4}, ["fr"])
    assert not scope.leaves_open("prompt", {"unsafe": 0.6}, ["fr"])
    assert not scope.leaves_open("prompt", {"unsafe": 0.4}, ["en"])


@pytest.mark.parametrize("code", ["EN", "english", "", "e", "en-GB"])
def test_what_is_no_language_code_is_refused(code):
    with pytest.raises(ValueError, match="ISO 639"):
        SafetyPolicy(languages=[code])
    with pytest.raises(ValueError, match="ISO 639"):
        with_model([code])
