"""Looking at steps of the game."""

import pytest
import torch

from helpers.toys import LinearCritic

from ..observers import gan_steps

LEAKS = "the discriminator's loss sends the generator no gradient"
ROWS = "noise has as many rows as the batch"


def steps(call):
    batches = [(torch.ones(n, 1, 28, 28), torch.full((n, 784), 0.1)) for n in (3, 2)]
    weights = torch.linspace(-0.1, 0.1, 784)
    inputs = {"w": weights, "theta": torch.tensor(0.7), "lr_d": 0.1, "lr_g": 0.1, "k": 1}
    return gan_steps(call, {**inputs, "batches": batches})


@pytest.mark.parametrize("detach", [True, False])
def test_where_the_discriminators_gradient_goes(detach):
    def step(D, G, D_solver, G_solver, d_loss, g_loss, real, noise, k):
        fake = G(noise(len(real)))
        d_loss(D(real), D(fake.detach() if detach else fake)).backward()
        D_solver.step()
        G_solver.zero_grad()
        g_loss(D(G(noise(len(real))))).backward()
        G_solver.step()

    assert steps(step)[LEAKS] is detach


def test_losses_of_the_students_own_leave_no_trace_of_the_discriminators():
    def step(D, G, D_solver, G_solver, d_loss, g_loss, real, noise, k):
        d_loss(D(real), D(G(noise(len(real))).detach())).backward()
        D_solver.step()
        (-D(G(noise(len(real))))).mean().backward()
        G_solver.step()

    assert steps(step)[LEAKS] is True


@pytest.mark.parametrize("rows, right", [(None, True), (3, False)])
def test_the_rows_of_noise(rows, right):
    def step(D, G, D_solver, G_solver, d_loss, g_loss, real, noise, k):
        assert noise(rows or len(real)).shape == (rows or len(real), 784)

    assert steps(step)[ROWS] is right


def test_the_toys_are_fresh_for_every_look():
    def step(D, G, *rest):
        assert isinstance(D, LinearCritic)
        with torch.no_grad():
            D.weight.fill_(9.0)

    first, second = steps(step), steps(lambda *rest: None)
    assert first["discriminator's weights after step 1"].unique().tolist() == [9.0]
    assert second["discriminator's weights after step 1"].unique().numel() > 1
