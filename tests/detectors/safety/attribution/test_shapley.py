from itertools import permutations

import numpy as np
import pytest

from detectors.safety.attribution.shapley import shapley

PLAYERS = 6


def game(seed=0, players=PLAYERS):
    """A game with effects of single players, of pairs and of a bend over all of them."""
    draw = np.random.default_rng(seed)
    alone, together = draw.normal(size=players), draw.normal(size=(players, players))

    def worth(rows):
        x = rows.astype(float)
        return x @ alone + ((x @ together) * x).sum(axis=1) + np.sin(x.sum(axis=1))

    return worth


def by_definition(worth, players):
    """The mean over all orders of what each player changes when it enters."""
    gained = np.zeros(players)
    orders = list(permutations(range(players)))
    for order in orders:
        row, before = np.zeros((1, players), dtype=bool), None
        before = worth(row)[0]
        for player in order:
            row[0, player] = True
            after = worth(row)[0]
            gained[player] += after - before
            before = after
    return gained / len(orders)


def test_few_players_get_the_values_of_the_definition():
    found = shapley(game(), PLAYERS, passes=1 << PLAYERS, seed=1)
    assert found.exact
    assert found.asked == 1 << PLAYERS
    assert found.values == pytest.approx(by_definition(game(), PLAYERS), abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_sampled_values_are_within_their_errors_of_the_definition(seed):
    found = shapley(game(), PLAYERS, passes=60, seed=seed)
    exact = by_definition(game(), PLAYERS)
    assert not found.exact
    assert (found.errors > 0).any()
    assert (np.abs(found.values - exact) <= 5 * found.errors + 0.05).all()


def test_more_passes_bring_the_values_closer():
    exact = by_definition(game(2, 7), 7)
    off = [
        np.mean(
            [
                np.abs(shapley(game(2, 7), 7, passes=passes, seed=s).values - exact).mean()
                for s in range(12)
            ]
        )
        for passes in (30, 120)
    ]
    assert off[1] < 0.7 * off[0]


@pytest.mark.parametrize("passes", [1, 50, 1 << 12])
def test_the_values_add_up_however_few_orders_were_drawn(passes):
    found = shapley(game(3, 12), 12, passes=passes, seed=1)
    assert found.empty + found.values.sum() == pytest.approx(found.whole, abs=1e-9)


def test_a_sum_of_players_comes_out_exactly_from_any_orders():
    alone = np.arange(20.0)
    found = shapley(lambda rows: rows @ alone, 20, passes=80, seed=1)
    assert found.values == pytest.approx(alone, abs=1e-9)
    assert found.errors == pytest.approx(np.zeros(20), abs=1e-9)


def test_the_same_seed_gives_the_same_values_and_another_others():
    one, same, other = (shapley(game(4, 14), 14, passes=100, seed=s).values for s in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_no_coalition_is_asked_for_twice_and_no_more_than_allowed():
    asked = []

    def worth(rows):
        asked.extend(row.tobytes() for row in rows)
        return game(5, 10)(rows)

    found = shapley(worth, 10, passes=200, seed=1)
    assert len(asked) == len(set(asked)) == found.asked <= 200


def test_it_ends_when_told_but_not_without_an_error_to_tell():
    found = shapley(game(6, 16), 16, passes=10_000, seed=1, enough=lambda: True)
    assert found.asked <= 2 + 4 * 15
    assert np.isfinite(found.errors).all()
    assert found.empty + found.values.sum() == pytest.approx(found.whole, abs=1e-9)
