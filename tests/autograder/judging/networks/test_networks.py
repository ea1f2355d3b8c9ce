"""Networks as functions: what is seen of them, and in whatever way they are called."""

import copy

import pytest
import torch
from torch import nn

from autograder.judging import Exercise, judge
from autograder.judging.networks import flaws
from autograder.judging.networks.calls import on_forward
from autograder.judging.networks.layers import Activation, Flatten, Linear, Net, Weights
from autograder.judging.networks.observers import (
    CHANGING,
    FUNCTION,
    NO_SEED,
    RANDOM,
    batches_probe,
    function,
    function_probe,
    seeds,
)
from helpers.toys import LabelledCritic, LinearGenerator


def layers():
    relu = Activation(kind="ReLU")
    sizes = ((12, 9), (9, 9), (9, 2))
    first, second, third = (Linear(n_in=n_in, n_out=n_out) for n_in, n_out in sizes)
    return [Flatten(), first, relu, second, relu, third]


def images(g):
    return 2 * torch.rand(4, 1, 3, 4, generator=g, dtype=torch.float64) - 1


OF = flaws.Flaws(layers)
EXERCISE = Exercise(
    id="test.network",
    truth="12-9-9-2",
    source="",
    points=1,
    probes=(function_probe(FUNCTION, images), batches_probe(images)),
    oracle=lambda: Net(layers()),
    misconceptions=(
        OF.missing_activation(),
        OF.family("another activation", "ReLU.", flaws.activation(*flaws.leaky(0.2))),
        OF.family("a tanh at the end", "None.", flaws.output("Tanh"), beside=True),
        OF.dropout_added(),
        OF.no_bias(),
        OF.one_batch_size(),
    ),
)


def net(*extra, second=None, rows=-1, bias=True):
    class Rows(nn.Module):
        def forward(self, x):
            return x.reshape(rows, 12)

    middle = [nn.ReLU()] if second is None else second
    hidden = [nn.Linear(12, 9), nn.ReLU(), nn.Linear(9, 9, bias=bias)]
    return lambda: nn.Sequential(Rows(), *hidden, *middle, nn.Linear(9, 2), *extra)


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (net(), None),
        (net(second=[]), "an activation missing"),
        (net(second=[nn.LeakyReLU(0.2)]), "another activation"),
        (net(nn.Tanh()), "a tanh at the end"),
        (net(nn.Tanh(), second=[]), "an activation missing & a tanh at the end"),
        (net(second=[nn.ReLU(), nn.Dropout(0.5)]), "a Dropout added"),
        (net(bias=False), "no bias"),
        (net(rows=64), "a batch size baked in"),
        (net(second=[], rows=64), "an activation missing & a batch size baked in"),
    ],
)
def test_what_is_wrong_is_named(build, name):
    for seed in range(3):
        verdict = judge(EXERCISE, build, seed=seed)
        assert verdict.is_right == (name is None) and verdict.misconception == name


def test_where_it_is_wrong_is_told():
    assert "after the second linear layer" in judge(EXERCISE, net(second=[])).message


def look(network, x, **options):
    inputs = {"arguments": (), "weights": Weights(1), "x": x, **options}
    return function(lambda: network, inputs)


@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_lazy_layers_learn_their_sizes_first():
    seen = look(nn.Sequential(nn.Flatten(), nn.LazyLinear(2)), torch.ones(3, 1, 2, 2))
    assert seen["number of parameters"] == 10 and seen["output"].shape == (3, 2)


def test_what_is_no_function_is_seen():
    class Counting(nn.Linear):
        calls = 0

        def forward(self, x):
            self.calls += 1
            return super().forward(x) + self.calls

    assert look(Counting(4, 2), torch.ones(3, 4))["output"] == CHANGING
    noisy = look(nn.Sequential(nn.Linear(4, 2), nn.Dropout(0.5)), torch.ones(3, 4))
    assert noisy["output"].shape == (3, 2) and noisy["output in training mode"] == RANDOM


def test_a_network_of_rows_may_have_rows():
    images = torch.ones(4, 1, 2, 2)
    assert look(nn.Linear(4, 1), images, or_flat=True)["output"].shape == (4, 1)
    with pytest.raises(RuntimeError):
        look(nn.Linear(4, 1), images)


def test_the_first_complaint_is_the_one_about_images():
    network = nn.Sequential(nn.Conv2d(1, 1, 2), nn.Flatten(), nn.Linear(9, 1))
    with pytest.raises(RuntimeError, match="3x1 and 9x1"):
        look(network, torch.ones(3, 1, 2, 2), or_flat=True)


def test_a_function_without_a_seed_is_remarked_on():
    inputs = {"x": torch.ones(2, 3), "arguments": ()}
    seen = seeds(lambda: nn.Linear(3, 1), inputs)
    assert seen[NO_SEED] is True and all(seen.values())
    ignored = seeds(lambda seed=None: nn.Linear(3, 1), inputs)
    assert False in ignored.values() and NO_SEED not in ignored


WAYS = {
    "m(x, y)": lambda m, x, y: m(x, y),
    "m(y=y, x=x)": lambda m, x, y: m(y=y, x=x),
    "m.forward": lambda m, x, y: m.forward(x, y),
    "m.__call__": lambda m, x, y: m.__call__(x, y=y),
    "functional_call": lambda m, x, y: torch.func.functional_call(m, dict(m.state_dict()), (x, y)),
    "a copy": lambda m, x, y: copy.deepcopy(m)(x, y),
    "by its class": lambda m, x, y: type(m).forward(m, x, y),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_calling_is_seen(way):
    critic, seen = LabelledCritic(torch.ones(3, 4)), []
    on_forward(critic, seen.append)
    x, y = torch.ones(2, 4), torch.tensor([0, 2])
    WAYS[way](critic, x, y)
    (given,) = seen
    assert given.keys() == {"x", "y"} and given["x"] is x and given["y"] is y
    assert type(critic).__name__ == "LabelledCritic" and isinstance(critic, LabelledCritic)


def test_a_call_within_another_module_is_seen():
    generator, seen = LinearGenerator(2.0), []
    on_forward(generator, seen.append)
    nn.Sequential(generator, nn.Flatten())(torch.ones(2, 3))
    assert [set(given) for given in seen] == [{"z"}]
