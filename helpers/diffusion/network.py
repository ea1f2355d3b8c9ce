"""The given half of the networks of diffusion-mnist: a small U-Net around a student's blocks.

Layout after Ho, Jain and Abbeel 2020, "Denoising diffusion probabilistic models", appendix B, made
small: little is computed at 28 x 28, where it costs most, and one head of attention at 7 x 7.
"""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from helpers.errors import CourseError

CLASSES = 10
# The label that names no class.
NULL = 10
CHANNELS = (16, 48, 96)
GROUPS = 8


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
        labels: whether it knows classes. It is then called as model(x, t, y) with y int64 (N,) in
            0..9, or ``NULL`` for an image of no named class; y is ``NULL`` where it is left out.
        time_scale: what times are multiplied by before they are embedded, so that they range
            over about 1,000, whatever the number of steps.
        channels: feature maps at 28 x 28, at 14 x 14 and at 7 x 7, multiples of 8.
    """

    def __init__(
        self,
        block: Callable[[int, int, int], nn.Module],
        embedding: Callable[[Tensor, int], Tensor],
        *,
        labels: bool = False,
        time_scale: float = 1.0,
        channels: Sequence[int] = CHANNELS,
    ) -> None:
        super().__init__()
        self.embedding, self.time_scale = embedding, time_scale
        fine, middle, coarse = channels
        self.time_size, wide = middle, 2 * coarse
        self.time = nn.Sequential(nn.Linear(middle, wide), nn.SiLU(), nn.Linear(wide, wide))
        self.label = nn.Embedding(CLASSES + 1, wide) if labels else None
        self.stem = nn.Conv2d(1, fine, 3, padding=1)
        self.down1 = block(fine, fine, wide)
        self.half1 = nn.Conv2d(fine, middle, 3, stride=2, padding=1)
        self.down2 = block(middle, middle, wide)
        self.half2 = nn.Conv2d(middle, coarse, 3, stride=2, padding=1)
        self.down3 = block(coarse, coarse, wide)
        self.attention = Attention(coarse)
        self.up3 = block(coarse, coarse, wide)
        self.double2 = nn.Conv2d(coarse, middle, 1)
        self.up2 = block(2 * middle, middle, wide)
        self.double1 = nn.Conv2d(middle, fine, 1)
        self.up1 = block(2 * fine, fine, wide)
        self.norm = nn.GroupNorm(GROUPS, fine)
        self.out = nn.Conv2d(fine, 1, 3, padding=1)

    def forward(self, x: Tensor, t: Tensor, y: Tensor | None = None) -> Tensor:
        """Return images of the shape of x.

        Raises:
            CourseError: labels are given, and the network knows none.
        """
        emb = self.time(self.embedding(t * self.time_scale, self.time_size).to(x.dtype))
        if self.label is not None:
            emb = emb + self.label(torch.full_like(t, NULL, dtype=torch.long) if y is None else y)
        elif y is not None:
            raise CourseError("this U-Net knows no classes: call model(x, t), without labels.")
        fine = self.down1(self.stem(x), emb)
        middle = self.down2(self.half1(fine), emb)
        h = self.down3(self.half2(middle), emb)
        h = self.up3(self.attention(h), emb)
        # The channels before the places: four times less to compute.
        h = F.interpolate(self.double2(h), scale_factor=2.0, mode="nearest")
        h = self.up2(torch.cat([h, middle], dim=1), emb)
        h = F.interpolate(self.double1(h), scale_factor=2.0, mode="nearest")
        h = self.up1(torch.cat([h, fine], dim=1), emb)
        return self.out(F.silu(self.norm(h)))
