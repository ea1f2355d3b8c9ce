"""Steps back against Bayes' rule, and whole walks against what Gaussian data must become."""

import math

import pytest
import torch

from ..oracles import posterior, sampling, schedule

BETAS, ALPHA_BARS = schedule.linear_schedule(6, 0.05, 0.5)
MEAN, VARIANCE = 0.7, 0.3


def close(a, b, **tolerance):
    torch.testing.assert_close(a, b, **tolerance)


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def predicted(x_t, eps, t):
    A = ALPHA_BARS[t][:, None]
    return (x_t - (1 - A).sqrt() * eps) / A.sqrt()


def test_rows_have_the_shape_that_broadcasts():
    t, images = torch.tensor([3, 0]), torch.zeros(2, 1, 4, 4)
    assert sampling.rows(BETAS, t, images).tolist() == [[[[BETAS[3]]]], [[[BETAS[0]]]]]
    assert sampling.alpha_bar_at(ALPHA_BARS, t - 1, images[:, 0, 0]).tolist() == [
        [ALPHA_BARS[2]],
        [1.0],
    ]


def test_the_mean_of_a_step_is_the_posterior_mean_of_the_predicted_image():
    t, x_t, eps, noise = torch.arange(6), normal(6, 3), normal(6, 3, seed=1), normal(6, 3, seed=2)
    mean, _ = posterior.q_posterior(predicted(x_t, eps, t), x_t, t, BETAS, ALPHA_BARS)
    close(sampling.step_mean(x_t, eps, t, BETAS, ALPHA_BARS), mean)
    added = sampling.ddpm_step(x_t, eps, t, noise, BETAS, ALPHA_BARS) - mean
    close(added[1:], BETAS[1:, None] ** 0.5 * noise[1:])
    close(added[0], torch.zeros(3).double(), atol=1e-12, rtol=0)


def test_eta_1_from_one_step_to_the_next_has_the_mean_and_variance_of_the_posterior():
    t, x_t, eps = torch.arange(6), normal(6, 3), normal(6, 3, seed=1)
    mean, variance = posterior.q_posterior(predicted(x_t, eps, t), x_t, t, BETAS, ALPHA_BARS)
    close(sampling.ddim_mean(x_t, eps, t, t - 1, ALPHA_BARS, eta=1.0), mean)
    sigma = sampling.ddim_sigma(t, t - 1, ALPHA_BARS, 1.0, x_t)
    close(sigma.flatten() ** 2, variance.flatten())


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_a_step_of_ddim_keeps_the_marginals(eta):
    """From q(x_t given x0) to q(x_s given x0), in mean and variance: Song et al., lemma 1."""
    t, s, x0 = torch.tensor([5, 4, 3]), torch.tensor([2, -1, 1]), normal(3, 1, seed=3)
    A, S = (sampling.alpha_bar_at(ALPHA_BARS, each, x0) for each in (t, s))

    def step(eps, noise):
        x_t = A.sqrt() * x0 + (1 - A).sqrt() * eps
        return sampling.ddim_step(x_t, eps, t, s, ALPHA_BARS, eta, noise)

    zero, one = torch.zeros_like(x0), torch.ones_like(x0)
    close(step(zero, zero), S.sqrt() * x0)
    of_eps, of_noise = step(one, zero) - step(zero, zero), step(zero, one) - step(zero, zero)
    close(of_eps**2 + of_noise**2, 1 - S)
    close(of_noise, sampling.ddim_noise(t, s, ALPHA_BARS, eta, one))


def test_the_perfect_network_is_the_mean_of_the_noise():
    """E[eps given x_t] by regression: the slope is a covariance over a variance."""
    x0, eps = MEAN + VARIANCE**0.5 * normal(400_000), normal(400_000, seed=1)
    A = ALPHA_BARS[3]
    x_t = A.sqrt() * x0 + (1 - A).sqrt() * eps
    slope = torch.cov(torch.stack([eps, x_t]))[0, 1] / x_t.var()
    at = torch.tensor([-1.0, 0.5, 2.0]).double()
    close(
        sampling.gaussian_eps(at, A, MEAN, VARIANCE),
        eps.mean() + slope * (at - x_t.mean()),
        atol=0.01,
        rtol=0,
    )


