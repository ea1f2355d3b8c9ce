"""Answers in the form of public courses: taken as ours, and judged as hard."""

import pytest
import torch
from torch.nn import functional

from autograder.judging import judge
from autograder.judging.aliases import as_called

from .. import losses, sampling


def reparametrize(mu, logvar):
    return mu + (0.5 * logvar).exp() * torch.randn_like(mu)


def of_variance(mu, logvar):
    return mu + logvar.exp() * torch.randn_like(mu)


def of_deviation(mean, std):
    return mean + std * torch.randn_like(mean)


def of_root(mean, std):
    return mean + std.sqrt() * torch.randn_like(mean)


def rows(mean, log_std):
    return (mean**2 + (2 * log_std).exp() - 1 - 2 * log_std).sum(-1) / 2


def negative_rows(mean, log_std):
    return -rows(mean, log_std)


def vae_loss(recon_x, x, mu, logvar):
    rec = functional.binary_cross_entropy(recon_x, x.flatten(1), reduction="sum")
    return rec + rows(mu, logvar / 2).sum()


def vae_loss_with_means(recon_x, x, mu, logvar):
    rec = functional.binary_cross_entropy(recon_x, x.flatten(1))
    return rec + rows(mu, logvar / 2).sum()


@pytest.mark.parametrize(
    ("exercise", "name", "right", "wrong", "mistake"),
    [
        (sampling.sampling, "reparametrize", reparametrize, of_variance, "exp(log_var) as"),
        (sampling.sampling, "reparameterize", reparametrize, of_variance, "exp(log_var) as"),
        (sampling.sampling, "sample_reparameterize", of_deviation, of_root, "the root taken"),
        (losses.kl_divergence, "KLD", rows, negative_rows, "negated"),
        (losses.loss_function, "vae_loss", vae_loss, vae_loss_with_means, "mean BCE"),
    ],
)
def test_a_form_of_another_course(exercise, name, right, wrong, mistake):
    subject, told = as_called(exercise, name, right)
    assert f"Judged as {exercise.name}, in the form of" in told
    assert judge(exercise, subject, seed=1).is_right
    subject, _ = as_called(exercise, name, wrong)
    assert judge(exercise, subject, seed=1).misconception.startswith(mistake)


def test_a_name_with_other_arguments_is_another_function():
    def sample_reparameterize(mu, log_var):
        return reparametrize(mu, log_var)

    assert as_called(sampling.sampling, "sample_reparameterize", sample_reparameterize)[1] == ""
