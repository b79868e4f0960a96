"""Our shares beside those of Captum (Kokhlikyan et al., 2020), where it is installed."""

import numpy as np
import pytest

from detectors.safety import builtin
from detectors.safety.attribution.case import case_of
from detectors.safety.attribution.shapley import shapley

torch = pytest.importorskip("torch")
captum = pytest.importorskip("captum.attr")

WORDS, DIMENSIONS = 6, 8


class Twin(torch.nn.Module):
    """A bag of word vectors, over the root of their number, through a small network."""

    def __init__(self, words, seed=0):
        super().__init__()
        torch.manual_seed(seed)
        self.vectors = torch.nn.Parameter(torch.randn(words, DIMENSIONS, dtype=torch.float64))
        self.inner = torch.nn.Linear(DIMENSIONS, 16, dtype=torch.float64)
        self.outer = torch.nn.Linear(16, 1, dtype=torch.float64)

    def forward(self, kept):
        bag = kept @ self.vectors / (1.0 + kept.sum(dim=1, keepdim=True)).sqrt()
        return self.outer(torch.relu(self.inner(bag)))[:, 0]


def worth_by(model):
    def worth(rows):
        with torch.no_grad():
            return model(torch.from_numpy(rows.astype(np.float64))).numpy()

    return worth


def whole(words):
    return torch.ones(1, words, dtype=torch.float64)


def test_exact_values_are_those_of_captum():
    model = Twin(WORDS)
    theirs = captum.ShapleyValues(model).attribute(whole(WORDS))[0].detach().numpy()
    ours = shapley(worth_by(model), WORDS, passes=1 << WORDS, seed=0)
    assert ours.values == pytest.approx(theirs, abs=1e-5)  # they add up in single precision


def test_sampled_values_agree_with_those_that_captum_samples():
    words = 14
    model = Twin(words, seed=1)
    torch.manual_seed(0)
    sampling = captum.ShapleyValueSampling(model)
    theirs = sampling.attribute(whole(words), n_samples=600)[0].detach().numpy()
    ours = shapley(worth_by(model), words, passes=1000, seed=0)
    assert np.abs(ours.values - theirs).max() < 5 * ours.errors.max() + 0.02
    assert ours.values.sum() == pytest.approx(theirs.sum(), abs=1e-6)


def test_where_words_meet_in_pairs_only_integrated_gradients_say_the_same():
    torch.manual_seed(2)
    alone = torch.randn(WORDS, dtype=torch.float64)
    pairs = torch.randn(WORDS, WORDS, dtype=torch.float64).triu(1)

    def forward(kept):
        return kept @ alone + ((kept @ pairs) * kept).sum(dim=1)

    theirs, delta = captum.IntegratedGradients(forward).attribute(
        whole(WORDS), n_steps=20, return_convergence_delta=True
    )
    ours = shapley(worth_by(forward), WORDS, passes=1 << WORDS, seed=0)
    assert ours.values == pytest.approx(theirs[0].numpy(), abs=1e-6)
    assert float(delta.abs().max()) < 1e-6


@pytest.mark.parametrize("both", [True, False])
def test_shares_in_the_models_that_ship_are_those_of_captum(encoder, both):
    classifier = builtin.load(encoder, both=both)["prompt"]
    case = case_of(classifier, "I want to kill myself", "self_harm")

    def forward(kept):
        return torch.from_numpy(case.game(kept.numpy() > 0.5))

    words = len(case.parts)
    theirs = captum.ShapleyValues(forward).attribute(whole(words))[0].numpy()
    ours = shapley(case.game, words, passes=1 << words, seed=0)
    assert words == 5
    assert ours.values == pytest.approx(theirs, abs=1e-4)
