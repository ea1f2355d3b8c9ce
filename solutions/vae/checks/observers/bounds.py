"""Bounds on log p(x): the model they are asked about, and what is seen of them."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from autograder.judging.exercise import Inputs, Observations
from autograder.judging.numbers import as_numbers

from . import draws

CODES = "codes given to the decoder, column"
IS_SUM = "the bound is kl + rec"
REST = "nelbo less kl and rec"


class Encoder(nn.Module):
    """(A x + a, exp(b)): mean and variance. `encode` is its name in models of CS236."""

    def __init__(self, A: Tensor, a: Tensor, b: Tensor):
        super().__init__()
        self.A, self.a, self.b = nn.Parameter(A), nn.Parameter(a), nn.Parameter(b)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x (N, D) -> mean (N, d), variance (N, d)."""
        return x.flatten(1) @ self.A.T + self.a, self.b.exp().expand(len(x), -1)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self(x)


class Decoder(nn.Module):
    """Logits, whatever z is; yet B is their slope in z: gradients pass. `codes`: all z given."""

    def __init__(self, B: Tensor, logits: Tensor):
        super().__init__()
        self.B, self.logits = nn.Parameter(B), nn.Parameter(logits)
        self.codes: list[Tensor] = []

    def forward(self, z: Tensor) -> Tensor:
        """z (N, d) -> logits (N, D)."""
        self.codes.append(z.detach().clone())
        return self.logits + (z - z.detach()) @ self.B.T

    def decode(self, z: Tensor) -> Tensor:
        return self(z)


class LinearModel(nn.Module):
    """A model with enc and dec, whose bound depends on no draw; the prior is there, too."""

    def __init__(self, A: Tensor, a: Tensor, b: Tensor, B: Tensor, logits: Tensor):
        super().__init__()
        self.enc, self.dec = Encoder(A, a, b), Decoder(B, logits)
        self.register_buffer("z_prior_m", torch.zeros_like(a[:1]))
        self.register_buffer("z_prior_v", torch.ones_like(a[:1]))
        self.z_prior = (self.z_prior_m, self.z_prior_v)
        self.z_dim = len(a)


def parts(call: Callable, inputs: Inputs) -> Observations:
    """What call(model, x) returns for a LinearModel of inputs "A", "a", "b", "B", "logits".

    inputs: also "x" (N, D). The codes are looked at where they enter the decoder.
    """
    model = _model(inputs)
    result = call(model, inputs["x"].clone())
    nelbo, kl, rec = _three(result)
    columns, size = [None] * model.z_dim, 0
    codes = _noise(model, inputs)
    if codes:
        columns, size = list(codes[0].T), len(codes[0])
    named = {f"{CODES} {j}": z for j, z in enumerate(columns, start=1)}
    of_rec, of_kl = _gradient(rec, model.enc.a), _gradient(kl, model.enc.a)
    return {
        "rec": rec,
        "kl": kl,
        REST: _rest(nelbo, kl, rec),
        "number of codes": size,
        **named,
        "gradient of rec with respect to the encoder": of_rec,
        "gradient of rec with respect to the decoder": _gradient(rec, model.dec.logits),
        "a gradient goes from kl to the encoder": of_kl is not None and bool(of_kl.any()),
    }


def reconstruction(call: Callable, inputs: Inputs) -> Observations:
    """The part of the result that depends on no draw, for logits or batches out of the ordinary."""
    nelbo, kl, rec = _three(call(_model(inputs), inputs["x"].clone()))
    return {"rec": rec, IS_SUM: _is_sum(nelbo, kl, rec)}


def independence(call: Callable, inputs: Inputs) -> Observations:
    """Whether the codes differ in each row, column and call; inputs as for parts()."""
    model = _model(inputs)
    for _ in range(2):
        call(model, inputs["x"].clone())
    codes = _noise(model, inputs)
    return draws.independent(*((codes[0], codes[-1]) if codes else (None, None)))


def kept(call: Callable, inputs: Inputs) -> Observations:
    """What the caller finds after call(model, x); inputs as for parts()."""
    model, x = _model(inputs), inputs["x"].clone()
    modes = []
    for mode in (True, False):
        model.train(mode)
        call(model, x)
        modes.append(model.training is mode)
    return {
        "the caller's tensors are left as they were": torch.equal(x, inputs["x"]),
        "the model stays in training or evaluation mode": all(modes),
    }


def _model(inputs):
    return LinearModel(*(inputs[name].clone() for name in ("A", "a", "b", "B", "logits")))


def _three(result):
    several = isinstance(result, (tuple, list)) and len(result) == 3
    return result if several else (None,) * 3


def _rest(*three):
    """What is left of the bound, but for rounding; None where there are not three numbers."""
    numbers = [as_numbers(number) for number in three]
    if any(number is None or number.numel() != 1 for number in numbers):
        return None
    nelbo, kl, rec = (number.reshape(()) for number in numbers)
    rest = nelbo - kl - rec
    return rest if rest.abs() > 1e-5 * (nelbo.abs() + kl.abs() + rec.abs()) else torch.zeros(())


def _is_sum(*three):
    nelbo, kl, rec = (as_numbers(number) for number in three)
    if any(number is None or number.numel() != 1 for number in (nelbo, kl, rec)):
        return False
    return bool((nelbo - kl - rec).abs().max() <= 1e-4 * nelbo.abs().max())


def _noise(model, inputs):
    """The standardised codes (N, d) of each call of the decoder that got a table of this size."""
    x = inputs["x"]
    with torch.no_grad():
        mean, variance = model.enc(x.clone())
    fit = [z for z in model.dec.codes if z.shape == (len(x), model.z_dim)]
    return [((z - mean) / variance.sqrt()).double() for z in fit]


def _gradient(number, leaf):
    """Of a scalar, with respect to a leaf; zeros where none arrives, None for no tensor."""
    if not isinstance(number, torch.Tensor) or number.numel() != 1:
        return None
    if not number.requires_grad:
        return torch.zeros_like(leaf)
    (found,) = torch.autograd.grad(
        number.reshape(()), leaf, retain_graph=True, materialize_grads=True
    )
    return found
