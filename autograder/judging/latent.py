"""Ways of looking at code with latent variables: random codes, bounds, encoders with decoders.

As in judging.observe, one function looks at the student's code, at the oracle and at every
wrong formula. Where the student's code draws, the others describe what they would draw.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from scipy import stats
from torch import nn

from autograder.judging.compare import as_numbers
from autograder.judging.distribution import FALSE_ALARM, Distribution
from autograder.oracles.vae import ConstantVAE

LAYERS = ("fc1", "fc2", "fc31", "fc32", "fc4", "fc5", "fc6")


def normal(scale):
    """Noise of N(0, scale^2)."""
    return Distribution(stats.norm(0, scale))


def uniform(low, high):
    """Noise of U(low, high), multiplied by a scale."""
    return lambda scale: Distribution(stats.uniform(low * scale, (high - low) * scale))


@dataclass(frozen=True)
class Constant(Distribution):
    """Not random at all: every draw is 0."""

    law: object = None

    def __str__(self):
        return "no noise"

    def accepts(self, sample):
        return bool(sample.abs().max() < 1e-3)


def none(scale):
    """No noise, whatever the scale."""
    return Constant()


@dataclass(frozen=True)
class WithinError(Distribution):
    """An estimate of the numbers `law`, each at most `error` away.

    error: seven deviations of the roughest estimate that is allowed. For a mean of a thousand
    draws or more that is passed by chance far less often than the FALSE_ALARM rate.
    """

    error: Any = None

    def __str__(self):
        return f"an estimate of {self.law}"

    def accepts(self, sample):
        truth = as_numbers(self.law)
        return sample.numel() == truth.numel() and bool(
            ((sample.flatten() - truth.flatten()).abs() <= as_numbers(self.error).flatten()).all()
        )


DEVIATIONS = 7
assert 2 * stats.norm.sf(DEVIATIONS) < FALSE_ALARM / 1000


@dataclass(frozen=True)
class Drawn:
    """What mean + deviation(spread) * noise is, in place of a draw.

    noise: scale -> Distribution. deviation: spread -> deviation, elementwise. reaches: names of
    the arguments that a gradient reaches. differs: along what the noise differs.
    """

    deviation: Callable
    noise: Callable = normal
    reaches: tuple = ("mean", "spread")
    differs: tuple = ("row", "column", "call")


def draws(call, inputs):
    """One column of draws for each (mean, spread), less the mean, over the right deviation.

    inputs: "mean" (d,), "spread" (d,), "rows", "deviation" (d,), the right one.
    """
    rows, right = inputs["rows"], inputs["deviation"]
    result = call(*_tables(inputs))
    shape = (rows, len(right))
    if isinstance(result, Drawn):
        scales = (result.deviation(inputs["spread"]) / right).tolist()
        columns = [result.noise(scale) for scale in scales]
    else:
        noise = _noise(result, inputs)
        columns = [result] * len(right) if noise is None else list(noise.T)
        shape = tuple(getattr(result, "shape", ()))
    named = {f"draws of column {j}": column for j, column in enumerate(columns, start=1)}
    return {"shape": shape, **named}


def independence(call, inputs):
    """Whether the noise is another one in each row, column and call; inputs as for draws()."""
    first, second = (call(*_tables(inputs)) for _ in range(2))
    if isinstance(first, Drawn):
        differs = {where: where in first.differs for where in ("row", "column", "call")}
    else:
        a, b = _noise(first, inputs), _noise(second, inputs)
        differs = dict.fromkeys(("row", "column", "call"))
        if a is not None and b is not None:
            a, b = a[:200], b[:200]
            gaps = {"row": a - a[:1], "column": a - a[:, :1], "call": a - b}
            differs = {where: bool(gap.abs().max() > 1e-4) for where, gap in gaps.items()}
    return {f"the noise differs from {where} to {where}": is_so for where, is_so in differs.items()}


def gradients_of_draws(call, inputs):
    """How far gradients reach: 1 is right, 0 is not at all; inputs as for draws(), and "slope".

    slope: (d,), the derivative of the right deviation. With z = mean + deviation * noise,
    dz/dspread is slope * noise, and the noise is known from z.
    """
    mean, spread = (table.requires_grad_() for table in _tables(inputs))
    result = call(mean.clone(), spread.clone())
    right, slope = inputs["deviation"], inputs["slope"]
    names = [f"gradient with respect to {name}" for name in inputs["names"]]
    if isinstance(result, Drawn):
        at = inputs["spread"].clone().requires_grad_()
        deviation = result.deviation(at)
        (steep,) = torch.autograd.grad(deviation.sum(), at)
        reached = (steep / deviation.detach() * right / slope) if result.noise is not none else None
        both = torch.ones_like(right), torch.zeros_like(right) if reached is None else reached
        kept = zip(both, ("mean", "spread"), strict=True)
        found = [grad if name in result.reaches else 0 * grad for grad, name in kept]
        return dict(zip(names, found, strict=True))
    noise = _noise(result, inputs)
    if noise is None:
        return dict.fromkeys(names)
    if not result.requires_grad:
        return dict.fromkeys(names, torch.zeros(len(right)))
    strong = noise.abs() > 0.1
    weights = torch.where(strong, 1 / (noise * slope), 0.0)
    share = strong.sum(0).clamp_min(1)
    found = [
        torch.autograd.grad(
            result, leaf, weight.to(result), retain_graph=True, materialize_grads=True
        )[0]
        for leaf, weight in ((mean, torch.ones_like(noise) / len(noise)), (spread, weights / share))
    ]
    return {name: grad.sum(0) for name, grad in zip(names, found, strict=True)}


def _tables(inputs):
    """mean and spread as (rows, d), as student code gets them."""
    return [inputs[name].expand(inputs["rows"], -1).clone() for name in ("mean", "spread")]


def _noise(result, inputs):
    """The standardised noise in a student's draws (rows, d); None where that is no such table."""
    numbers = as_numbers(result) if isinstance(result, torch.Tensor) else None
    if numbers is None or numbers.shape != (inputs["rows"], len(inputs["deviation"])):
        return None
    return (numbers - inputs["mean"].double()) / inputs["deviation"].double()


