"""A sampler in the form of a public book: taken as ours, and judged as hard."""

import pytest
import torch

from autograder.judging import judge
from autograder.judging.aliases import as_called

from ..walks import generate_samples


def sampler(sign):
    def generate_samples(model, inp_imgs, steps, step_size, noise, return_img_per_step=False):
        x, pictures = inp_imgs.detach().clone(), []
        for _ in range(steps):
            x = (x + noise * torch.randn_like(x)).clamp(-1, 1).detach().requires_grad_()
            (gradient,) = torch.autograd.grad(model(x).sum(), x)
            x = (x + sign * step_size * gradient.clamp(-0.03, 0.03)).clamp(-1, 1).detach()
            pictures.append(x)
        return torch.stack(pictures) if return_img_per_step else x

    return generate_samples


@pytest.mark.parametrize(("sign", "mistake"), [(1, None), (-1, "wrong sign")])
def test_a_sampler_that_is_told_the_noise(sign, mistake):
    subject, told = as_called(generate_samples, "generate_samples", sampler(sign))
    assert "Foster" in told
    assert judge(generate_samples, subject, seed=1).misconception == mistake
