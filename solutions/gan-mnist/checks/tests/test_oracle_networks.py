"""The oracle's networks against closed forms, with all parameters equal."""

import pytest
import torch
from torch.nn import functional

from autograder.judging.networks.layers import Activation, Net, Norm
from autograder.judging.student_module import feed, fill, parameter_count

from .. import oracle_networks
from . import closed_form_networks as closed

OUTPUTS = ("identity", "tanh", "sigmoid")
D_WIDTHS, G_WIDTHS = (784, 256, 256, 1), (4, 1024, 1024, 784)


def uniform(*shape):
    """Float64, from -0.5 to 0.9."""
    generator = torch.Generator().manual_seed(0)
    return torch.rand(*shape, generator=generator, dtype=torch.float64) * 1.4 - 0.5


def agree(net, constant, x, expected):
    fill(net, constant)
    out = feed(net, x)
    assert out.dtype == torch.float64
    torch.testing.assert_close(out.flatten(1), expected)


def changed(layers, slope=None, output=None):
    """A network of these layers with LeakyReLU of this slope, and another last activation."""
    hidden = [one for one in layers if not (one is layers[-1] and isinstance(one, Activation))]
    if slope is not None:
        leaky = Activation(kind="LeakyReLU", slope=slope)
        hidden = [leaky if isinstance(one, Activation) else one for one in hidden]
    last = [] if output == "identity" else [Activation(kind=output.capitalize())]
    return Net([*hidden, *last])


def both_signs(shape):
    """Rows whose first pre-activations have both signs, so that both halves of a bend are seen."""
    x = uniform(*shape)
    return (
        x
        - x.mean()
        + torch.tensor([0.05, -0.05, 0.02, -0.01]).double().reshape(-1, *[1] * (x.dim() - 1))
    )


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("slope", [0.0, 0.01, 0.2, 1.0])
@pytest.mark.parametrize("constant", [0.01, -0.01])
def test_discriminator(constant, slope, output):
    net = changed(oracle_networks.discriminator_layers(), slope, output)
    for x in (both_signs((4, 784, 1)), both_signs((4, 1, 28, 28))):
        agree(net, constant, x, closed.mlp(x, constant, D_WIDTHS, slope, output))


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("slope", [0.0, 0.01, 1.0])
@pytest.mark.parametrize("constant", [0.005, -0.005])
def test_generator(constant, slope, output):
    z = 3 * uniform(5, 4)
    net = changed(oracle_networks.generator_layers(4), slope, output)
    agree(net, constant, z, closed.mlp(z, constant, G_WIDTHS, slope, output))


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("constant, slope", [(0.004, 0.01), (-0.006, 0.01), (-0.006, 0.2)])
def test_convolutional_classifier_on_grey_images(constant, slope, output):
    grey = torch.tensor([0.8, -0.5, 0.3]).double().reshape(3, 1, 1, 1).expand(3, 1, 28, 28)
    net = changed(oracle_networks.classifier_layers(), slope, output)
    agree(net, constant, grey, closed.classifier(grey, constant, slope, output))


def test_convolutional_classifier_without_pooling():
    grey = torch.tensor([0.8, -0.5]).double().reshape(2, 1, 1, 1).expand(2, 1, 28, 28)
    net = Net(oracle_networks.classifier_layers(pooled=(False, False)))
    assert parameter_count(net) == closed.classifier_size(pooled=False)
    agree(net, -0.006, grey, closed.classifier(grey, -0.006, pooled=False))


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("norm, first", [(True, False), (True, True), (False, False)])
@pytest.mark.parametrize("constant", [0.03, -0.02])
def test_convolutional_generator(constant, norm, first, output):
    z = uniform(3, 4)
    layers = oracle_networks.dc_generator_layers(4, norm_first=first)
    net = changed([one for one in layers if norm or not isinstance(one, Norm)], output=output)
    assert parameter_count(net) == closed.dc_generator_size(4, norm)
    agree(net, constant, z, closed.dc_generator(z, constant, output, norm, first))


def test_sizes_are_the_published_ones():
    for size, net, expected in (
        (267_009, oracle_networks.discriminator(), closed.mlp_size(D_WIDTHS)),
        (1_858_320, oracle_networks.generator(4), closed.mlp_size(G_WIDTHS)),
        (1_102_721, oracle_networks.build_dc_classifier(), closed.classifier_size()),
        (6_580_801, oracle_networks.build_dc_generator(4), closed.dc_generator_size(4)),
    ):
        assert size == parameter_count(net) == expected


@pytest.mark.parametrize(
    "build",
    [oracle_networks.generator, oracle_networks.build_dc_generator],
    ids=lambda f: f.__name__,
)
def test_noise_has_96_numbers_unless_told_otherwise(build):
    net = build()
    fill(net, 0.01)
    assert len(feed(net, uniform(2, 96))) == 2


def test_inputs_in_float32_are_computed_in_float64():
    net, x = oracle_networks.discriminator(), uniform(3, 1, 28, 28).float()
    fill(net, 0.01)
    assert torch.equal(feed(net, x), feed(net, x.double()))


@pytest.mark.parametrize("build", [oracle_networks.discriminator, oracle_networks.generator])
def test_a_seed_is_of_the_weights(build):
    x = uniform(2, 784) if build is oracle_networks.discriminator else uniform(2, 96)
    x = x.reshape(2, 1, 28, 28) if x.shape[1] == 784 else x
    outs = [feed(build(seed=seed), x) for seed in (5, 5, 6)]
    assert torch.equal(outs[0], outs[1]) and not torch.equal(outs[0], outs[2])


def test_double_is_a_transposed_convolution_of_ones():
    picture = uniform(2, 5, 5)
    kernel = torch.ones(1, 1, 4, 4, dtype=torch.float64)
    expected = functional.conv_transpose2d(picture[:, None], kernel, stride=2, padding=1)[:, 0]
    torch.testing.assert_close(closed.double(picture), expected)


@pytest.mark.parametrize("slope", [0.0, 0.01, 1.0])
def test_leaky(slope):
    h = uniform(50)
    torch.testing.assert_close(closed.leaky(h, slope), functional.leaky_relu(h, slope))