@dataclass(frozen=True)
class Bound:
    """What a function (model, x) -> (nelbo, kl, rec) would return, in place of a draw.

    codes: scale -> Distribution of the standardised codes that the decoder is given. scale:
    model -> (d,), their deviations; 1 is right. is_sum: whether nelbo is kl + rec.
    """

    nelbo: Any
    kl: Any
    rec: Any
    codes: Callable = normal
    scale: Any = None
    is_sum: bool = True


class LinearModel(nn.Module):
    """enc(x) = (A x + a, exp(b)), a mean and a variance; dec(z) = logits whatever z is.

    What the bound of such a model is depends on no draw. Yet B is the slope of the logits in
    z: gradients pass. `codes`: what dec() was given.
    """

    def __init__(self, A, a, b, B, logits):
        super().__init__()
        self.A, self.a, self.b = nn.Parameter(A), nn.Parameter(a), nn.Parameter(b)
        self.B, self.logits = nn.Parameter(B), nn.Parameter(logits)
        self.register_buffer("z_prior_m", torch.zeros_like(a[:1]))
        self.register_buffer("z_prior_v", torch.ones_like(a[:1]))
        self.z_dim = len(a)
        self.codes = []

    def enc(self, x):
        """x (N, D) -> mean (N, d), variance (N, d)."""
        return x.flatten(1) @ self.A.T + self.a, self.b.exp().expand(len(x), -1)

    def dec(self, z):
        """z (N, d) -> logits (N, D)."""
        self.codes.append(z.detach().clone())
        return self.logits + (z - z.detach()) @ self.B.T


