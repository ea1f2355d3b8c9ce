"""What a network gives when every one of its parameters equals one constant c.

Then all channels of a layer are equal, and a forward pass is a short recursion on one
number (or one small picture) per sample. Both signs of c are probed: only a negative
pre-activation shows the slope of a LeakyReLU.
"""

import math

import torch

OUTPUTS = {
    "identity": lambda h: h,
    "tanh": torch.tanh,
    "sigmoid": lambda h: 1 / (1 + torch.exp(-h)),
    "relu": lambda h: h.clamp_min(0),
    "swish": lambda h: h / (1 + torch.exp(-h)),
}


def leaky(h, slope):
    """LeakyReLU; slope 0 is ReLU, slope 1 no activation at all."""
    return torch.where(h > 0, h, slope * h)


class ConstantNetwork:
    """A network in closed form: its size, and its output with all parameters equal."""

    def parameter_count(self):
        raise NotImplementedError

    def forward_at(self, constant, x):
        """Output in evaluation mode with every parameter equal to `constant`."""
        raise NotImplementedError


class ConstantMLP(ConstantNetwork):
    """A fully connected network with widths n0-n1-...-nL and all parameters equal.

    widths: units per layer, input first. slope: of the hidden LeakyReLU.
    output: name in OUTPUTS. flatten: whether images (N, 1, 28, 28) are accepted.
    """

    def __init__(self, widths, slope, output="identity", flatten=True):
        self.widths, self.slope, self.flatten = widths, slope, flatten
        self.output = OUTPUTS[output]

    def parameter_count(self):
        return sum(a * b + b for a, b in zip(self.widths[:-1], self.widths[1:], strict=True))

    def forward_at(self, constant, x):
        """x (N, n0) or (N, 1, 28, 28) -> (N, nL)."""
        if x.dim() > 2 and not self.flatten:
            raise RuntimeError("shapes cannot be multiplied")
        h = x.flatten(1).sum(1, keepdim=True)
        h = constant * h + constant
        for width in self.widths[1:-1]:
            h = constant * width * leaky(h, self.slope) + constant
        return self.output(h).expand(-1, self.widths[-1])


