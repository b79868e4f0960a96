"""The score stage with the built-in models, and exchanges for it."""

import pytest
from exchanges import make_exchange


@pytest.fixture(scope="session")
def stage():
    from monitor.pipeline.score import ScoreStage

    return ScoreStage.load()


@pytest.fixture
def exchange():
    """A maker of exchanges: the same number, the same exchange."""
    return make_exchange
