"""What the networks of gan-mnist give when every parameter equals one constant c.

Then all channels of a layer are equal, and a forward pass is a short recursion on one number (or
one small picture) per sample, without any layer of torch's. In evaluation mode, in float64.
"""

import math

import torch

OUTPUTS = {"identity": lambda h: h, "tanh": torch.tanh, "sigmoid": lambda h: 1 / (1 + (-h).exp())}
# Added to the running variance by batch norm.
EPS = 1e-5


def leaky(h, slope):
    """LeakyReLU; slope 0 is ReLU, slope 1 no activation at all."""
    return torch.where(h > 0, h, slope * h)


def mlp(x, c, widths, slope, output):
    """Widths n0-n1-...-nL with LeakyReLU: x (N, ...) of n0 numbers each -> (N, nL)."""
    h = c * x.flatten(1).sum(1, keepdim=True) + c
    for width in widths[1:-1]:
        h = c * width * leaky(h, slope) + c
    return OUTPUTS[output](h).expand(-1, widths[-1])


def mlp_size(widths):
    """How many weights and biases."""
    return sum(a * b + b for a, b in zip(widths[:-1], widths[1:], strict=True))


def classifier(x, c, slope=0.01, output="identity", pooled=True):
    """conv32k5-pool-conv64k5-pool-1024-1: grey images (N, 1, 28, 28) of one value each -> (N, 1).

    Valid convolutions and max pooling keep every channel constant.
    """
    h = x.flatten(1)[:, :1]
    for fan_in in (25, 25 * 32, _flat(pooled)):
        h = leaky(c * fan_in * h + c, slope)
    return OUTPUTS[output](c * 1024 * h + c)


def classifier_size(pooled=True):
    """How many weights and biases."""
    return (25 + 1) * 32 + (25 * 32 + 1) * 64 + (_flat(pooled) + 1) * 1024 + 1024 + 1


def _flat(pooled):
    side = ((28 - 4) // 2 - 4) // 2 if pooled else 28 - 4 - 4
    return 64 * side * side


def dc_generator(z, c, output="tanh", norm=True, norm_first=False):
    """1024-6272-(128, 7, 7)-convT64-convT1: z (N, noise_dim) -> (N, 784).

    With fresh running statistics (mean 0, variance 1) batch norm is h -> c h / sqrt(1 + eps) + c.
    """

    def activate(h):
        scale = c / math.sqrt(1 + EPS)
        if not norm:
            return h.clamp_min(0)
        return (scale * h + c).clamp_min(0) if norm_first else scale * h.clamp_min(0) + c

    h = activate(c * z.sum(1) + c)
    h = activate(c * 1024 * h + c)
    picture = h[:, None, None].expand(-1, 7, 7)
    picture = activate(c * 128 * double(picture) + c)
    return OUTPUTS[output](c * 64 * double(picture) + c).flatten(1)


def dc_generator_size(noise_dim, norm=True):
    """How many weights and biases, those of batch norm among them."""
    dense = (noise_dim + 1) * 1024 + (1024 + 1) * 6272
    return dense + norm * 2 * (1024 + 6272 + 64) + 128 * 64 * 16 + 64 + 64 * 16 + 1


def double(picture):
    """Transposed convolution with a 4x4 kernel of ones, stride 2, padding 1: (N,s,s) -> (N,2s,2s).

    Input pixel i reaches the outputs 2i-1 .. 2i+2 along each axis; what falls outside is cut.
    """
    side = picture.shape[-1]
    reach = torch.zeros(2 * side, side, dtype=picture.dtype)
    for i in range(side):
        reach[max(2 * i - 1, 0) : 2 * i + 3, i] = 1
    return reach @ picture @ reach.T