class ConstantConvClassifier(ConstantNetwork):
    """conv32k5-pool-conv64k5-pool-flatten-1024-1 on 28x28 images, all parameters equal.

    Valid convolutions and 2x2 max pooling on an image that is one grey value v (N images:
    x (N, 1, 28, 28), each constant) keep every channel constant, so one number suffices.
    Source of the layout: Radford et al. 2016 in the reduced form of gan-mnist, part 6.
    """

    def __init__(self, slope=0.01, output="identity", pooled=True, batch=None):
        self.slope, self.output, self.batch = slope, OUTPUTS[output], batch
        side = ((28 - 4) // 2 - 4) // 2 if pooled else 28 - 4 - 4
        self.flat = 64 * side * side

    def parameter_count(self):
        return (25 + 1) * 32 + (25 * 32 + 1) * 64 + (self.flat + 1) * 1024 + 1024 + 1

    def forward_at(self, constant, x):
        """x (N, 1, 28, 28), every image one grey value -> (N, 1)."""
        if self.batch not in (None, len(x)):
            raise RuntimeError
        h = x.flatten(1)[:, :1]
        for fan_in in (25, 25 * 32, self.flat):
            h = leaky(constant * fan_in * h + constant, self.slope)
        return self.output(constant * 1024 * h + constant)


class ConstantDCGenerator(ConstantNetwork):
    """1024-BN-6272-BN-(128,7,7)-convT64(k4,s2,p1)-BN-convT1-Tanh, all parameters equal.

    In evaluation mode with fresh running statistics (mean 0, variance 1) batch norm is
    h -> c h / sqrt(1 + eps) + c. ReLU stands before it, or after it with norm_first.
    noise (N, noise_dim) -> (N, 784).
    """

    EPS = 1e-5

    def __init__(self, noise_dim, output="tanh", norm=True, norm_first=False, batch=None):
        self.noise_dim, self.batch = noise_dim, batch
        self.norm, self.norm_first = norm, norm_first
        self.output = OUTPUTS[output]

    def parameter_count(self):
        dense = (self.noise_dim + 1) * 1024 + (1024 + 1) * 6272
        norm = 2 * (1024 + 6272 + 64) if self.norm else 0
        return dense + norm + 128 * 64 * 16 + 64 + 64 * 16 + 1

    def _activate(self, h, constant):
        if not self.norm:
            return h.clamp_min(0)
        scale = constant / math.sqrt(1 + self.EPS)
        if self.norm_first:
            return (scale * h + constant).clamp_min(0)
        return scale * h.clamp_min(0) + constant

    def forward_at(self, constant, z):
        c = constant
        if self.batch not in (None, len(z)):
            raise RuntimeError
        h = self._activate(c * z.sum(1) + c, c)
        h = self._activate(c * 1024 * h + c, c)
        picture = h[:, None, None].expand(-1, 7, 7)
        picture = self._activate(c * 128 * double(picture) + c, c)
        return self.output(c * 64 * double(picture) + c).flatten(1)


class ConstantEnergyNetwork(ConstantNetwork):
    """conv16 k5 s2 p4, conv32/64/64 k3 s2 p1, 256-64-1 with Swish, all parameters equal.

    All channels of a layer are equal, so one picture (N, s, s) stands for them.
    Source of the layout: Nijkamp et al. 2019 and Du and Mordatch 2019, in the small form that
    courses use on MNIST. hidden: channels of the second layer. squeeze: how (N, 1) becomes
    (N,): "last" axis, "all" axes of size 1 (wrong for one image), or "none".
    """

    def __init__(
        self, hidden=32, activation="swish", output="identity", squeeze="last", padding=4, last=None
    ):
        self.channels = (hidden // 2, hidden, 2 * hidden, 2 * hidden)
        self.activation, self.output = OUTPUTS[activation], OUTPUTS[output]
        self.squeeze, self.padding = squeeze, padding
        self.behind_last = OUTPUTS[last or "identity"]
        side = 28
        for kernel, pad in self._layers():
            side = (side + 2 * pad - kernel) // 2 + 1
        self.flat = self.channels[-1] * side * side

    def _layers(self):
        return ((5, self.padding), (3, 1), (3, 1), (3, 1))

    def parameter_count(self):
        count, inputs = 0, 1
        for (kernel, _), outputs in zip(self._layers(), self.channels, strict=True):
            count, inputs = count + (inputs * kernel * kernel + 1) * outputs, outputs
        units = self.channels[-1]
        return count + (self.flat + 1) * units + units + 1

    def forward_at(self, constant, x):
        """x (N, 1, 28, 28) -> (N,)."""
        c, h, inputs = constant, x[:, 0], 1
        for (kernel, pad), outputs in zip(self._layers(), self.channels, strict=True):
            h, inputs = self.activation(c * inputs * windows(h, kernel, pad) + c), outputs
        h = c * inputs * h.flatten(1).sum(1, keepdim=True) + c
        units = self.channels[-1]
        h = self.output(self.behind_last(c * units * self.activation(h) + c))
        if self.squeeze == "none":
            return h
        return h.squeeze() if self.squeeze == "all" else h.squeeze(1)


def windows(picture, kernel, pad):
    """Convolution with a kernel of ones, stride 2: (N, s, s) -> (N, t, t)."""
    side = picture.shape[-1]
    places = (side + 2 * pad - kernel) // 2 + 1
    reach = torch.zeros(places, side, dtype=picture.dtype)
    for i in range(places):
        reach[i, max(2 * i - pad, 0) : max(2 * i - pad + kernel, 0)] = 1
    return reach @ picture @ reach.T


def double(picture):
    """Transposed convolution with a 4x4 kernel of ones, stride 2, padding 1: (N,s,s) -> (N,2s,2s).

    Input pixel i reaches the outputs 2i-1 .. 2i+2 along each axis; what falls outside is cut.
    """
    side = picture.shape[-1]
    reach = torch.zeros(2 * side, side, dtype=picture.dtype)
    for i in range(side):
        reach[max(2 * i - 1, 0) : 2 * i + 3, i] = 1
    return reach @ picture @ reach.T
