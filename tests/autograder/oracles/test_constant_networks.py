"""Networks in closed form against the same networks in torch, in float64."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from autograder.oracles.networks import (
    ConstantConvClassifier,
    ConstantDCGenerator,
    ConstantMLP,
    double,
    leaky,
)

OUTPUTS = {"identity": nn.Identity, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


def at(net, constant, x):
    """(number of parameters, output) of a torch network whose parameters are all equal."""
    net = net.double().eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(constant)
        return sum(parameter.numel() for parameter in net.parameters()), net(x).flatten(1)


def noise(*shape):
    generator = torch.Generator().manual_seed(0)
    return torch.rand(*shape, generator=generator, dtype=torch.float64) * 1.4 - 0.5


def agree(closed, net, constant, x):
    count, out = at(net, constant, x)
    assert closed.parameter_count() == count
    torch.testing.assert_close(closed.forward_at(constant, x), out)


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("slope", [0.0, 0.01, 0.2, 1.0])
@pytest.mark.parametrize("constant", [0.05, -0.04])
def test_fully_connected(constant, slope, output):
    widths = (12, 7, 5, 3)
    net = nn.Sequential(
        nn.Flatten(),
        *(nn.Linear(12, 7), nn.LeakyReLU(slope)),
        *(nn.Linear(7, 5), nn.LeakyReLU(slope)),
        *(nn.Linear(5, 3), OUTPUTS[output]()),
    )
    agree(ConstantMLP(widths, slope, output), net, constant, noise(6, 1, 3, 4) * 3)


def test_the_two_networks_of_the_assignment_have_the_published_sizes():
    assert ConstantMLP((784, 256, 256, 1), 0.01).parameter_count() == 267_009
    assert ConstantMLP((4, 1024, 1024, 784), 0.0).parameter_count() == 1_858_320
    assert ConstantConvClassifier().parameter_count() == 1_102_721
    assert ConstantDCGenerator(4).parameter_count() == 6_580_801


def test_without_flatten_images_are_refused():
    closed = ConstantMLP((784, 4, 1), 0.01, flatten=False)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        closed.forward_at(0.1, noise(2, 1, 28, 28))


@pytest.mark.parametrize("pooled", [True, False])
@pytest.mark.parametrize("constant, slope", [(0.004, 0.01), (-0.006, 0.01), (-0.006, 0.2)])
def test_convolutional_classifier_on_grey_images(constant, slope, pooled):
    pool, side = (nn.MaxPool2d(2), 4) if pooled else (nn.Identity(), 20)
    net = nn.Sequential(
        *(nn.Conv2d(1, 32, 5), nn.LeakyReLU(slope), pool),
        *(nn.Conv2d(32, 64, 5), nn.LeakyReLU(slope), pool),
        *(nn.Flatten(), nn.Linear(64 * side * side, 1024), nn.LeakyReLU(slope)),
        nn.Linear(1024, 1),
    )
    grey = torch.tensor([0.8, -0.5, 0.3]).double().reshape(3, 1, 1, 1).expand(3, 1, 28, 28)
    agree(ConstantConvClassifier(slope, pooled=pooled), net, constant, grey)


def activation(width, norm, first, dims=1):
    batch_norm = nn.BatchNorm1d(width) if dims == 1 else nn.BatchNorm2d(width)
    layers = [nn.ReLU(), batch_norm] if norm else [nn.ReLU()]
    return reversed(layers) if first else layers


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("norm, first", [(True, False), (True, True), (False, False)])
@pytest.mark.parametrize("constant", [0.03, -0.02])
def test_convolutional_generator(constant, norm, first, output):
    net = nn.Sequential(
        *(nn.Linear(4, 1024), *activation(1024, norm, first)),
        *(nn.Linear(1024, 6272), *activation(6272, norm, first)),
        nn.Unflatten(1, (128, 7, 7)),
        *(nn.ConvTranspose2d(128, 64, 4, 2, 1), *activation(64, norm, first, dims=2)),
        *(nn.ConvTranspose2d(64, 1, 4, 2, 1), OUTPUTS[output]()),
    )
    closed = ConstantDCGenerator(4, output, norm=norm, norm_first=first)
    agree(closed, net, constant, noise(3, 4))


@pytest.mark.parametrize(
    "closed", [ConstantConvClassifier(batch=4), ConstantDCGenerator(4, batch=4)]
)
def test_a_batch_size_baked_in(closed):
    assert len(closed.forward_at(0.01, noise(4, 4))) == 4
    with pytest.raises(RuntimeError):
        closed.forward_at(0.01, noise(3, 4))


def test_double_is_a_transposed_convolution_of_ones():
    picture = noise(2, 5, 5)
    kernel = torch.ones(1, 1, 4, 4, dtype=torch.float64)
    expected = functional.conv_transpose2d(picture[:, None], kernel, stride=2, padding=1)[:, 0]
    torch.testing.assert_close(double(picture), expected)


@pytest.mark.parametrize("slope", [0.0, 0.01, 1.0])
def test_leaky(slope):
    h = noise(50)
    torch.testing.assert_close(leaky(h, slope), functional.leaky_relu(h, slope))
