"""What code names: whether it may make a tensor on the CPU, or asks for a GPU."""

import pytest
import torch

from helpers import code_names


def codes(body):
    """Of a function of a student's, with this body."""
    names = {}
    exec(compile(f"def answer(x):\n    return {body}\n", "<answer>", "exec"), names)
    return code_names.codes_of(names["answer"])


@pytest.mark.parametrize(
    "body",
    [
        "x + torch.zeros(3)",
        "x + torch.tensor(1.0)",
        "torch.from_numpy(x)",
        "x + torch.randn(len(x))",
        "x + torch.distributions.Laplace(0.0, 1.0).sample()",
        "x + Normal(0.0, 1.0).sample()",
        "x.cpu()",
        "x.to('cpu')",
        "x.numpy()",
        "np.exp(x)",
        "[torch.arange(n) for n in x]",
    ],
)
def test_what_may_make_a_tensor_on_the_cpu(body):
    assert code_names.may_make_on_cpu(codes(body))


@pytest.mark.parametrize("body", ["x + 1", "torch.relu(x)", "x.new_zeros(3)", "torch.ones_like(x)"])
def test_what_stays_where_its_argument_is(body):
    assert not code_names.may_make_on_cpu(codes(body))


def test_who_asks_for_a_gpu():
    assert code_names.asks_for_cuda(codes("x.cuda()")) and code_names.asks_for_cuda(
        codes("x.to('cuda:0')")
    )
    assert not code_names.asks_for_cuda(codes("x.to(other.device)"))


@pytest.mark.parametrize(
    "body",
    [
        *("torch.as_tensor(x)", "torch.asarray(x)", "torch.Tensor(3)", "torch.FloatTensor(3)"),
        *("torch.ones(3)", "torch.full((3,), 1.0)", "torch.empty(3)", "torch.eye(3)"),
        *("torch.linspace(0, 1, 3)", "torch.logspace(0, 1, 3)", "torch.rand(3)"),
        *("torch.randint(3, (2,))", "torch.randperm(3)", "torch.normal(0.0, 1.0, (3,))"),
        *("torch.hann_window(3)", "torch.Generator()", "Uniform(0, 1).sample()"),
        *("Bernoulli(x).sample()", "Categorical(x).sample()", "MultivariateNormal(x, x)"),
        *("scipy.special.expit(x)", "array(x)"),
    ],
)
def test_every_way_to_make_a_tensor_on_the_cpu_is_known(body):
    assert code_names.may_make_on_cpu(codes(body))


def scaled(x):
    return torch.zeros(1) + x


class Base:
    @staticmethod
    def still(x):
        return scaled(x)

    @classmethod
    def of_class(cls, x):
        return alpha(x)

    @property
    def width(self):
        return beta

    def loop(self, x):
        return loop(x)


def loop(x):
    """Calls itself through another one."""
    return [again(y) for y in x]


def again(x):
    return loop(x)


def alpha(x):
    return gamma(lambda y: delta(y))


def gamma(x):
    return x


delta, beta = 3, 4


def test_the_code_of_a_class_is_that_of_its_methods_and_what_they_use():
    found = code_names.codes_of(Base)
    names = [code.co_name for code in found]
    assert {"still", "of_class", "width", "loop", "again", "scaled", "alpha", "gamma"} <= {*names}
    assert names.count("loop") == 2 and names.count("again") == 1  # a method and a function, once
    assert "<lambda>" in names
    assert code_names.codes_of(3) == [] == code_names.codes_of(torch.zeros)


def test_what_a_function_closes_over_belongs_to_it():
    def inner(x):
        return torch.ones(1)

    def outer(x):
        return inner(x) + later(x)

    assert code_names.may_make_on_cpu(code_names.codes_of(outer))
    number, kind = 3, Base

    def other(x):
        return x * number, kind

    names = {code.co_name for code in code_names.codes_of(other)}
    assert "still" in names

    def later(x):
        return x


def test_which_of_some_globals_a_function_uses_in_their_order():
    known = {"alpha": alpha, "gamma": gamma, "delta": 3, "loop": loop}
    assert code_names.called(alpha, ["delta", "loop", "gamma"], known) == ["delta", "gamma"]
    # Only through what is known by name.
    assert code_names.called(alpha, ["delta"], {}) == ["delta"]
    assert code_names.called(Base.of_class, ["gamma"], {}) == []
    assert code_names.called(Base.of_class, ["gamma"], known) == ["gamma"]
