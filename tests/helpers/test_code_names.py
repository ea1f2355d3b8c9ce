"""What code names: whether it may make a tensor on the CPU, or asks for a GPU."""

import pytest

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
