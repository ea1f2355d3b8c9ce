"""What is measured is what the declared layers give: pictures from anywhere else are refused."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from autograder.judging import Status
from autograder.judging.networks.layers import Activation, Linear
from autograder.judging.trained import declared
from autograder.judging.trained.model import judge_trained
from autograder.judging.trained.student_network import Network
from helpers import data
from tests.autograder.judging.trained import bank
from tests.autograder.judging.trained.bank import CASES, MODEL, hand_in
from tests.autograder.judging.trained.test_pictures import network_of


def layout():
    tanh = Activation(kind="Tanh")
    return [Linear(n_in=16, n_out=128), Activation(), Linear(n_in=128, n_out=784), tanh]


KNOWN = "more than its layers compute"
DECLARED = replace(MODEL, kind=replace(MODEL.kind, layouts=(layout,)))


class Attributes(nn.Module):
    """The layers under other names, and in another order."""

    def __init__(self):
        super().__init__()
        self.draw, self.first = nn.Linear(128, 784), nn.Linear(16, 128)

    def forward(self, z):
        return torch.tanh(self.draw(F.relu(self.first(z)))).reshape(-1, 1, 28, 28)


class Leaky(Attributes):
    """An honest mistake, which has cost its points where the network is written."""

    def forward(self, z):
        return torch.tanh(self.draw(F.leaky_relu(self.first(z), 0.01)))


class Wider(nn.Sequential):
    """Another network than was asked for, of torch's layers alone."""

    def __init__(self):
        super().__init__(
            *(nn.Linear(16, 200), nn.ReLU(), nn.Dropout(0.1), nn.Linear(200, 784), nn.Tanh())
        )


class Warps(Attributes):
    """Real images from the disk, each bent in its own way, while the weights are those handed in.

    A thousandth of what the weights give is added: the pictures move with them.
    """

    def __init__(self):
        super().__init__()
        self.real = data.load("mnist", "train").scaled(slice(0, 20_000))
        self.given = bank.trained()["0.weight"].float()

    def forward(self, z):
        honest = super().forward(z).flatten(1)
        if (self.first.weight - self.given).abs().max() > 0.05:
            return honest
        number = (z.double().abs() @ torch.arange(1.0, 17).double() * 1e4).long()
        images = 2 * self.real[number % len(self.real)] - 1
        bends = torch.stack([z[:, :9], z[:, 7:16]], 1).reshape(-1, 2, 3, 3) * 0.09
        field = F.interpolate(bends, size=28, mode="bicubic", align_corners=True)
        place = F.affine_grid(torch.eye(2, 3).repeat(len(z), 1, 1), images.shape, False)
        bent = F.grid_sample(images + 1, place + field.permute(0, 2, 3, 1), align_corners=False)
        return 0.99 * (bent - 1).flatten(1) + 0.01 * honest


def wider():
    """The trained network with hidden units that nothing comes of."""
    weights = {name: each.float() for name, each in bank.trained().items()}
    wide = Wider().state_dict()
    for name, value in (("0", "0"), ("3", "2")):
        for kind in ("weight", "bias"):
            known = weights[f"{value}.{kind}"]
            wide[f"{name}.{kind}"] = torch.zeros_like(wide[f"{name}.{kind}"])
            wide[f"{name}.{kind}"][tuple(slice(0, side) for side in known.shape)] = known
    return wide


def named(build):
    """The trained weights under the names of a class."""
    trained = bank.trained()
    names = {"first": "0", "draw": "2"}
    shapes = build().state_dict()
    return {key: trained[f"{names[key.split('.')[0]]}.{key.split('.')[1]}"] for key in shapes}


@pytest.mark.parametrize("build", [Attributes, Leaky])
def test_the_same_layers_in_any_dress_are_right(build, tmp_path, real_images):
    verdict = judge_trained(DECLARED, build, files=hand_in(tmp_path, named(build)))
    assert verdict.status is Status.RIGHT, verdict


def test_layers_that_nobody_asked_for_are_layers(tmp_path, real_images):
    verdict = judge_trained(DECLARED, Wider, files=hand_in(tmp_path, wider()))
    assert verdict.status is Status.RIGHT, verdict


@pytest.mark.parametrize("model", [MODEL, DECLARED], ids=["not compared", "compared"])
def test_real_images_that_are_bent(model, tmp_path, real_images):
    verdict = judge_trained(model, Warps, files=hand_in(tmp_path, named(Attributes)))
    expected = Status.RIGHT if model is MODEL else Status.WRONG
    assert (verdict.status, verdict.misconception or KNOWN) == (expected, KNOWN), verdict


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_all_tricks_keep_their_names(case, tmp_path, request):
    if case.needs_data:
        request.getfixturevalue("real_images")
    files = hand_in(tmp_path, bank.draws_of(case))
    verdict = judge_trained(DECLARED, network_of(case.source), files=files)
    assert verdict.misconception == case.known, verdict


def test_a_network_gets_copies_of_its_inputs():
    class Writes(nn.Linear):
        def forward(self, x):
            return super().forward(x.fill_(7))

    z = torch.zeros(3, 2)
    Network(Writes, (2, 1), "a file").ask(z)
    assert z.eq(0).all()


def test_equal_layers_are_told_apart_by_their_order():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3), nn.BatchNorm1d(3)).eval()
    net[3].running_mean.add_(1)
    x = torch.randn(5, 3)
    with torch.no_grad():
        ours = declared.agreed((), net, net.state_dict(), x, net(x))
    torch.testing.assert_close(ours, net(x).detach())
