"""The given half of the networks of diffusion-mnist: a small U-Net around a student's blocks.

Layout after Ho, Jain and Abbeel 2020, "Denoising diffusion probabilistic models", appendix B, made
small: nothing is computed at 28 x 28, where it costs most. The first convolution makes maps of
14 x 14, the last one four numbers for each place of these, which are the pixels of a square.
"""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.errors import CourseError

CLASSES = 10
# The label that names no class.
NULL = 10
CHANNELS = (48, 96)
GROUPS = 8

# Times (N,) to two factors (N,) each: of the image, and of what the layers give.
Mix = Callable[[Tensor], tuple[Tensor, Tensor]]


def noise_mix(alpha_bars: Tensor) -> Mix:
    """The best linear guess of the noise in x_t, for images of variance 1: sqrt(1 - A_t) x_t.

    What it leaves to the layers has the variance A_t. They then give what Salimans and Ho 2022,
    "Progressive distillation for fast sampling of diffusion models", appendix D, call v.

    Args:
        alpha_bars: A, (T,).
    """

    def mix(t: Tensor) -> tuple[Tensor, Tensor]:
        left = alpha_bars.to(t.device)[t.long()]
        return (1 - left).sqrt(), left.sqrt()

    return mix


def velocity_mix(t: Tensor) -> tuple[Tensor, Tensor]:
    """The best linear guess of x1 - x0 from (1 - t) x0 + t x1, if both have variance 1.

    Karras, Aittala, Aila and Laine 2022, "Elucidating the design space of diffusion-based
    generative models", appendix B.6, choose both factors in this way.
    """
    variance = t**2 + (1 - t) ** 2
    return (2 * t - 1) / variance, variance.rsqrt()


class Attention(nn.Module):
    """Every place of a feature map (N, C, H, W) looks at all others; the shape stays."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(GROUPS, channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(self.norm(x)).flatten(2).transpose(1, 2).chunk(3, dim=2)
        found = F.scaled_dot_product_attention(q, k, v)
        return x + self.out(found.transpose(1, 2).reshape(x.shape))


class UNet(nn.Module):
    """Images (N, 1, 28, 28) and times (N,), with ``labels`` also classes (N,), to such images.

    Args:
        block: class of the residual blocks: ``block(in_channels, out_channels, time_channels)``,
            then called with feature maps (N, in, H, W) and embedded times (N, time_channels).
        embedding: function of times (N,) and a size to (N, size).
        mix: how the image is added to what the layers give: ``noise_mix(alpha_bars)`` for a
            network that gives noise, ``velocity_mix`` for one that gives a velocity.
        labels: whether it knows classes. It is then called as model(x, t, y) with y int64 (N,) in
            0..9, or ``NULL`` for an image of no named class; y is ``NULL`` where it is left out.
        time_scale: what times are multiplied by before they are embedded: they should range over
            about 1,000.
        channels: feature maps at 14 x 14 and at 7 x 7, multiples of 8.
    """

    def __init__(
        self,
        block: Callable[[int, int, int], nn.Module],
        embedding: Callable[[Tensor, int], Tensor],
        mix: Mix,
        *,
        labels: bool = False,
        time_scale: float = 1.0,
        channels: Sequence[int] = CHANNELS,
    ) -> None:
        super().__init__()
        self.embedding, self.mix, self.time_scale = embedding, mix, time_scale
        fine, coarse = channels
        self.time_size, wide = fine, 2 * coarse
        self.time = nn.Sequential(nn.Linear(fine, wide), nn.SiLU(), nn.Linear(wide, wide))
        self.label = nn.Embedding(CLASSES + 1, wide) if labels else None
        self.stem = nn.Conv2d(1, fine, 4, stride=2, padding=1)
        self.down1 = block(fine, fine, wide)
        self.shrink = nn.Conv2d(fine, coarse, 3, stride=2, padding=1)
        self.down2 = block(coarse, coarse, wide)
        self.attention = Attention(coarse)
        self.up2 = block(coarse, coarse, wide)
        self.grow = nn.Conv2d(coarse, fine, 1)
        self.up1 = block(2 * fine, fine, wide)
        self.norm = nn.GroupNorm(GROUPS, fine)
        self.out = nn.Conv2d(fine, 4, 3, padding=1)

    def forward(self, x: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        """Return images of the shape of x.

        Raises:
            CourseError: labels are given, and the network knows none.
        """
        t = t.to(x.device)  # some samplers make their times on the CPU
        emb = self.time(self.embedding(t * self.time_scale, self.time_size).to(x.dtype))
        if self.label is not None:
            emb = emb + self.label(torch.full_like(t, NULL, dtype=torch.long) if y is None else y)
        elif y is not None:
            raise CourseError("this U-Net knows no classes: call model(x, t), without labels.")
        fine = self.down1(self.stem(x), emb)
        h = self.down2(self.shrink(fine), emb)
        h = self.up2(self.attention(h), emb)
        # The channels before the places: four times less to compute.
        h = F.interpolate(self.grow(h), scale_factor=2.0, mode="nearest")
        h = self.up1(torch.cat([h, fine], dim=1), emb)
        h = F.pixel_shuffle(self.out(F.silu(self.norm(h))), 2)
        of_image, of_layers = (each.to(x.dtype)[:, None, None, None] for each in self.mix(t))
        return of_image * x + of_layers * h


class OfClasses(nn.Module):
    """A network of images, times and classes, asked for these classes: called as model(x, t).

    A Module, since what walks along a network may look at its mode or its parameters.

    Args:
        model: called as model(x, t, y).
        y: classes, int64 (N,), as many as the images that will come.
    """

    def __init__(self, model: nn.Module, y: Tensor) -> None:
        super().__init__()
        self.model, self.y = model, y
        self.train(model.training)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        return self.model(x, t, self.y)
