"""Trajectories against torch.optim."""

from functools import partial

import pytest
import torch

from autograder.oracles import optimisers
from helpers.toys import LinearCritic

GRADIENTS = torch.tensor(
    [[1.0, -2.0, 0.1], [0.3, -1.0, -4.0], [-2.0, 0.5, 0.2], [0.0, 3.0, 1.0], [1.5, 1.0, -0.7]]
).double()
# One steep place, then gentle ones.
SETTLING = torch.cat([40 * GRADIENTS[:1], torch.full((20, 3), 0.05, dtype=torch.float64)])
START = torch.tensor([0.5, -0.3, 2.0]).double()


def follow(optimiser, gradients=GRADIENTS, **options):
    parameter = torch.nn.Parameter(START.clone())
    solver = optimiser([parameter], **options)
    path = []
    for gradient in gradients:
        parameter.grad = gradient.clone()
        solver.step()
        path.append(parameter.detach().clone())
    return path


@pytest.mark.parametrize("betas", [(0.5, 0.999), (0.9, 0.999), (0.5, 0.9)])
@pytest.mark.parametrize("lr", [1e-3, 0.1])
def test_adam(lr, betas):
    path = list(optimisers.adam_path(START, GRADIENTS, lr, *betas))
    torch.testing.assert_close(path, follow(torch.optim.Adam, lr=lr, betas=betas))


def test_adam_with_decoupled_weight_decay():
    path = list(optimisers.adam_path(START, GRADIENTS, 0.1, 0.5, 0.999, decay=0.2))
    expected = follow(torch.optim.AdamW, lr=0.1, betas=(0.5, 0.999), weight_decay=0.2)
    torch.testing.assert_close(path, expected)


def test_adam_with_a_penalty():
    path = list(optimisers.adam_path(START, GRADIENTS, 0.1, 0.5, 0.999, penalty=0.2))
    expected = follow(torch.optim.Adam, lr=0.1, betas=(0.5, 0.999), weight_decay=0.2)
    torch.testing.assert_close(path, expected)


def test_amsgrad():
    path = list(optimisers.adam_path(START, SETTLING, 0.1, 0.5, 0.999, largest=True))
    expected = follow(torch.optim.Adam, SETTLING, lr=0.1, betas=(0.5, 0.999), amsgrad=True)
    torch.testing.assert_close(path, expected)
    adam = list(optimisers.adam_path(START, SETTLING, 0.1, 0.5, 0.999))
    assert (path[-1] - adam[-1]).abs().max() > 1e-4  # the gradients tell the two apart


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_gradient_descent(momentum):
    path = list(optimisers.sgd_path(START, GRADIENTS, 0.05, momentum))
    torch.testing.assert_close(path, follow(torch.optim.SGD, lr=0.05, momentum=momentum))


@pytest.mark.parametrize(
    "ours, theirs",
    [
        (optimisers.adam(lr=0.1), partial(torch.optim.Adam, lr=0.1, betas=(0.5, 0.999))),
        (
            optimisers.adam(0.1, 0.9, 0.99, decay=0.2),
            partial(torch.optim.AdamW, lr=0.1, betas=(0.9, 0.99), weight_decay=0.2),
        ),
        (optimisers.sgd(0.05), partial(torch.optim.SGD, lr=0.05)),
        (optimisers.sgd(0.05, 0.9), partial(torch.optim.SGD, lr=0.05, momentum=0.9)),
        (optimisers.rmsprop(0.05), partial(torch.optim.RMSprop, lr=0.05)),
    ],
)
def test_an_optimiser_moves_its_models_weight(ours, theirs):
    models = LinearCritic(START), LinearCritic(START)
    solvers = ours(models[0]), theirs(models[1].parameters())
    for gradient in GRADIENTS:
        for model, solver in zip(models, solvers, strict=True):
            model.weight.grad = gradient.clone()
            solver.step()
        torch.testing.assert_close(*(model.weight for model in models))
