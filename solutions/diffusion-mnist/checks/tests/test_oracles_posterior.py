"""Steps back against conditioning a joint Gaussian, and predictions against one another."""

import torch
from torch.distributions import Normal

from ..oracles import forward, posterior, schedule

BETAS, ALPHA_BARS = schedule.linear_schedule(6, 0.05, 0.5)
T = torch.arange(6)


def close(a, b, **tolerance):
    torch.testing.assert_close(a, b, **tolerance)


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def test_the_posterior_is_the_joint_gaussian_conditioned():
    """Of (x_{t-1}, x_t) given x0 the covariance is [[s, r s], [r s, r^2 s + beta]]."""
    x0, x_t = normal(6, 1), normal(6, 1, seed=1)
    mean, variance = posterior.q_posterior(x0, x_t, T, BETAS, ALPHA_BARS)
    for t in range(1, 6):
        root, beta = (1 - BETAS[t]).sqrt(), BETAS[t]
        spread = 1 - ALPHA_BARS[t - 1]
        covariance = torch.stack(
            [
                torch.stack([spread, root * spread]),
                torch.stack([root * spread, root**2 * spread + beta]),
            ]
        )
        centre = torch.stack([ALPHA_BARS[t - 1].sqrt() * x0[t, 0], ALPHA_BARS[t].sqrt() * x0[t, 0]])
        gain = covariance[0, 1] / covariance[1, 1]
        close(mean[t, 0], centre[0] + gain * (x_t[t, 0] - centre[1]))
        close(variance[t, 0], covariance[0, 0] - gain * covariance[1, 0])


def test_the_first_step_back_leads_to_the_image():
    x0, x_t = normal(6, 1, 4, 4), normal(6, 1, 4, 4, seed=1)
    mean, variance = posterior.q_posterior(x0, x_t, 0 * T, BETAS, ALPHA_BARS)
    close(mean, x0)
    assert (variance == 0).all()


def test_the_noise_leads_back_to_the_image():
    x0, noise = normal(6, 3), normal(6, 3, seed=1)
    x_t = forward.q_sample(x0, T, ALPHA_BARS, noise)
    close(posterior.predict_x0(x_t, noise, T, ALPHA_BARS), x0)


def test_the_score_is_the_slope_of_the_log_density():
    x0, noise = normal(6, 3), normal(6, 3, seed=1)
    x_t = forward.q_sample(x0, T, ALPHA_BARS, noise).requires_grad_()
    left = ALPHA_BARS[:, None]
    Normal(left.sqrt() * x0, (1 - left).sqrt()).log_prob(x_t).sum().backward()
    close(posterior.score_from_eps(noise, T, ALPHA_BARS), x_t.grad)


def test_the_velocity_is_how_x_t_turns():
    """With cos(angle)^2 = A_t, x_t = cos x0 + sin eps, and v is its derivative in the angle."""
    x0, noise = normal(6, 3), normal(6, 3, seed=1)
    x_t = forward.q_sample(x0, T, ALPHA_BARS, noise)
    angle = torch.acos(ALPHA_BARS.sqrt())[:, None]
    _, slope = torch.autograd.functional.jvp(
        lambda a: torch.cos(a) * x0 + torch.sin(a) * noise, angle, torch.ones_like(angle)
    )
    close(posterior.velocity_from_eps(x_t, noise, T, ALPHA_BARS), slope)
