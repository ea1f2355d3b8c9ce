"""Networks here and in a sandbox: counted, filled, fed."""

import pytest
import torch
from torch import nn

from autograder.judging import student_module


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
