import pytest

from detectors.safety.classifier import SafetyClassifier
from detectors.text.embedding import StaticEncoder


@pytest.fixture(scope="session")
def encoder():
    return StaticEncoder.load()


@pytest.fixture(scope="session")
def prompts(encoder):
    return SafetyClassifier.load("prompt", encoder=encoder)


@pytest.fixture(scope="session")
def responses(encoder):
    return SafetyClassifier.load("response", encoder=encoder)


@pytest.fixture(scope="session")
def score():
    def score(classifier, text, category="unsafe"):
        (labels,) = classifier.classify([text])
        return {label.name: label.score for label in labels}[category]

    return score
