"""What is seen of a network: its size, its output, its seeds, and batches of any size."""

import pytest
import torch
from torch import nn

from autograder.judging import Exercise, NotAsAsked, judge
from autograder.judging.networks import observers as o
from autograder.judging.networks.layers import Activation, Linear, Net, Weights

X = torch.rand(4, 6, generator=torch.Generator().manual_seed(0))


def g():
    return torch.Generator().manual_seed(0)


def look(build, **options):
    return o.function(build, {"arguments": (), "weights": Weights(1), "x": X, **options})


class Taking(nn.Module):
    """A network that takes what `fits` says, and gives its mean; seen: sizes of its batches."""

    def __init__(self, fits, give=lambda x: x.flatten(1).mean(1, keepdim=True)):
        super().__init__()
        self.fits, self.give, self.seen = fits, give, []

    def forward(self, x):
        self.seen.append(tuple(x.shape))
        if not self.fits(x):
            raise RuntimeError("no")
        return self.give(x)


def test_a_network_of_ours_and_torchs_are_the_same_function():
    ours = look(lambda: Net([Linear(n_in=6, n_out=3), Activation(kind="Tanh")]))
    theirs = look(lambda: nn.Sequential(nn.Linear(6, 3), nn.Tanh()))
    assert [*ours] == ["number of parameters", "output", "output in training mode"]
    assert ours["number of parameters"] == theirs["number of parameters"] == 21
    assert torch.allclose(ours["output"].float(), theirs["output"], atol=1e-6)
    assert ours["output in training mode"] == theirs["output in training mode"] == o.AS_USED


def test_training_mode_that_makes_a_difference_is_seen():
    seen = look(lambda: nn.Sequential(nn.Linear(6, 3), nn.BatchNorm1d(3)))
    assert seen["output in training mode"] == o.OTHER and seen["output"].shape == (4, 3)


def test_arguments_are_handed_on_and_nothing_built_is_said():
    assert look(lambda n, m: nn.Linear(n, m), arguments=(6, 2))["output"].shape == (4, 2)
    with pytest.raises(NotAsAsked, match="is a return missing"):
        look(lambda: None)
    assert o.how_large(lambda n: nn.Linear(n, 1), {"arguments": (9,)}) == {
        "number of parameters then": 10
    }
    with pytest.raises(NotAsAsked):
        o.how_large(lambda: None, {"arguments": ()})


def test_the_probe_of_a_function_draws_its_weights_and_options():
    asked = o.function_probe(
        "p",
        lambda g: torch.rand(2, 3, generator=g),
        (1, 2),
        or_flat=True,
        otherwise=lambda g: 7 + g.initial_seed(),
    )
    first, again = asked.draw(g()), asked.draw(g())
    assert asked.name == "p" and first["arguments"] == (1, 2)
    assert (first["or_flat"], first["otherwise"]) == (True, 7)
    assert torch.equal(first["x"], again["x"]) and first["x"].shape == (2, 3)
    assert (
        first["weights"].seed
        == again["weights"].seed
        != asked.draw(torch.Generator().manual_seed(1))["weights"].seed
    )
    inputs = {"arguments": (6, 2)}
    assert asked.glance(lambda n, m: nn.Linear(n, m), inputs) == {"number of parameters": 14}
    size = o.size_probe("another size", (6, 2))
    assert size.observe(lambda n, m: nn.Linear(n, m), size.draw(g())) == {
        "number of parameters then": 14
    }


def test_rows_of_an_output():
    assert o.rows(torch.zeros(3, 2, 2)).shape == (3, 4) and o.rows(torch.zeros(3)).shape == (3, 1)
    assert o.rows(torch.tensor(1.0)).shape == () and o.rows("x") == "x"


def test_what_is_steady_random_or_changing():
    numbers = iter(range(100))
    assert o.steady(lambda: torch.ones(2, 1)).tolist() == [[1], [1]]
    assert o.steady(lambda: "x") == "x"
    assert o.steady(lambda: torch.rand(3, 1)) == o.RANDOM
    assert o.steady(lambda: torch.tensor([[float(next(numbers))]])) == o.CHANGING
    torch.manual_seed(3)
    o.steady(lambda: torch.rand(3, 1))
    after = torch.rand(())
    torch.manual_seed(3)
    torch.rand(3, 1), torch.rand(3, 1)  # the two looks; those after them cost nobody a draw
    assert after == torch.rand(())


def test_a_refused_batch_is_tried_in_other_shapes_and_sizes():
    x = torch.rand(4, 1, 2, 3)
    flat = Taking(lambda x: x.dim() == 2)
    assert o.fed(flat, {"x": x, "or_flat": True}).shape == (4, 1)
    assert flat.seen == [(4, 1, 2, 3), (4, 6)]
    other = Taking(lambda x: x.shape[1:] == (5,))
    assert o.fed(other, {"x": x, "otherwise": torch.rand(4, 5)}).shape == (4, 1)
    many = Taking(lambda x: len(x) == 10)
    made = o.fed(many, {"x": x})
    assert torch.allclose(made, x.flatten(1).mean(1, keepdim=True))
    assert [shape[0] for shape in many.seen] == [4, 128, 100, 64, 32, 256, 50, 16, 10]
    with pytest.raises(RuntimeError, match="no"):
        o.fed(Taking(lambda x: False), {"x": x})
    # One number, or of another length: as it is.
    assert o.fed(Taking(lambda x: True, lambda x: x.mean()), {"x": x}).shape == ()
    assert o.fed(Taking(lambda x: True, lambda x: x[:1]), {"x": x}).shape == (1, 1, 2, 3)


