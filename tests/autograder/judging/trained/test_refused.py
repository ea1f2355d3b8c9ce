"""What is refused of pictures, by its name; functions stand for networks."""

from types import SimpleNamespace

import pytest
import torch

from autograder.judging.trained.pictures import Pictures
from autograder.judging.trained.rejection import Refused
from helpers.quality import trained as measures

PICTURES = Pictures(size=4)
FULL = torch.linspace(-1, 1, 784).repeat(3, 1)


def refused(work):
    with pytest.raises(Refused) as caught:
        work()
    assert caught.value.sentence.endswith(".")
    return caught.value.name


def network(ask):
    return SimpleNamespace(ask=lambda *given, method: ask(*given))


@pytest.mark.parametrize(
    "drawn, name",
    [
        (None, "another result"),
        ((FULL, FULL), "another result"),
        (FULL[:, 1:], "another result"),
        (FULL * 1.02, "pixels out of range"),
        (FULL * 0.5 - 0.6, "pixels out of range"),
    ],
)
def test_what_is_no_picture(drawn, name):
    assert refused(lambda: PICTURES.draw(network(lambda z: drawn), [torch.zeros(3, 4)])) == name


def test_what_is_a_picture_but_for_rounding():
    drawn = FULL * 1.009
    assert PICTURES.draw(network(lambda z: drawn), [torch.zeros(3, 4)]) is drawn
    from_zero = Pictures(size=4, low=0.0)
    name = refused(lambda: from_zero.draw(network(lambda z: FULL), [torch.zeros(3, 4)]))
    assert name == "pixels out of range"


def test_the_same_noise_has_the_same_picture_whatever_is_beside_it():
    source, calls = torch.Generator().manual_seed(0), []

    def own(z):
        return z[:, :1].tanh().expand(-1, 784)

    def with_neighbours(z):
        return own(z - z.mean(0))

    def counting(z):
        calls.append(len(z))
        return own(z + len(calls))

    given = PICTURES.inputs(64, source)
    PICTURES.require_same_again(network(own), given, own(*given), source)
    for ask, name in (
        (with_neighbours, "a picture depends on its neighbours"),
        (counting, "a picture depends on when it is asked for"),
    ):
        drawn = ask(*given)
        work = lambda ask=ask, drawn=drawn: PICTURES.require_same_again(  # noqa: E731
            network(ask), given, drawn, source
        )
        assert refused(work) == name


@pytest.mark.parametrize(
    "frechet, random, as_many, balance, name",
    [
        (50.0, 90.0, 60.0, 0.9, "pictures without the weights"),
        # They are clearly worse, or it is known where its own come from.
        (50.0, 91.0, 60.0, 0.9, None),
        (50.0, 50.0, None, 0.9, None),
        (170.0, 200.0, 170.0, 0.9, "untrained"),
        (170.0, 200.0, None, 0.9, "untrained"),
        (50.0, 200.0, 60.0, 0.1, "one class only"),
        (150.0, 200.0, 150.0, 0.9, None),
        (50.0, 101.0, 90.0, 0.2, None),
    ],
)
def test_which_failure_has_a_name(frechet, random, as_many, balance, name):
    found = {measures.FRECHET: frechet, measures.BALANCE: balance}

    def work():
        PICTURES._name_what_failed(found, random, as_many, {measures.FRECHET: 100.0})

    if name is None:
        work()
    else:
        assert refused(work) == name
