"""Networks as lists of layers compute what torch's layers compute with the same weights."""

import math

import pytest
import torch
from torch import nn

from autograder.judging.networks import layers as ls
from helpers.random_weights import Place, set_random_weights


def both(layers, net, x, training=False):
    """(what the list of layers makes of x, what torch's network does), with the same weights."""
    set_random_weights(net, 5)
    net.train(training)
    made = ls.Net(layers, dtype=torch.float32)
    made.draw_parameters(ls.Weights(5))
    made.train(training)
    return made(x), net(x).detach()


def rows(*shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(1))


IMAGES = rows(3, 2, 6, 8)
PAIRS = {
    "linear": (
        [ls.Linear(n_in=5, n_out=3), ls.Linear(n_in=3, n_out=3), ls.Linear(n_in=3, n_out=3)],
        lambda: nn.Sequential(nn.Linear(5, 3), nn.Linear(3, 3), nn.Linear(3, 3)),
        rows(4, 5),
    ),
    "no bias": (
        [ls.Linear(n_in=5, n_out=3, bias=False)],
        lambda: nn.Linear(5, 3, bias=False),
        rows(4, 5),
    ),
    "convolution": (
        [ls.Conv(n_in=2, n_out=4, kernel=3, stride=2, padding=1)],
        lambda: nn.Conv2d(2, 4, 3, stride=2, padding=1),
        IMAGES,
    ),
    "defaults of a convolution": (
        [ls.Conv(n_in=2, n_out=4)],
        lambda: nn.Conv2d(2, 4, 3),
        IMAGES,
    ),
    "transposed": (
        [ls.ConvTranspose(n_in=2, n_out=4, kernel=4, stride=2, padding=1)],
        lambda: nn.ConvTranspose2d(2, 4, 4, stride=2, padding=1),
        IMAGES,
    ),
    "norm of images": ([ls.Norm(width=2)], lambda: nn.BatchNorm2d(2), IMAGES),
    "norm without weights": (
        [ls.Norm(width=2, affine=False)],
        lambda: nn.BatchNorm2d(2, affine=False),
        IMAGES,
    ),
    "norm of rows": ([ls.Norm(width=5, eps=0.1)], lambda: nn.BatchNorm1d(5, eps=0.1), rows(4, 5)),
    "max pooling": ([ls.Pool()], lambda: nn.MaxPool2d(2), IMAGES),
    "average pooling": (
        [ls.Pool(kind="average", size=3, stride=1, padding=1)],
        lambda: nn.AvgPool2d(3, stride=1, padding=1),
        IMAGES,
    ),
    "flat": ([ls.Flatten()], lambda: nn.Flatten(), IMAGES),
    "unflat": ([ls.Unflatten(sizes=(2, 3))], lambda: nn.Unflatten(1, (2, 3)), rows(4, 6)),
    "leaky": (
        [ls.Activation(kind="LeakyReLU", slope=0.2)],
        lambda: nn.LeakyReLU(0.2),
        rows(3, 4) - 0.5,
    ),
}
KINDS = {"Swish": nn.SiLU, "Softmax": lambda: nn.Softmax(1)}
NAMES = ("ReLU", "Tanh", "Sigmoid", "Swish", "GELU", "ELU", "Softplus", "Softmax")
for kind in NAMES:
    PAIRS[kind] = (
        [ls.Activation(kind=kind)],
        KINDS.get(kind) or getattr(nn, kind),
        4 * rows(3, 4) - 2,
    )


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", PAIRS)
def test_a_layer_computes_what_torchs_does(name, training):
    layers, build, x = PAIRS[name]
    ours, theirs = both(layers, build(), x, training)
    assert torch.allclose(ours, theirs, 1e-5, 1e-6)
    net = ls.Net(layers)
    assert net.parameter_count() == sum(p.numel() for p in build().parameters())


def test_axes_in_another_order():
    x = rows(2, 3, 4, 5)
    assert torch.equal(ls.Net([ls.Flatten(order=(0, 2, 3, 1))])(x), x.double().permute(
        0, 2, 3, 1
    ).flatten(1))  # fmt: skip
    flat = rows(2, 6)
    made = ls.Net([ls.Unflatten(sizes=(3, 2), order=(0, 2, 1))])(flat)
    assert torch.equal(made, flat.double().unflatten(1, (3, 2)).transpose(1, 2))
    assert made.is_contiguous()
    ones = rows(1, 3, 1)
    assert ls.Net([ls.Squeeze()])(ones).shape == (1, 3)
    assert ls.Net([ls.Squeeze(every=True)])(ones).shape == (3,)


def test_a_norm_may_look_at_the_batch_in_evaluation_mode_too():
    x = rows(4, 5)
    net = ls.Net([ls.Norm(width=5, always=True, affine=False)]).eval()
    made = net(x)
    assert torch.allclose(made.mean(0), torch.zeros(5).double(), atol=1e-6)
    assert torch.allclose(made.var(0, unbiased=False), torch.ones(5).double(), atol=1e-3)


@pytest.mark.parametrize(
    ("layer", "training", "drops"),
    [
        (ls.Dropout(), True, True),
        (ls.Dropout(), False, False),
        (ls.Dropout(always=True), False, True),
    ],
)
def test_dropout_drops_a_share_in_training_mode_or_always(layer, training, drops):
    torch.manual_seed(0)
    made = ls.Net([layer]).train(training)(torch.ones(1, 10_000))
    share = (made == 0).double().mean().item()
    assert (0.27 < share < 0.33) if drops else share == 0


