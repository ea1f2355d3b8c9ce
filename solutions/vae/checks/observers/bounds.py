"""Bounds on log p(x): the model they are asked about, and what is seen of them."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from autograder.judging.exercise import Inputs, Observations
from autograder.judging.numbers import as_numbers

CODES = "codes given to the decoder, column"


class LinearModel(nn.Module):
    """enc(x) = (A x + a, exp(b)), a mean and a variance; dec(z) = logits whatever z is.

    What the bound of such a model is depends on no draw. Yet B is the slope of the logits in
    z: gradients pass. `codes`: what dec() was given.
    """

    def __init__(self, A: Tensor, a: Tensor, b: Tensor, B: Tensor, logits: Tensor):
        super().__init__()
        self.A, self.a, self.b = nn.Parameter(A), nn.Parameter(a), nn.Parameter(b)
        self.B, self.logits = nn.Parameter(B), nn.Parameter(logits)
        self.register_buffer("z_prior_m", torch.zeros_like(a[:1]))
        self.register_buffer("z_prior_v", torch.ones_like(a[:1]))
        self.z_dim = len(a)
        self.codes = []

    def enc(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x (N, D) -> mean (N, d), variance (N, d)."""
        return x.flatten(1) @ self.A.T + self.a, self.b.exp().expand(len(x), -1)

    def dec(self, z: Tensor) -> Tensor:
        """z (N, d) -> logits (N, D)."""
        self.codes.append(z.detach().clone())
        return self.logits + (z - z.detach()) @ self.B.T


def parts(call: Callable, inputs: Inputs) -> Observations:
    """What call(model, x) returns for a LinearModel of inputs "A", "a", "b", "B", "logits".

    inputs: also "x" (N, D). The codes are looked at where they enter the decoder.
    """
    model = LinearModel(*(inputs[name].clone() for name in ("A", "a", "b", "B", "logits")))
    result = call(model, inputs["x"].clone())
    three = isinstance(result, (tuple, list)) and len(result) == 3
    nelbo, kl, rec = result if three else (None,) * 3
    codes, size = [None] * model.z_dim, 0
    if model.codes and model.codes[0].shape == (len(inputs["x"]), model.z_dim):
        with torch.no_grad():
            mean, variance = model.enc(inputs["x"])
        codes = list(((model.codes[0] - mean) / variance.sqrt()).double().T)
        size = len(codes[0])
    numbers = [as_numbers(number) for number in (nelbo, kl, rec)]
    is_sum = all(number is not None and number.numel() == 1 for number in numbers) and bool(
        (numbers[0] - numbers[1] - numbers[2]).abs().max() <= 1e-4 * numbers[0].abs().max()
    )
    seen = {"rec": rec, "kl": kl, "nelbo": nelbo, "the bound is kl + rec": is_sum}
    named = {f"{CODES} {j}": z for j, z in enumerate(codes, start=1)}
    return {
        **seen,
        "number of codes": size,
        **named,
        "gradient of rec with respect to the encoder": _gradient(rec, model.a),
    }


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
