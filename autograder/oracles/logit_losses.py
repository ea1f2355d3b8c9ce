"""Losses and one training step of generative adversarial networks, in closed form.

Logits have any shape (N,) or (N, 1); losses are scalars. softplus(h) = log(1 + e^h) is
computed as max(h, 0) + log1p(e^-|h|), finite for every finite h.

Sources: Goodfellow et al. 2014, equations 1 and section 3 (non-saturating form);
Mao et al. 2017, "Least Squares Generative Adversarial Networks", equation 9 (a=0, b=c=1).
"""

import torch


def softplus(h):
    """log(1 + exp(h)), elementwise."""
    return h.clamp_min(0) + torch.log1p(torch.exp(-h.abs()))


def sigmoid(h):
    """1 / (1 + exp(-h)), elementwise."""
    return torch.exp(-softplus(-h))


def bce_loss(logits, targets):
    """Mean of softplus(h) - t h over the N pairs, whatever the two shapes."""
    h, t = logits.reshape(-1), targets.reshape(-1)
    return (softplus(h) - t * h).mean()


def discriminator_loss(logits_real, logits_fake):
    """mean softplus(-r) + mean softplus(f)."""
    return softplus(-logits_real).mean() + softplus(logits_fake).mean()


def generator_loss(logits_fake):
    """Non-saturating: mean softplus(-f); its gradient is -(1 - sigmoid(f)) / N."""
    return softplus(-logits_fake).mean()


def minimax_generator_loss(logits_fake):
    """mean log(1 - sigmoid(f)) = -mean softplus(f), never positive; gradient -sigmoid(f) / N."""
    return -softplus(logits_fake).mean()


def ls_discriminator_loss(scores_real, scores_fake):
    """1/2 mean (r - 1)^2 + 1/2 mean f^2."""
    return ((scores_real - 1) ** 2).mean() / 2 + (scores_fake**2).mean() / 2


def ls_generator_loss(scores_fake):
    """1/2 mean (f - 1)^2."""
    return ((scores_fake - 1) ** 2).mean() / 2


def preprocess_img(x):
    """[0, 1] -> [-1, 1]."""
    return 2 * x - 1


def deprocess_img(x):
    """[-1, 1] -> [0, 1]."""
    return (x + 1) / 2


def linear_gan_step(w, theta, real, noise, lr_d, lr_g, k=1):
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