def test_what_is_random_is_computed_anew_and_all_behind_it():
    layers = [ls.Linear(n_in=5, n_out=5), ls.Dropout(), ls.Linear(n_in=5, n_out=5)]
    net, x = ls.Net(layers), rows(4, 5)
    assert not torch.equal(net(x), net(x))
    assert len(net.weights.computed) == 1  # nothing behind the first layer is kept
    net.eval()
    assert torch.equal(net(x), net(x))


def test_networks_with_the_same_weights_share_what_they_have_computed():
    weights, x = ls.Weights(0), rows(2, 5).double()
    layers = ls.numbered([ls.Linear(n_in=5, n_out=4), ls.Activation(), ls.Linear(n_in=4, n_out=1)])
    first = ls.run(layers, x, weights, True)
    assert len(weights.computed) == 3
    # Another end: only it is new. Training mode makes no difference here.
    changed = ls.numbered([*layers[:2], ls.Linear(n_in=4, n_out=2)])
    assert ls.run(changed, x, weights, False).shape == (2, 2) and len(weights.computed) == 4
    assert torch.equal(ls.run(layers, x, weights, False), first)
    ls.run(layers, x.float(), weights, False)
    ls.run(layers, x + 1, weights, False)
    assert len(weights.computed) == 10


def test_layers_of_one_shape_are_numbered_and_a_second_use_is_none():
    same = ls.Linear(n_in=3, n_out=3)
    norm = ls.Norm(width=3)
    made = ls.numbered([same, norm, same, ls.Linear(n_in=3, n_out=3, again=True), norm, same])
    assert [each.number for each in made] == [0, 0, 1, 0, 1, 2]
    assert ls.size(made) == 3 * 12 + 2 * 6
    assert made[2].places() == [
        Place((3, 3), "weight", (3, 3), 1),
        Place((3,), "bias", (3, 3), 1),
    ]
    assert made[4].places() == [Place((3,), "scale", (3,), 1), Place((3,), "bias", (3,), 1)]
    transposed = ls.ConvTranspose(n_in=2, n_out=5, kernel=4)
    assert (transposed.shape, transposed.places()[1].shape) == ((2, 5, 4, 4), (5,))
    assert ls.Conv(n_in=2, n_out=5, kernel=4).shape == (5, 2, 4, 4)
    assert ls.Linear(n_in=2, n_out=5).shape == (5, 2) and ls.Flatten().shape is None


def test_parameters_that_are_all_one_number():
    net = ls.Net([ls.Linear(n_in=3, n_out=2), ls.Norm(width=2)]).eval()
    net.fill_parameters(0.5)
    # 3 inputs and a bias of 0.5; then scale and bias 0.5 of a new network's statistics.
    made = net(torch.ones(1, 3))
    assert made.tolist() == [[pytest.approx(0.5 * 2 / math.sqrt(1 + 1e-5) + 0.5)] * 2]
    assert made.dtype == torch.float64


def test_a_network_takes_its_seed_and_its_dtype():
    layers, x = [ls.Linear(n_in=3, n_out=2)], rows(1, 3)
    one, other = ls.Net(layers, 1)(x), ls.Net(layers, 2)(x)
    assert not torch.equal(one, other) and torch.equal(one, ls.Net(layers, 1)(x))
    assert torch.equal(ls.Net(layers)(x), ls.Net(layers, 0)(x))
    assert ls.Net(layers, 1, torch.float32)(x).dtype == torch.float32


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (ls.Linear(), "linear layer"),
        (ls.Conv(), "convolution"),
        (ls.ConvTranspose(), "transposed convolution"),
        (ls.Norm(), "batch normalisation"),
        (ls.Activation(kind="Tanh"), "Tanh"),
        (ls.Activation(kind="LeakyReLU", slope=0.25), "LeakyReLU(0.25)"),
        (ls.Pool(kind="average"), "average pooling"),
        (ls.Flatten(), "flatten"),
    ],
)
def test_what_a_layer_is_called(layer, name):
    assert str(layer) == name


def test_a_layer_of_which_nothing_is_said_is_small_and_as_torchs_is():
    assert [place.shape for place in ls.Linear().places()] == [(1, 1), (1,)]
    assert [place.shape for place in ls.Conv().places()] == [(1, 1, 3, 3), (1,)]
    assert [place.shape for place in ls.Norm().places()] == [(1,), (1,)]
    x = rows(2, 1, 5, 5).double()
    net = ls.Net([ls.Conv()])
    weight, bias = (net.weights.at(place, x.dtype) for place in net.layers[0].places())
    torch.testing.assert_close(net(x), torch.nn.functional.conv2d(x, weight, bias))
    assert torch.equal(ls.Net([ls.Pool()])(x), torch.nn.functional.max_pool2d(x, 2))
    turned = ls.Net([ls.Activation(), ls.Activation(kind="LeakyReLU")])(x - 0.5)
    assert torch.equal(turned, torch.relu(x - 0.5))
    leaky = ls.Net([ls.Activation(kind="LeakyReLU")])(x - 0.5)
    assert torch.equal(leaky, torch.nn.functional.leaky_relu(x - 0.5))
    assert ls.Net([ls.Unflatten(sizes=(5, 1))])(rows(2, 5)).shape == (2, 5, 1)
