"""Closed forms that only gan-mnist needs. Float64 tensors in, float64 tensors out.

Sources: Goodfellow et al. 2014, "Generative Adversarial Nets", equation 1 and algorithm 1;
Mao et al. 2017, "Least Squares Generative Adversarial Networks", equation 9 (a=0, b=c=1).
"""

import torch
from torch import Tensor

from autograder.oracles.logit_losses import discriminator_loss, generator_loss, sigmoid


def preprocess_img(x: Tensor) -> Tensor:
    """[0, 1] -> [-1, 1]."""
    return 2 * x - 1


def deprocess_img(x: Tensor) -> Tensor:
    """[-1, 1] -> [0, 1]."""
    return (x + 1) / 2


def value_function(p_data: Tensor, p_g: Tensor, d: Tensor) -> Tensor:
    """V(D) = sum p_data log d + sum p_g log(1 - d), with 0 log 0 = 0: three (K,) -> ()."""
    return (torch.xlogy(p_data, d) + torch.xlogy(p_g, 1 - d)).sum()


def ls_discriminator_loss(scores_real: Tensor, scores_fake: Tensor) -> Tensor:
    """1/2 mean (r - 1)^2 + 1/2 mean f^2."""
    return ((scores_real - 1) ** 2).mean() / 2 + (scores_fake**2).mean() / 2


def ls_generator_loss(scores_fake: Tensor) -> Tensor:
    """1/2 mean (f - 1)^2."""
    return ((scores_fake - 1) ** 2).mean() / 2


def linear_gan_step(
    w: Tensor, theta: Tensor, real: Tensor, noise: Tensor, lr_d: float, lr_g: float, k: int = 1
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Parameters after one GAN step with D(x) = w.x, G(z) = theta z, both by plain SGD.

    w: (d,). theta: (). real, noise: (N, d); every update sees the same noise.
    k discriminator updates come first, each down the gradient of discriminator_loss,
    then one generator update down the gradient of the non-saturating generator_loss
    (Goodfellow et al. 2014, algorithm 1, as a descent).
    Returns (w, theta, d_loss, g_loss), each loss as it was before its network's last update.
    """
    n = len(real)
    for _ in range(k):
        fake = theta * noise
        on_real, on_fake = real @ w, fake @ w
        d_loss = discriminator_loss(on_real, on_fake)
        w = w - lr_d / n * (sigmoid(on_fake) @ fake - sigmoid(-on_real) @ real)
    direction = noise @ w
    g_loss = generator_loss(theta * direction)
    theta = theta + lr_g / n * sigmoid(-theta * direction) @ direction
    return w, theta, d_loss, g_loss
