"""Losses of conditional and Wasserstein generative adversarial networks, in closed form.

Scores and logits are (N,); ``slopes`` are the gradients of a critic at N images, (N, D). Losses
are scalars. Those of the non-saturating game are in autograder.oracles.

Sources: Arjovsky, Chintala and Bottou 2017, "Wasserstein GAN", equation 3; Gulrajani et al. 2017,
"Improved Training of Wasserstein GANs", equation 3; Miyato and Koyama 2018, "cGANs with Projection
Discriminator", section 3.
"""

import torch
from torch import Tensor

WEIGHT = 10.0


def gradient_norms(slopes: Tensor) -> Tensor:
    """Euclidean length of each row: (N, D) -> (N,)."""
    return (slopes**2).sum(1).sqrt()


def gradient_penalty(slopes: Tensor) -> Tensor:
    """mean over the images of (|slope| - 1)^2."""
    return ((gradient_norms(slopes) - 1) ** 2).mean()


def critic_loss(
    scores_real: Tensor, scores_fake: Tensor, slopes: Tensor, weight: float = WEIGHT
) -> Tensor:
    """mean f - mean r + weight * gradient_penalty."""
    return scores_fake.mean() - scores_real.mean() + weight * gradient_penalty(slopes)


def generator_loss(scores_fake: Tensor) -> Tensor:
    """-mean f."""
    return -scores_fake.mean()


def projection_logits(phi: Tensor, labels: Tensor, A: Tensor, b: Tensor) -> Tensor:
    """y^T (A phi + b) with y the one-hot label: phi (N, F), labels (N,), A (K, F), b (K,)."""
    one_hot = torch.nn.functional.one_hot(labels, len(b)).to(phi.dtype)
    return (one_hot * (phi @ A.T + b)).sum(1)


def column_labels(rows: int, classes: int) -> Tensor:
    """0 .. classes-1, again and again, `rows` times: int64 (rows * classes,)."""
    return torch.arange(rows * classes) % classes
