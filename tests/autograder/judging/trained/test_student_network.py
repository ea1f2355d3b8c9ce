"""A student's network as the grader asks it: in batches, and whatever it gives back."""

from functools import partial

import pytest
import torch
from torch import nn

from autograder.judging.trained import student_network
from autograder.judging.trained.rejection import NotAttempted, Refused, StudentError
from autograder.judging.trained.student_network import Network


class Layered(nn.Module):
    def __init__(self, give=None):
        super().__init__()
        self.second, self.first, self.give = nn.Linear(2, 3), nn.Linear(2, 2), give
        self.seen = []

    def forward(self, *rows):
        self.seen.append(tuple(map(len, rows)))
        return self.give(*rows)

    def enc(self, rows):
        return rows[:, :1], rows


def network(give=lambda x: 2 * x):
    return Network(Layered, (give,), "models/x.safetensors")


def refused(call):
    with pytest.raises(Refused) as caught:
        call()
    return caught.value.name, caught.value.sentence


X = torch.arange(12.0).reshape(6, 2)


def test_it_is_asked_in_batches_and_its_rows_are_joined():
    asked = network()
    made = asked.ask(X, batch=4)
    assert torch.equal(made, 2 * X) and made.dtype == torch.float32
    assert asked.module.seen == [(4,), (2,)]
    two = network(lambda x, y: x[:, 0] + y)
    assert two.ask(X, torch.ones(6), batch=3).tolist() == [[1 + x] for x in X[:, 0].tolist()]
    assert two.module.seen == [(3, 3), (3, 3)]
    many = network()
    many.ask(torch.zeros(101, 2))
    assert many.module.seen == [(100,), (1,)]


def test_several_results_stay_several_and_maps_become_rows():
    first, second = network().ask(X, method="enc")
    assert torch.equal(first, X[:, :1]) and torch.equal(second, X)
    assert isinstance(network(lambda x: [x, x, x]).ask(X), tuple)
    assert network(lambda x: x.reshape(-1, 1, 1, 2)).ask(X).shape == (6, 2)


def test_what_it_writes_into_its_inputs_is_lost():
    x = X.clone()
    network(lambda x: x.mul_(5)).ask(x)
    assert torch.equal(x, X)


@pytest.mark.parametrize(
    ("give", "words"),
    [
        (lambda x: None, "gives no tensor of numbers that can be measured."),
        (lambda x: "x", "no tensor"),
        (lambda x: x + 0j, "gives no tensor of numbers"),
        (lambda x: x.sum(), "gives the shape () for 6 inputs."),
        (lambda x: x[1:], "gives the shape (5, 2) for 6 inputs."),
        (lambda x: (x,), "gives 1 results."),
        (lambda x: (x, x, x, x), "gives 4 results."),
        (lambda x: (x, None), "gives no tensor"),
        (
            lambda x: torch.zeros(1, 1).expand(6, 10_001),
            f"gives the shape (6, {10_001}) for 6 inputs.",
        ),
    ],
)
def test_another_result_is_refused_in_a_sentence(give, words):
    name, sentence = refused(lambda: network(give).ask(X))
    assert name == "another result" and words in sentence
    assert sentence.startswith("With the weights of models/x.safetensors, the network gives")


def test_as_many_numbers_as_are_allowed_are_taken():
    most = torch.zeros(1, 1).expand(6, 10_000)
    assert network(lambda x: most).ask(X).shape == (6, 10_000)


def test_rows_of_several_lengths_and_numbers_that_are_not_finite_are_refused():
    grow = network(lambda x: x.repeat(1, len(x)))
    assert refused(lambda: grow.ask(X, batch=4)) == (
        "another result",
        "With the weights of models/x.safetensors, the network gives rows of several lengths.",
    )
    for bad in (torch.nan, torch.inf):
        name, sentence = refused(lambda bad=bad: network(lambda x: bad * x).ask(X))
        assert name == "not finite" and sentence.endswith("nan or inf: did the training diverge?")


def test_errors_and_stubs_are_the_students():
    def fail(x):
        raise KeyError("k")

    def later(x):
        raise NotImplementedError("later")

    def stub(x):
        raise NotImplementedError

    for give, words in ((fail, "it raised KeyError"), (later, "NotImplementedError")):
        with pytest.raises(StudentError, match=words):
            network(give).ask(X)
    with pytest.raises(NotAttempted, match="Layered is still to be written"):
        network(stub).ask(X)
    with pytest.raises(StudentError, match="AttributeError"):
        network().ask(X, method="dec")


def test_only_a_module_is_a_network():
    def build():
        return 5

    assert refused(lambda: Network(build, (), "x")) == (
        "no network",
        "build returns no torch module to load weights into.",
    )


def test_weights_are_loaded_and_given_back_in_the_order_of_the_layers():
    asked = network()
    asked.module.train()
    state = {key: torch.full_like(each, 0.5) for key, each in asked.module.state_dict().items()}
    given = asked.load(dict(sorted(state.items())))
    assert [*given] == ["second.weight", "second.bias", "first.weight", "first.bias"]
    assert not asked.module.training
    assert {p.mean().item() for p in asked.module.parameters()} == {0.5}
    name, sentence = refused(lambda: asked.load({**state, "more": torch.zeros(1)}))
    assert name == "weights of another network" and "'more' too many" in sentence


