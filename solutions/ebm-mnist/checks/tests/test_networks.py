"""The oracle of the energy network against a closed form for equal parameters, and its count."""

from dataclasses import replace

import pytest
import torch

from autograder.judging.networks.layers import Activation, Net, Squeeze

from .. import networks

SILU = torch.nn.functional.silu
ACTIVATIONS = {"Swish": SILU, "ReLU": torch.relu}


def images(n):
    generator = torch.Generator().manual_seed(0)
    return 2 * torch.rand(n, 1, 28, 28, generator=generator, dtype=torch.float64) - 1


def filled(constant, activation="Swish", last=(), padding=4):
    layers = networks.energy_layers(squeezed=None)
    layers = [Activation(kind=activation) if isinstance(one, Activation) else one for one in layers]
    layers[0] = replace(layers[0], padding=padding)
    net = Net([*layers, *last, Squeeze()])
    net.fill_parameters(constant)
    return net


def with_equal_parameters(constant, x, activation, padding):
    """f(x), (N,), before anything behind the last layer: one channel stands for all of a layer."""
    h, channels = x[:, 0], 1
    for kernel, pad, outputs in ((5, padding, 16), (3, 1, 32), (3, 1, 64), (3, 1, 64)):
        h = activation(constant * channels * windows(h, kernel, pad) + constant)
        channels = outputs
    hidden = activation(constant * channels * h.flatten(1).sum(1) + constant)
    return constant * 64 * hidden + constant


def windows(picture, kernel, pad):
    """Convolution with a kernel of ones, stride 2: (N, s, s) -> (N, t, t)."""
    side = picture.shape[-1]
    places = (side + 2 * pad - kernel) // 2 + 1
    reach = torch.zeros(places, side, dtype=picture.dtype)
    for i in range(places):
        reach[i, max(2 * i - pad, 0) : max(2 * i - pad + kernel, 0)] = 1
    return reach @ picture @ reach.T


@pytest.mark.parametrize("constant", [0.02, -0.03])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("padding", range(5))
def test_the_module_with_equal_parameters(activation, padding, constant):
    x = images(3)
    net = filled(constant, activation, padding=padding)
    expected = with_equal_parameters(constant, x, ACTIVATIONS[activation], padding)
    torch.testing.assert_close(net(x), expected)


@pytest.mark.parametrize(("kind", "last"), [("Sigmoid", torch.sigmoid), ("Swish", SILU)])
def test_what_is_behind_the_last_layer(kind, last):
    x = images(2)
    expected = last(with_equal_parameters(-0.03, x, SILU, 4))
    torch.testing.assert_close(filled(-0.03, last=[Activation(kind=kind)])(x), expected)


@pytest.mark.parametrize(
    ("squeezed", "of_two", "of_one"),
    [
        ("the last axis", (2,), (1,)),
        ("every axis of size 1", (2,), ()),
        (None, (2, 1), (1, 1)),
    ],
)
def test_the_shape_of_the_output(squeezed, of_two, of_one):
    net = Net(networks.energy_layers(squeezed=squeezed))
    assert (net(images(2)).shape, net(images(1)).shape) == (of_two, of_one)


def test_a_batch_in_float32_is_taken_as_float64():
    net, x = filled(0.02), images(2).float()
    assert torch.equal(net(x), net(x.double())) and net(x).dtype == torch.float64


def test_the_count_of_the_table():
    assert Net(networks.energy_layers()).parameter_count() == 76_993
