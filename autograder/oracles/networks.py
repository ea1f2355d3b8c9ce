"""What a network gives when every one of its parameters equals one constant c.

Then all channels of a layer are equal, and a forward pass is a short recursion on one
number (or one small picture) per sample. Both signs of c are probed: only a negative
pre-activation shows the slope of a LeakyReLU.
"""

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


class ConstantEnergyNetwork:
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