@pytest.mark.parametrize(
    ("shapes", "fine"),
    [
        ({}, True),
        ({"a": (2, 3), "b": ()}, True),
        ({"a": (0,)}, True),
        ({"a": (2**40 - 1,)}, True),
        ({"a": (2**40,)}, False),
        ({"a": (-1,)}, False),
        ({"a": [2]}, False),
        ({"a": (2.0,)}, False),
        ({"a": (True,)}, False),
        ({1: (2,)}, False),
        ([("a", (2,))], False),
    ],
)
def test_what_a_class_says_of_its_shapes_may_be_anything(shapes, fine):
    assert student_network._are_shapes(shapes) is fine


def draws(function, tensors, seed=0, **options):
    return function(tensors, torch.Generator().manual_seed(seed), **options)


def test_other_weights_of_the_same_shapes():
    tensors = {
        "steps": torch.tensor([5, 6, 7]),
        "vector": torch.arange(50.0),
        "scalar": torch.tensor(2.0),
        "matrix": (3 * torch.randn(200, 300) + 7).half(),
    }
    drawn = draws(student_network.same_shape_draws, tensors)
    assert drawn["steps"] is tensors["steps"] and drawn["scalar"] == 2
    assert drawn["scalar"].shape == ()
    assert not torch.equal(drawn["vector"], tensors["vector"])
    assert torch.equal(drawn["vector"].sort()[0], tensors["vector"])
    matrix = drawn["matrix"]
    assert matrix.dtype == torch.float16 and matrix.shape == (200, 300)
    assert matrix.float().mean().item() == pytest.approx(7, abs=0.1)
    assert matrix.float().std().item() == pytest.approx(3, abs=0.1)
    again = draws(student_network.same_shape_draws, tensors)
    assert torch.equal(again["matrix"], matrix) and torch.equal(again["vector"], drawn["vector"])


def test_nearly_the_same_weights():
    tensors = {"steps": torch.tensor([5]), "matrix": torch.full((200, 300), 4.0).double()}
    drawn = draws(student_network.nearly_the_same, tensors)
    assert drawn["steps"] is tensors["steps"] and drawn["matrix"].dtype == torch.float64
    changed = drawn["matrix"] / 4 - 1
    assert changed.std().item() == pytest.approx(1e-3, rel=0.05) and abs(changed.mean()) < 1e-4
    wider = draws(student_network.nearly_the_same, tensors, share=0.1)
    assert (wider["matrix"] / 4 - 1).std().item() == pytest.approx(0.1, rel=0.05)


class There:
    """A network in a sandbox: it says its shapes, takes weights, and evaluates."""

    def __init__(self, shapes=None):
        self.shapes, self.seen = shapes or {"w": (2,)}, []

    def state_shapes(self):
        return self.shapes

    def load_weights(self, tensors):
        self.seen.append([*tensors])

    def eval(self):
        self.seen.append("eval")

    def __call__(self, x):
        return x


def test_a_network_in_a_sandbox_is_given_its_weights():
    there = There({"b": (2,), "a": (1,)})
    asked = Network(lambda: there, (), "models/x.safetensors")
    given = asked.load({"a": torch.ones(1), "b": torch.ones(2)})
    assert [*given] == ["b", "a"] and there.seen == [["a", "b"], "eval"]
    assert torch.equal(asked.ask(X), X)
    assert refused(lambda: Network(lambda: There({"a": [2]}), (), "x").load({})) == (
        "no network",
        "<lambda> returns no torch module that can be saved.",
    )


def test_a_class_without_a_name_is_told_as_a_class():
    made = partial(lambda: 5)
    assert refused(lambda: Network(made, (), "x"))[1].startswith("the class returns no torch")


def test_what_is_wrong_with_a_method_is_said_of_it():
    class Encodes(Layered):
        def enc(self, rows):
            return rows.repeat(1, len(rows))

    asked = Network(Encodes, (None,), "models/x.safetensors")
    told = refused(lambda: asked.ask(X, method="enc", batch=4))[1]
    assert told == "With the weights of models/x.safetensors, enc gives rows of several lengths."
    Encodes.enc = lambda self, rows: (rows, rows[1:])
    assert " enc gives the shape (5, 2) for 6" in refused(lambda: asked.ask(X, method="enc"))[1]
    Encodes.enc = lambda self, rows: None
    assert " enc gives no tensor" in refused(lambda: asked.ask(X, method="enc"))[1]
    Encodes.enc = lambda self, rows: [rows] * 4
    assert " enc gives 4 results" in refused(lambda: asked.ask(X, method="enc"))[1]
    Encodes.enc = lambda self, rows: torch.nan * rows
    assert " enc gives nan or inf" in refused(lambda: asked.ask(X, method="enc"))[1]