def bound(call, inputs):
    """What call(model, x) returns for a LinearModel of inputs "A", "a", "b", "B", "logits".

    inputs: also "x" (N, D). The codes are looked at where they enter the decoder.
    """
    model = LinearModel(*(inputs[name].clone() for name in ("A", "a", "b", "B", "logits")))
    result = call(model, inputs["x"].clone())
    if isinstance(result, Bound):
        nelbo, kl, rec = result.nelbo, result.kl, result.rec
        scale = torch.ones(model.z_dim) if result.scale is None else result.scale(model)
        codes = [result.codes(each) for each in scale.tolist()]
        is_sum, size = result.is_sum, len(inputs["x"])
    else:
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
    named = {f"codes given to the decoder, column {j}": z for j, z in enumerate(codes, start=1)}
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


def encoder(build, inputs):
    """Number of parameters, and encoder(x), with a constant in each layer; see _with_constants."""
    net = _built(build, inputs)
    c, x = inputs["constants"], inputs["x"].flatten(1)
    if isinstance(net, ConstantVAE):
        mu, log_var = net.encoder(c, x)
    else:
        mu, log_var = _pair(_with_constants(net, c).encoder(x.clone()))
    return {"number of parameters": _count(net), "mu": mu, "log_var": log_var}


def decoder(build, inputs):
    """decoder(z), with a constant in each layer."""
    net, c = _built(build, inputs), inputs["constants"]
    if isinstance(net, ConstantVAE):
        return {"decoded": net.decoder(c, inputs["z"])}
    with torch.no_grad():
        out = _with_constants(net, c).decoder(inputs["z"].clone())
    return {"decoded": out.flatten(1) if isinstance(out, torch.Tensor) and out.dim() else out}


def forward(build, inputs):
    """What the network makes of images where its log variance is so low that z = mu.

    Its sampling is an exercise of its own: while that is a stub, z = mu stands in for it. For
    the same reason log_var, which a faulty sampling may have overwritten, is not looked at.
    """
    net, c = _built(build, inputs), inputs["constants"]
    if isinstance(net, ConstantVAE):
        mu, _ = net.encoder(c, inputs["x"])
        return {"number of results": 3, "first result": net.decoder(c, mu), "second result": mu}
    net = _with_constants(net, c)
    with torch.no_grad():
        try:
            results = _fed(net, inputs["x"])
        except NotImplementedError as stub:
            if str(stub):
                raise
            mu, log_var = _pair(net.encoder(inputs["x"].flatten(1)))
            results = net.decoder(mu), mu, log_var
    several = isinstance(results, (tuple, list))
    first, second = (*results, None, None)[:2] if several else (results, None)
    if isinstance(first, torch.Tensor) and first.dim() > 2:
        first = first.flatten(1)
    return {
        "number of results": len(results) if several else 1,
        "first result": first,
        "second result": second,
    }


def _fed(net, x):
    """Images, or for a network that wants them so, rows of pixels."""
    try:
        return net(x.clone())
    except RuntimeError as about_images:
        try:
            return net(x.flatten(1))
        except RuntimeError:
            raise about_images from None


def _built(build, inputs):
    net = build(*inputs.get("arguments", ()))
    if net is None:
        raise TypeError("it returned None; is a return missing?")
    return net


def _count(net):
    if hasattr(type(net), "parameter_count"):
        return net.parameter_count()
    return sum(parameter.numel() for parameter in net.parameters())


def _pair(result):
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise TypeError("encoder should return two tensors, mu and log_var")
    return result


def _with_constants(net, constants):
    """The network with one number in each layer, by its name, or else by its place."""
    layers = {}
    for name, parameter in net.named_parameters():
        layers.setdefault(name.rpartition(".")[0], []).append(parameter)
    named = {path: path.rpartition(".")[2] for path in layers}
    if set(named.values()) != set(LAYERS):
        if len(layers) != len(LAYERS):
            raise AttributeError(f"its layers should be {', '.join(LAYERS)}")
        named = dict(zip(layers, LAYERS, strict=True))
    with torch.no_grad():
        for path, parameters in layers.items():
            for parameter in parameters:
                parameter.fill_(constants[named[path]])
    return net.eval()
