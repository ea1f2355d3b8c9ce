"""The given networks of gan-fashion: small enough for an epoch on a laptop's CPU.

Images are (N, 1, 28, 28) in [-1, 1]. Layout after Radford, Metz and Chintala 2016, "Unsupervised
Representation Learning with Deep Convolutional Generative Adversarial Networks", section 3.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.errors import CourseError


class Generator(nn.Module):
    """Noise (N, dim_z) to images (N, 1, 28, 28) in [-1, 1], through 128 feature maps of 7 x 7.

    Maps are enlarged before each convolution: transposed convolutions leave a grid of dots, which
    an epoch is too short to unlearn (Odena, Dumoulin and Olah 2016, "Deconvolution and
    Checkerboard Artifacts").

    With ``n_classes`` above 0 it is called as g(z, y) with labels y int64 (N,), whose one-hot
    form follows the noise; otherwise as g(z).
    """

    def __init__(self, dim_z: int = 64, n_classes: int = 0) -> None:
        super().__init__()
        self.dim_z, self.n_classes = dim_z, n_classes
        self.layers = nn.Sequential(
            nn.Linear(dim_z + n_classes, 128 * 7 * 7, bias=False),
            nn.Unflatten(1, (128, 7, 7)),
            nn.BatchNorm2d(128),
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(128, 64, 3, padding=1, bias=False),  # (N, 64, 14, 14)
            nn.BatchNorm2d(64),
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(64, 1, 3, padding=1),  # (N, 1, 28, 28)
            nn.Tanh(),
        )

    def forward(self, z: Tensor, y: Tensor | None = None) -> Tensor:
        """Return images for noise and, where there are classes, labels.

        Raises:
            CourseError: labels are missing, or there are no classes.
        """
        if (y is None) != (self.n_classes == 0):
            raise CourseError(
                "this generator has no classes: call g(z)."
                if y is not None
                else f"this generator draws {self.n_classes} classes: call g(z, y) with labels y."
            )
        if y is not None:
            z = torch.cat([z, F.one_hot(y, self.n_classes).to(z.dtype)], dim=1)
        return self.layers(z)


class ImageFeatures(nn.Module):
    """Images (N, 1, 28, 28) to ``dim`` = 128 features: what a discriminator knows of an image.

    No batch normalisation: the score of an image must not depend on the rest of the batch, nor
    must its slope, which a gradient penalty measures image by image.
    """

    def __init__(self, dim: int = 128) -> None:
        super().__init__()
        self.dim = dim
        self.layers = nn.Sequential(
            nn.Conv2d(1, 32, 4, stride=2, padding=1),  # (N, 32, 14, 14)
            nn.LeakyReLU(0.2),
            nn.Conv2d(32, 64, 4, stride=2, padding=1),  # (N, 64, 7, 7)
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(64 * 7 * 7, dim),
            nn.LeakyReLU(0.2),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class Discriminator(nn.Module):
    """Images (N, 1, 28, 28) to one score each (N, 1), with no activation after it: a logit."""

    def __init__(self, dim: int = 128) -> None:
        super().__init__()
        self.features = ImageFeatures(dim)
        self.score = nn.Linear(dim, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.score(self.features(x))


def update_both(
    d_loss: Tensor,
    g_loss: Tensor,
    d: nn.Module,
    g: nn.Module,
    d_optimizer: torch.optim.Optimizer,
    g_optimizer: torch.optim.Optimizer,
) -> None:
    """Move both networks at once, each down the gradient of its own loss alone.

    Both gradients are taken before either network moves, so the losses may share their graph,
    and neither loss leaves a gradient in the other's network.

    Raises:
        CourseError: a loss is not a scalar on the graph, or reaches no parameter of its network.
    """
    of_d, of_g = _gradients("d_loss", d_loss, d), _gradients("g_loss", g_loss, g)
    _step(d, of_d, d_optimizer)
    _step(g, of_g, g_optimizer)


def update_one(loss: Tensor, net: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Move one network down the gradient of its loss; no other network gets a gradient.

    Raises:
        CourseError: the loss is not a scalar on the graph, or reaches no parameter of the network.
    """
    _step(net, _gradients("loss", loss, net), optimizer)


def _gradients(name: str, loss: Tensor, net: nn.Module) -> Sequence[Tensor | None]:
    if not isinstance(loss, Tensor) or loss.numel() != 1 or not loss.requires_grad:
        about = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else repr(loss)[:40]
        raise CourseError(
            f"{name} is not a scalar that depends on its network ({about}): return the mean"
            " over the batch, and leave out detach() and no_grad()."
        )
    found = torch.autograd.grad(
        loss.reshape(()), list(net.parameters()), retain_graph=True, allow_unused=True
    )
    if all(gradient is None for gradient in found):
        raise CourseError(f"{name} does not depend on its network: are the images detached there?")
    return found


def _step(
    net: nn.Module, gradients: Sequence[Tensor | None], optimizer: torch.optim.Optimizer
) -> None:
    for parameter, gradient in zip(net.parameters(), gradients, strict=True):
        parameter.grad = gradient
    optimizer.step()