def ends(betas, alpha_bars):
    """Mean and variance after all steps: each is affine, so three points tell all about it."""
    x, spread = torch.tensor([[0.0], [1.0]]).double(), torch.tensor(0.0).double()
    still = torch.zeros_like(x)
    for k in reversed(range(len(betas))):
        t = torch.full((2,), k)
        eps = sampling.gaussian_eps(x, alpha_bars[k], MEAN, VARIANCE)
        after = sampling.ddpm_step(x, eps, t, still, betas, alpha_bars)
        noisy = sampling.ddpm_step(x, eps, t, still + 1, betas, alpha_bars)
        slope = (after[1] - after[0]) / (x[1] - x[0])
        spread = slope**2 * spread + (noisy - after)[0] ** 2
        x = after
    return x[0, 0], (x[1, 0] - x[0, 0]) ** 2 + spread.squeeze()


def test_mean_and_variance_after_all_steps():
    close(
        torch.stack(sampling.ddpm_moments(BETAS, ALPHA_BARS, MEAN, VARIANCE)),
        torch.stack(ends(BETAS, ALPHA_BARS)),
    )


def test_many_small_steps_end_in_the_data():
    moments = sampling.ddpm_moments(*schedule.linear_schedule(1000), MEAN, VARIANCE)
    close(torch.stack(moments), torch.tensor([MEAN, VARIANCE]).double(), atol=4e-3, rtol=0)


def test_a_sampler_draws_what_the_moments_say():
    torch.manual_seed(0)
    told = []

    def model(x, t):
        told.append(t.unique().tolist())
        return sampling.gaussian_eps(x, ALPHA_BARS[t][:, None], MEAN, VARIANCE)

    images = sampling.ddpm_sample(model, (200_000, 1), BETAS, ALPHA_BARS)
    mean, variance = sampling.ddpm_moments(BETAS, ALPHA_BARS, MEAN, VARIANCE)
    assert told == [[5], [4], [3], [2], [1], [0]]
    assert images.mean().item() == pytest.approx(mean.item(), abs=0.006)
    assert images.var().item() == pytest.approx(variance.item(), abs=0.006)


WAYS = [[5, 4, 3, 2, 1, 0, -1], [5, 2, -1], [5, -1], [4, 1]]


def walk(x, times, variance=VARIANCE):
    for now, then in zip(times, times[1:], strict=False):
        eps = sampling.gaussian_eps(x, ALPHA_BARS[now], MEAN, variance)
        t, s = (torch.full((len(x),), each) for each in (now, then))
        x = sampling.ddim_step(x, eps, t, s, ALPHA_BARS)
    return x


@pytest.mark.parametrize("times", WAYS)
def test_the_whole_trajectory_of_ddim_is_one_linear_map(times):
    x = normal(5, 2)
    slope, offset = sampling.ddim_gaussian_map(ALPHA_BARS, times, MEAN, VARIANCE)
    close(walk(x, times), slope * x + offset)


@pytest.mark.parametrize("times", WAYS)
def test_for_a_single_image_ddim_is_exact_at_any_stride(times):
    """All data at MEAN: x_t keeps its noise, whatever the step."""
    z = normal(5, 1)
    A, S = (
        sampling.alpha_bar_at(ALPHA_BARS, torch.tensor([each]), z) for each in (times[0], times[-1])
    )
    x = walk(A.sqrt() * MEAN + (1 - A).sqrt() * z, times, variance=0.0)
    close(x, S.sqrt() * MEAN + (1 - S).sqrt() * z)


def test_small_steps_of_ddim_keep_the_place_of_a_point_in_its_distribution():
    """The ordinary differential equation moves quantiles to quantiles."""
    _, alpha_bars = schedule.linear_schedule(4000, 1e-5, 0.005)
    times = [*range(3999, -1, -1), -1]
    slope, offset = sampling.ddim_gaussian_map(alpha_bars, times, MEAN, VARIANCE)
    start = alpha_bars[-1]
    right = math.sqrt(VARIANCE / (start * VARIANCE + 1 - start))
    assert slope.item() == pytest.approx(right, abs=2e-3)
    assert offset.item() == pytest.approx(MEAN - right * start.sqrt().item() * MEAN, abs=2e-3)
