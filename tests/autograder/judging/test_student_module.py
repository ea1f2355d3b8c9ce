"""Networks here and in a sandbox: counted, filled, fed."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from autograder.judging import student_module
from helpers.random_weights import set_random_weights


class Counted(nn.Linear):
    """A student's layer that happens to have a method of this name."""

    def parameter_count(self):
        raise AssertionError("asked for")


class Elsewhere(student_module.FillsItself):
    def __init__(self):
        self.filled = []

    def parameter_count(self):
        return 7

    def fill_parameters(self, constant):
        self.filled.append(constant)


def test_in_this_process():
    net = Counted(3, 2)
    assert student_module.parameter_count(net) == 8
    student_module.fill(net, 0.5)
    assert {value for p in net.parameters() for value in p.flatten().tolist()} == {0.5}


def test_in_a_sandbox_the_network_counts_and_fills_itself():
    net = Elsewhere()
    assert student_module.parameter_count(net) == 7
    student_module.fill(net, 0.5)
    assert net.filled == [0.5]


@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_a_lazy_layer_has_no_size_yet():
    with pytest.raises(ValueError):
        student_module.parameter_count(nn.LazyLinear(2))


def test_feeding_evaluates_a_copy_without_gradients():
    net = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.9), nn.ReLU(inplace=True))
    student_module.fill(net, 0.5)
    x = torch.ones(2, 3)
    out = student_module.feed(net, x)
    assert out.tolist() == [[2.0] * 3] * 2 and not out.requires_grad
    student_module.feed(nn.ReLU(inplace=True), x.neg_())
    assert x.tolist() == [[-1.0] * 3] * 2


def test_random_weights_are_those_of_their_seed():
    def weights(net):
        return [each.tolist() for each in net.state_dict().values()]

    def drawn(seed):
        net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
        student_module.draw(net, SimpleNamespace(seed=seed))
        return weights(net)

    known = set_random_weights(nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)), 5)
    assert drawn(5) == weights(known) != drawn(6)


def test_in_a_sandbox_the_network_draws_its_weights_itself():
    net, asked = Elsewhere(), []
    net.draw_parameters = asked.append
    student_module.draw(net, "weights")
    assert asked == ["weights"]


def test_a_network_that_fills_itself_has_to_say_how():
    net = student_module.FillsItself()
    for ask in (
        lambda: student_module.parameter_count(net),
        lambda: student_module.fill(net, 1.0),
        lambda: student_module.draw(net, None),
    ):
        with pytest.raises(NotImplementedError):
            ask()
