"""What networks have computed is kept in a bounded part of the memory."""

from collections import OrderedDict

import pytest
import torch

from autograder.judging.networks import layers as ls
from autograder.judging.networks import recent
from autograder.judging.networks.recent import Recent

NUMBER = torch.zeros(1).nbytes


@pytest.fixture(autouse=True)
def room_for_three(monkeypatch):
    monkeypatch.setattr(recent, "_kept", OrderedDict())
    monkeypatch.setattr(recent, "_bytes", 0)
    monkeypatch.setattr(recent, "MOST", 3 * NUMBER)


def values(kept, *keys):
    return [None if (found := kept.get(key)) is None else found.item() for key in keys]


def test_of_all_together_those_used_last_are_kept():
    one, other = Recent(), Recent()
    for kept, key, number in (one, "a", 1.0), (other, "a", 2.0), (one, "b", 3.0):
        assert kept.keep(key, torch.tensor([number])).item() == number
    assert values(one, "a") == [1.0]  # it was used now
    other.keep("c", torch.tensor([4.0]))
    assert values(one, "a", "b") == [1.0, 3.0] and values(other, "a", "c") == [None, 4.0]
    assert (len(one), len(other)) == (2, 1) and "b" in one and "b" not in other


def test_a_key_is_counted_once():
    kept = Recent()
    for _ in range(5):
        kept.keep("a", torch.zeros(2))
    kept.keep("b", torch.zeros(1))
    assert len(kept) == 2 and recent._bytes == 3 * NUMBER


def test_what_is_too_large_for_all_room_is_not_kept():
    kept = Recent()
    kept.keep("a", torch.zeros(1))
    kept.keep("b", torch.zeros(4))
    assert (len(kept), recent._bytes) == (0, 0)


def test_a_network_gives_the_same_with_no_room_at_all(monkeypatch):
    x = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
    layers = ls.numbered([ls.Linear(n_in=5, n_out=4), ls.Activation(), ls.Linear(n_in=4, n_out=1)])
    small = ls.run(layers, x, ls.Weights(1), False)
    monkeypatch.setattr(recent, "MOST", 1 << 20)
    weights = ls.Weights(1)
    roomy = [ls.run(layers, x, weights, False) for _ in range(2)]
    assert len(weights.computed) == 3
    assert all(torch.equal(each, small) for each in roomy)
