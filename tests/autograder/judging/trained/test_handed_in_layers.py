"""What the layers of an exercise give with the tensors that were handed in."""

import pytest
import torch
from torch import nn

from autograder.judging.networks import layers as ls
from autograder.judging.trained import declared
from autograder.judging.trained.declared import HandedIn, agreed, outputs, require
from autograder.judging.trained.rejection import Refused
from helpers.random_weights import Place

LAYERS = [
    ls.Conv(n_in=1, n_out=4, padding=1),
    ls.Norm(width=4),
    ls.Activation(),
    ls.Pool(),
    ls.Flatten(),
    ls.Dropout(),
    ls.Linear(n_in=16, n_out=16),
    ls.Activation(kind="LeakyReLU", slope=0.2),
    ls.Linear(n_in=16, n_out=16),
    ls.Activation(kind="Tanh"),
]


def module(hidden=None):
    made = nn.Sequential(
        *(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Dropout(0.3), nn.Linear(16, 16), hidden or nn.LeakyReLU(0.2)),
        *(nn.Linear(16, 16), nn.Tanh()),
    )
    torch.manual_seed(3)
    with torch.no_grad():
        for each in (*made.parameters(), made[1].running_mean):
            each.copy_(0.6 * torch.rand_like(each) - 0.3)
        made[1].running_var.copy_(torch.rand(4) + 0.2)
    return made.eval()


X = torch.linspace(-1, 1, 300 * 16).reshape(300, 1, 4, 4)


def given_by(net, layouts=(lambda: LAYERS,), change=None):
    with torch.no_grad():
        got = net(X)
    if change is not None:
        got[change] += 0.1
    return agreed(layouts, net, net.state_dict(), X, got), got


def test_the_layers_give_what_the_network_gives():
    net = module()
    with torch.no_grad():
        truth = net(X)
    made = outputs(LAYERS, HandedIn(net.state_dict()), X)
    assert made.shape == (300, 16) and torch.allclose(made, truth, atol=1e-5)
    with pytest.raises(KeyError):
        outputs([*LAYERS, ls.Linear(n_in=16, n_out=3)], HandedIn(net.state_dict()), X)


def test_half_precision_is_computed_in_single():
    net = module()
    state = {key: each.half() for key, each in net.state_dict().items()}
    assert outputs(LAYERS, HandedIn(state), X.double()).dtype == torch.float32


@pytest.mark.parametrize("change", [None, 0, 299])
def test_they_agree_for_all_inputs_or_not_at_all(change):
    made, got = given_by(module(), change=change)
    assert (made is None) is (change is not None)
    if change is None:
        assert torch.allclose(made, got, atol=1e-5)


def test_other_activations_and_the_layers_of_the_module_are_tried():
    for hidden in (nn.ReLU(), nn.GELU(), nn.LeakyReLU(0.01), nn.LeakyReLU(0.1)):
        net = module(hidden)
        only = [each for each in LAYERS if not isinstance(each, ls.Conv | ls.Norm | ls.Pool)]
        made, got = given_by(net, (lambda only=only: only, lambda: LAYERS))
        assert made is not None and torch.allclose(made, got, atol=1e-5)
    # Nothing declared fits; torch's own layers do.
    made, got = given_by(module(), (lambda: [ls.Linear(n_in=2, n_out=2)],))
    assert torch.allclose(made, got, atol=1e-5)


def test_what_agrees_with_nothing_is_refused():
    net = module(nn.Hardtanh(-0.1, 0.1))
    made, _ = given_by(net)
    assert made is None
    with pytest.raises(Refused) as caught:
        require("the generator", made)
    assert caught.value.name == "more than its layers compute"
    assert caught.value.sentence.startswith("the generator of the notebook gives something else")
    assert require("x", X) is X


@pytest.mark.parametrize(
    ("got", "truth", "equal"),
    [
        ([1.0], [1.0 + 0.0019], True),
        ([1.0], [1.0 + 0.0021], False),
        ([0.0], [0.0009], True),
        ([0.0], [-0.0011], False),
        # Beside a large number more is rounding.
        ([-10.0], [-10.01], True),
        ([-10.0], [-10.02], False),
        ([1.0, 1.0], [1.0], False),
        ([1.0, 5.0], [1.0, 1.0], False),
    ],
)
def test_what_differs_by_more_than_rounding(got, truth, equal):
    assert declared.equal(torch.tensor(got), torch.tensor(truth)) is equal