def test_a_size_that_a_complaint_names_is_tried_last():
    class Written(Taking):
        def forward(self, x):
            self.seen.append(len(x))
            return x.flatten(1).reshape(37, 6)

    net = Written(None)
    assert o.fed(net, {"x": X}).shape == (4, 6)
    assert net.seen[-1] == 37 and net.seen[:2] == [4, 128]
    for wide in (1000, 123):
        net = Taking(None)
        net.forward = lambda x, wide=wide, net=net: net.seen.append(len(x)) or x.reshape(wide, 6)
        if wide == 123:
            assert o.fed(net, {"x": X}).shape == (4, 6)
        else:
            with pytest.raises(RuntimeError, match="1000"):
                o.fed(net, {"x": X})


def test_rows_that_are_not_the_trouble_are_not_tried_in_other_numbers():
    net, seen = nn.Linear(5, 1), []
    net.register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    with pytest.raises(RuntimeError, match="4x6 and 5x1"):
        o.fed(net, {"x": X})
    assert seen == [4]


def taken(build, **options):
    inputs = {"arguments": (), "weights": Weights(1), "x": X, **options}
    (fits,) = o.batches(build, inputs).values()
    return fits


def test_batches_of_any_size_row_by_row():
    assert taken(lambda: nn.Linear(6, 2))
    assert not taken(lambda: Taking(lambda x: len(x) in (4, 64)))
    assert not taken(lambda: Taking(lambda x: len(x) != 1))
    assert not taken(lambda: Taking(lambda x: len(x) != 2))
    assert not taken(lambda: Taking(lambda x: True, lambda x: x - x.mean(0)))
    assert taken(lambda: Taking(lambda x: True, lambda x: x.squeeze()))
    assert taken(lambda: Taking(lambda x: True, lambda x: "x"))
    images = torch.rand(4, 1, 2, 3)
    assert taken(lambda: nn.Linear(6, 2), x=images, or_flat=True)
    probe = o.batches_probe(lambda g: torch.rand(3, 6, generator=g), (6, 2))
    assert probe.name == o.BATCHES and probe.glance is None
    assert probe.observe(nn.Linear, probe.draw(g())) == {
        "a batch of any size is taken, row by row": True
    }


SEEDED = ("the same seed gives the same weights", "another seed gives others")


def seeded(build):
    probe = o.seeds_probe(lambda g: torch.rand(2, 6, generator=g) + g.initial_seed(), ())
    assert probe.name == o.SEEDS == "seeds"  # which students read
    return [*probe.observe(build, probe.draw(g())).values()]


def built(seed):
    torch.manual_seed(seed)
    return nn.Linear(6, 2)


def test_seeds_give_weights():
    assert seeded(lambda seed=None: built(seed)) == [True, True, True]
    assert seeded(lambda seed=None: nn.Linear(6, 2)) == [False, True, False]
    assert seeded(lambda seed=None: built(5)) == [True, False, True]
    zero = iter(range(10, 20))
    assert seeded(lambda seed=None: built(seed or next(zero))) == [True, True, False]
    assert seeded(lambda: nn.Linear(6, 2)) == [True, True, True, True]

    def dead(seed=None):
        return nn.Sequential(built(seed), nn.Threshold(1e9, 0.0))

    assert seeded(dead) == [True, True, True]  # an output of nothing hides the weights
    with pytest.raises(TypeError, match="other"):
        seeded(lambda seed=None: (_ for _ in ()).throw(TypeError("other")))


def test_all_sizes_that_students_write_are_tried():
    net = Taking(lambda x: len(x) == 5)
    assert o.fed(net, {"x": X}).shape == (4, 1)
    sizes = [shape[0] for shape in net.seen]
    assert sizes == [4, 128, 100, 64, 32, 256, 50, 16, 10, 200, 20, 8, 5]


def test_what_is_a_tensor_once_is_told_as_it_came_first():
    x = torch.ones(2, 1)
    for first, again in ((x, "x"), ("x", x), (x, None)):
        answers = iter((first, again))
        found = o.steady(lambda answers=answers: next(answers))
        assert found is first or torch.equal(found, first)


@pytest.mark.parametrize("seed", range(20))
def test_weights_are_drawn_until_a_relu_after_the_last_layer_would_show(seed):
    """A ReLU changes nothing where all numbers are positive."""

    def build(*extra):
        return nn.Sequential(nn.Flatten(), nn.Linear(12, 9), nn.ReLU(), nn.Linear(9, 1), *extra)

    probe = o.function_probe("of one unit", lambda g: 2 * torch.rand(4, 12, generator=g) - 1)
    exercise = Exercise("test.signs", "", "", 1, (probe,), build, ())
    assert judge(exercise, build, seed=seed).is_right
    for last in (nn.ReLU(), nn.LeakyReLU(0.2), nn.Softplus()):
        assert not judge(exercise, lambda last=last: build(last), seed=seed).is_right


def test_signs():
    assert o.has_both_signs(torch.tensor([-0.1, 1.0]))
    assert o.has_both_signs((1, 2))  # which is not looked at
    for none in ([0.5, 1.0], [-0.5, -1.0], [-0.01, 1.0], [0.0, 0.0]):
        assert not o.has_both_signs(torch.tensor(none))
