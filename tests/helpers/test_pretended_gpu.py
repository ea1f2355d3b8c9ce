"""What would fail on a GPU, noticed without one; tests/gpu asks a real one."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from helpers.pretended_gpu import PretendedGPU

DEVICE = torch.device("cpu")  # as a notebook's own, which is a GPU where there is one


def problems(run):
    with PretendedGPU() as gpu:
        gpu.arrived(run())
    return gpu.problems


def batch():
    return torch.arange(12.0).reshape(4, 3).requires_grad_()


class WithForgottenTensor(nn.Module):
    """Its `shift` is no buffer, so .to(device) leaves it behind."""

    def __init__(self):
        super().__init__()
        self.layer, self.shift = nn.Linear(3, 2), torch.zeros(2)

    def forward(self, x):
        return self.layer(x) + self.shift


class WithBuffer(WithForgottenTensor):
    def __init__(self):
        super().__init__()
        shift = vars(self).pop("shift")
        self.register_buffer("shift", shift)


FAILS = {
    "randn": lambda x: x + torch.randn(x.shape),
    "from the CPU's tensors alone": lambda x: x * (2 * torch.rand(3) - 1).clamp(-1, 1),
    "ones in a loss": lambda x: F.binary_cross_entropy_with_logits(x, torch.ones(4, 3)),
    "a number with one axis": lambda x: torch.cat([x.flatten(), torch.tensor([0.0])]),
    "a list": lambda x: x * torch.tensor([1.0, 2.0, 3.0]),
    "normal": lambda x: x + torch.normal(0.0, 0.005, size=x.shape),
    "a distribution of numbers": lambda x: x + torch.distributions.Normal(0.0, 1.0).sample(x.shape),
    "the name of the CPU": lambda x: x + torch.ones(3, device="cpu"),
    "moved to the CPU": lambda x: x + x.detach().cpu(),
    "a batch on the CPU, indexed": lambda x: torch.eye(4)[x[:, 0].argsort()],
    "weights of a gradient": lambda x: torch.autograd.grad(x.sum(1), x, torch.ones(4)),
    "weights of backward": lambda x: x.sum(1).backward(torch.ones(4)),
    "made beside what is on either": lambda x: x + (x.to(DEVICE) + torch.ones(3)),
    "device= of the batch, then the CPU": lambda x: torch.rand(3, device=x.device) + torch.ones(3),
    "to(x.device), then the CPU": lambda x: torch.rand(3).to(x.device) + torch.ones(3),
    "device= of a CPU tensor": lambda x: x + torch.rand(3, device=torch.rand(3).device),
    "NumPy": lambda x: x.detach().numpy().sum(),
    "NumPy, unseen": lambda x: np.asarray(x.detach()).sum(),
}
WORKS = {
    "randn_like": lambda x: x + torch.randn_like(x),
    "device=": lambda x: x + torch.randn(x.shape, device=x.device),
    "to(device)": lambda x: x + torch.randn(x.shape).to(x.device),
    "to(other)": lambda x: x + torch.randn(x.shape).to(x),
    "type_as": lambda x: x + torch.randn(x.shape).type_as(x),
    "the device of the notebook": lambda x: x + torch.randn(x.shape, device=DEVICE),
    "a CPU device by name": lambda x: torch.cat([x.to(torch.device("cpu")), torch.ones(4, 3)]),
    "a CPU device in .to(device=)": lambda x: x.to(device=torch.device("cpu")) + torch.ones(3),
    "a CPU device and a number": lambda x: x + torch.tensor(2.0) * x.to(DEVICE),
    "a CPU device, indexed": lambda x: x + x.to(DEVICE)[torch.arange(4)],
    "NumPy on a CPU device": lambda x: x.detach().to(torch.device("cpu")).numpy().sum(),
    "cuda()": lambda x: x + torch.ones(4, 3).cuda(),
    "new_ones": lambda x: x + x.new_ones(3),
    "a single number": lambda x: torch.where(x > 0, x, torch.tensor(0.0)),
    "an index on the CPU": lambda x: x[torch.randperm(4)],
    "copied into a batch on the CPU": lambda x: torch.zeros(4, 3).copy_(x.detach()),
    "put into a batch on the CPU": lambda x: torch.zeros(4, 3).__setitem__(0, x[0].detach()),
    "NumPy of a copy": lambda x: x.detach().cpu().numpy().sum(),
    "on the CPU throughout": lambda x: torch.rand(3) @ torch.rand(3) + x.sum().item(),
    "backward": lambda x: x.square().sum().backward(),
}


@pytest.mark.parametrize("name", FAILS)
def test_what_would_fail_is_noticed_and_goes_on(name):
    x = batch()
    assert len(problems(lambda: FAILS[name](x))) == 1


@pytest.mark.parametrize("name", WORKS)
def test_what_works_is_not_blamed(name):
    x = batch()
    assert problems(lambda: WORKS[name](x)) == []


@pytest.mark.parametrize(("network", "number"), [(WithForgottenTensor, 1), (WithBuffer, 0)])
def test_a_network_arrives_with_its_parameters_and_buffers_only(network, number):
    x = batch()
    with PretendedGPU() as gpu:
        net = gpu.arrived(network())
        optimiser = torch.optim.Adam(net.parameters())
        net(x).sum().backward()
        nn.utils.clip_grad_norm_(net.parameters(), 0.1)
        optimiser.step()
    assert len(gpu.problems) == number


def test_cuda_by_name_does_nothing_and_is_noted():
    x = batch()
    with PretendedGPU() as gpu:
        y = x.cuda() + torch.ones(3).cuda() + torch.ones(3, device="cuda") + x.to("cuda:0")
        net = nn.Linear(3, 2).cuda()
        net(y)
    assert gpu.problems == [] and gpu.named_cuda and y.device.type == "cpu"


def test_values_gradients_and_draws_are_those_without_it():
    def compute():
        torch.manual_seed(3)
        x = batch()
        loss = ((x + torch.randn(4, 3)).to("cpu") ** 2).mean()
        loss.backward()
        return loss.detach(), x.grad

    with PretendedGPU():
        watched = compute()
    assert all(map(torch.equal, watched, compute()))


def test_code_that_is_not_watched_is_not_blamed():
    with PretendedGPU(watched=lambda frame: frame.f_code.co_name == "students") as gpu:
        batch() + torch.randn(3)
    assert gpu.problems == []


def test_a_problem_says_where_and_what_to_do():
    x = batch()
    line = test_a_problem_says_where_and_what_to_do.__code__.co_firstlineno + 3
    (problem,) = problems(lambda: x + torch.randn(3))
    assert problem.startswith(f"torch.randn in line {line} makes a tensor on the CPU")
    assert problem.endswith("use device=x.device")


def test_what_follows_a_tensor_to_the_cpu_is_blamed_on_what_made_that_tensor():
    x = batch()
    (problem,) = problems(lambda: x + x.detach().to(torch.ones(3)))
    assert problem.startswith("torch.ones in line")


def test_what_the_context_itself_computes_is_not_watched_but_what_it_calls():
    x, makes = batch(), lambda: torch.randn(3)
    with PretendedGPU() as gpu:
        made = x + torch.randn(3)
        made + x
    assert gpu.problems == []
    with PretendedGPU() as gpu:
        (lambda: x + makes())()
    assert len(gpu.problems) == 1


def test_contexts_are_counted_while_they_are_open():
    assert PretendedGPU.active == 0
    with PretendedGPU():
        with PretendedGPU():
            assert PretendedGPU.active == 2
        assert PretendedGPU.active == 1
    assert PretendedGPU.active == 0


def test_what_is_handed_over_has_to_be_on_the_gpu():
    def made():
        return [torch.ones(2)], {"n": (torch.ones(3), torch.tensor(1.0))}

    x = batch()
    with PretendedGPU() as gpu:
        gpu.handed_over([x, {"a": x}, 3, torch.tensor(1.0)])
        assert gpu.problems == []
        gpu.handed_over(made())
        gpu.handed_over(made())  # said once
    (problem,) = gpu.problems
    assert problem.startswith("torch.ones in line") and "meets one of another device" in problem
    with PretendedGPU() as gpu:
        either = (lambda: torch.ones(2, device=DEVICE))()
        gpu.handed_over(either)
    assert gpu.problems == [] and gpu.arrived("a text") == "a text"


@pytest.mark.parametrize(
    ("compute", "words"),
    [
        (lambda x: x + x.detach().cpu(), "a tensor is moved to the CPU, where it meets"),
        (lambda x: x + x.detach().to("cpu"), "a tensor is moved to the CPU, where it meets"),
        (lambda x: x + torch.full((3,), 1.0), "torch.full in line"),
        (lambda x: x.detach().numpy(), "turns a tensor into a NumPy array, which works on the"),
    ],
)
def test_what_is_said_of_each_mistake(compute, words):
    x = batch()
    (problem,) = problems(lambda: compute(x))
    assert words in problem
    assert problems(lambda: [compute(x), compute(x)]) == [problem]


@pytest.mark.parametrize("name", ["cat", "stack", "concat"])
def test_not_even_a_number_goes_with_others_where_all_become_one(name):
    x = batch().sum()
    join = getattr(torch, name)
    assert len(problems(lambda: join([x.reshape(1), torch.ones(1)]))) == 1