@pytest.mark.parametrize(
    ("layer", "described"),
    [
        (nn.Linear(3, 2), ls.Linear(n_in=3, n_out=2)),
        (
            nn.Conv2d(2, 3, 5, stride=2, padding=1),
            ls.Conv(n_in=2, n_out=3, kernel=5, stride=2, padding=1),
        ),
        (
            nn.ConvTranspose2d(2, 3, 4, stride=3, padding=2),
            ls.ConvTranspose(n_in=2, n_out=3, kernel=4, stride=3, padding=2),
        ),
        (nn.Conv2d(2, 3, (3, 5)), None),
        (nn.BatchNorm1d(4, eps=0.1), ls.Norm(width=4, eps=0.1)),
        (nn.BatchNorm2d(4), ls.Norm(width=4)),
        (nn.MaxPool2d(3, 2), ls.Pool(kind="max", size=3, stride=2)),
        (nn.AvgPool2d(2), ls.Pool(kind="average", size=2, stride=2)),
        (nn.Unflatten(1, (2, 3)), ls.Unflatten(sizes=(2, 3))),
        (nn.LeakyReLU(0.3), ls.Activation(kind="LeakyReLU", slope=0.3)),
        (nn.Flatten(), ls.Flatten()),
        (nn.Dropout(0.9), ls.Dropout()),
        (nn.SiLU(), ls.Activation(kind="Swish")),
        *(
            (getattr(nn, kind)(), ls.Activation(kind=kind))
            for kind in ("ReLU", "Tanh", "Sigmoid", "GELU", "ELU", "Softplus")
        ),
        (nn.Hardtanh(), None),
    ],
)
def test_a_layer_of_torchs_as_a_description(layer, described):
    assert declared._layer(layer) == described


def test_a_module_with_a_layer_of_its_own_has_no_description():
    assert declared._leaves(nn.Sequential(nn.Linear(2, 2), nn.Hardtanh())) is None
    found = declared._leaves(nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU())))
    assert found == [ls.Linear(n_in=2, n_out=2), ls.Activation()]


def test_a_module_that_is_elsewhere_is_looked_at_first():
    class There(nn.Sequential):
        def look(self):
            self.append(nn.ReLU())

    assert declared._leaves(There(nn.Linear(2, 2))) == [
        ls.Linear(n_in=2, n_out=2),
        ls.Activation(),
    ]
    here = nn.Sequential(nn.Linear(2, 2))
    here.look = lambda: here.append(nn.ReLU())  # a student may write anything into an object
    assert declared._leaves(here) == [ls.Linear(n_in=2, n_out=2)]


def test_tensors_are_known_by_the_shape_of_their_layer_and_its_number():
    state = {
        "b.weight": torch.full((3, 3), 1.0),
        "b.bias": torch.full((3,), 2.0),
        "a.weight": torch.full((3, 3), 3.0),
        "a.bias": torch.full((3,), 4.0),
        "n.running_mean": torch.full((3,), 5.0),
        "n.running_var": torch.full((3,), 6.0),
        "n.weight": torch.full((3,), 7.0),
        "n.bias": torch.full((3,), 8.0),
        "n.num_batches_tracked": torch.tensor(9),
        "alone": torch.full((4, 2), 10.0),
        "steps": torch.tensor(11),
    }
    known = HandedIn(state)

    def first(role, shape=(3,), layer=(3, 3), number=0):
        return known.at(Place(shape, role, layer, number), torch.float64).flatten()[0].item()

    assert [first("weight", (3, 3), number=n) for n in (0, 1)] == [1, 3]
    assert [first("bias", number=n) for n in (0, 1)] == [2, 4]
    norms = [first(role, layer=(3,)) for role in ("mean", "variance", "scale", "bias")]
    assert norms == [5, 6, 7, 8]
    assert first("weight", (4, 2), (4, 2)) == 10
    assert known.at(Place((3,), "mean", (3,)), torch.float16).dtype == torch.float16
    for role, number in (("weight", 2), ("scale", 0)):
        with pytest.raises(KeyError):
            first(role, (3, 3), number=number)


class Own(nn.Module):
    """A network that is no list of torch's layers."""

    def __init__(self, net):
        super().__init__()
        self.net = [net]

    def forward(self, x):
        return self.net[0](x)


@pytest.mark.parametrize(
    ("hidden", "known"),
    [
        *((nn.ReLU(), True), (nn.Tanh(), True), (nn.Sigmoid(), True), (nn.SiLU(), True)),
        *((nn.GELU(), True), (nn.ELU(), True), (nn.Softplus(), True), (nn.Softmax(1), False)),
        *((nn.LeakyReLU(slope), True) for slope in (0.01, 0.1, 0.2)),
        (nn.LeakyReLU(0.3), False),
    ],
)
def test_hidden_activations_may_be_others_than_were_asked_for(hidden, known):
    linear = [ls.Linear(n_in=8, n_out=8), ls.Activation(kind="Softsign")]
    layers = [*linear, ls.Linear(n_in=8, n_out=8), ls.Activation(kind="Tanh")]
    layers[1] = ls.Activation(kind="LeakyReLU", slope=0.7)
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 8), hidden, nn.Linear(8, 8), nn.Tanh())
    x = 4 * torch.randn(70, 8)
    with torch.no_grad():
        got = net(x)
        made = agreed((lambda: layers,), Own(net), net.state_dict(), x, got)
        assert (made is not None) is known
        # That of the output is another network.
        net[3] = nn.Sigmoid()
        assert agreed((lambda: layers,), Own(net), net.state_dict(), x, net(x)) is None


def test_a_layer_that_says_nothing_of_its_sizes_has_no_description():
    gone, none = nn.Linear(2, 2), nn.Conv2d(1, 1, 3)
    del gone.in_features
    none.kernel_size = None
    for layer in (gone, none, nn.MaxPool2d((2, 3))):
        assert declared._layer(layer) is None
