"""The residual block of a U-Net, right or with a flaw.

Source: Ho et al. 2020, "Denoising Diffusion Probabilistic Models", appendix B: as in Wide ResNet,
with the time added to each block.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from autograder.judging.networks.layers import ACTIVATIONS, Equal
from autograder.judging.student_module import FillsItself
from helpers.random_weights import Place

GROUPS = 8


@dataclass(frozen=True)
class Form:
    """What a block computes; the defaults are right, and each other value is a flaw.

    first, second, of_time: activations by name in ACTIVATIONS, None for none. norms: of both
    normalisations: a number of groups, 0 for one group in each channel, "batch", None for none.
    order: "pre" for norm, activation, convolution; "post" for convolution, norm, activation.
    time: where it is added: "between", "first" (before the first norm), "behind the norm", "last",
    "scale and shift", "unused", "missing". skip: "right", "missing", "always a
    convolution", "where equal", "normalised", "shrunk", "multiplied". last: an activation behind
    the sum. dropout: a share. kernel: of both convolutions. bias: whether they have one.
    convolutions, norms_made: numbers of the first and the second among those of one shape.
    """

    first: str | None = "Swish"
    second: str | None = "Swish"
    of_time: str | None = "Swish"
    norms: tuple[Any, Any] = (GROUPS, GROUPS)
    order: str = "pre"
    time: str = "between"
    skip: str = "right"
    last: str | None = None
    dropout: float = 0.0
    kernel: int = 3
    bias: bool = True
    convolutions: tuple[int, int] = (0, 1)
    norms_made: tuple[int, int] = (0, 1)


class Block(FillsItself):
    """(N, n_in, H, W) and (N, n_time) to (N, n_out, H, W)."""

    def __init__(
        self,
        n_in: int,
        n_out: int,
        n_time: int,
        form: Form | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        self.n_in, self.n_out, self.n_time = n_in, n_out, n_time
        self.form, self.dtype, self.training = form or Form(), dtype, True
        self._weights: Any = Equal(0.01)

    def parameter_count(self) -> int:
        """How many numbers the parameters hold: those of all places that are asked for."""
        seen = _Counted()
        with_zeros = replace(self.form, dropout=0.0)
        block = Block(self.n_in, self.n_out, self.n_time, with_zeros, self.dtype)
        block._weights = seen
        block(torch.zeros(1, self.n_in, 3, 3), torch.zeros(1, self.n_time))
        return sum(math.prod(place.shape) for place in seen.places)

    def draw_parameters(self, weights: Any) -> None:
        """Take these random weights."""
        self._weights = weights

    def train(self, mode: bool = True) -> "Block":
        """As a module's."""
        self.training = mode
        return self

    def eval(self) -> "Block":
        """As a module's."""
        return self.train(False)

    def __call__(self, x: Tensor, emb: Tensor) -> Tensor:
        """What the block makes of x at the embedded times emb."""
        x, emb, form = x.to(self.dtype), emb.to(self.dtype), self.form
        start = x + self._time(emb, self.n_in) if form.time == "first" else x
        h = self._half(start, 0, self.n_in)
        if form.time == "between":
            h = h + self._time(emb, self.n_out)
        elif form.time == "unused":
            h = h + 0 * self._time(emb, self.n_out)
        h = self._half(h, 1, self.n_out, emb)
        if form.time == "last":
            h = h + self._time(emb, self.n_out)
        return _active(form.last, self._with_skip(x, h))

    def _half(self, h, number, channels, emb=None):
        form = self.form
        kind = (form.first, form.second)[number]
        if form.order == "post":
            h = self._convolution(h, channels, form.kernel, number)
            return _active(kind, self._norm(h, number, self.n_out))
        h = self._norm(h, number, channels)
        if number and form.time == "behind the norm":
            h = h + self._time(emb, channels)
        if number and form.time == "scale and shift":
            scale, shift = self._time(emb, 2 * channels).chunk(2, dim=1)
            h = h * (1 + scale) + shift
        h = _active(kind, h)
        if number and form.dropout:
            h = F.dropout(h, form.dropout, self.training)
        return self._convolution(h, channels, form.kernel, number)

    def _at(self, shape, role, layer, number=0):
        return self._weights.at(Place(shape, role, layer, number), self.dtype)

    def _norm(self, h, number, channels):
        kind = self.form.norms[number]
        if kind is None:
            return h
        made = self.form.norms_made[number] if self.n_in == self.n_out else 0
        if self.form.norms[0] is None or self.form.order == "post" and self.n_in != self.n_out:
            made = number if self.form.order == "post" else 0
        shape = (channels,)
        scale, bias = (self._at(shape, role, shape, made) for role in ("scale", "bias"))
        if kind != "batch":
            return F.group_norm(h, kind or channels, scale, bias)
        mean, variance = (self._at(shape, role, shape, made) for role in ("mean", "variance"))
        if self.training:
            return F.batch_norm(h, None, None, scale, bias, True)
        return F.batch_norm(h, mean, variance, scale, bias)

    def _convolution(self, h, channels, kernel, number):
        made = self.form.convolutions[number] if self.n_in == self.n_out else 0
        shape = (self.n_out, channels, kernel, kernel)
        weight = self._at(shape, "weight", shape, made)
        bias = self._at((self.n_out,), "bias", shape, made) if self.form.bias else None
        return F.conv2d(h, weight, bias, padding=kernel // 2)

    def _time(self, emb, channels):
        shape = (channels, self.n_time)
        weight, bias = self._at(shape, "weight", shape), self._at((channels,), "bias", shape)
        return F.linear(_active(self.form.of_time, emb), weight, bias)[:, :, None, None]

    def _with_skip(self, x, h):
        kind, equal = self.form.skip, self.n_in == self.n_out
        if kind == "missing" or (kind == "where equal" and not equal):
            return h
        if kind == "normalised":
            x = self._norm(x, 0, self.n_in)
        if not equal or kind == "always a convolution":
            shape = (self.n_out, self.n_in, 1, 1)
            bias = self._at((self.n_out,), "bias", shape) if self.form.bias else None
            x = F.conv2d(x, self._at(shape, "weight", shape), bias)
        if kind == "multiplied":
            return h * x
        return (x + h) / (math.sqrt(2) if kind == "shrunk" else 1)


class _Counted:
    """Weights that are all 0, and the places in which they are."""

    def __init__(self):
        self.places = set()

    def at(self, place, dtype):
        if place.role not in ("mean", "variance"):
            self.places.add(place)
        value = 1.0 if place.role == "variance" else 0.0
        return torch.full(place.shape, value, dtype=dtype)


def _active(kind: str | None, h: Tensor) -> Tensor:
    function: Callable[[Tensor], Tensor] = ACTIVATIONS[kind] if kind else (lambda x: x)
    return function(h)
