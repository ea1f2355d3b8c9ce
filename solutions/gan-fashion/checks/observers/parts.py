"""Observers of the smaller parts of a GAN: slopes, optimisers, a projection, labels."""

from collections.abc import Callable

import torch

from autograder.judging.calls import NotAsAsked
from autograder.judging.exercise import Inputs, Observations
from helpers import toys

from .games import gradient, left_behind


def slope_lengths(call: Callable, inputs: Inputs) -> Observations:
    """The norms for D(x) = stiffness / 2 |x - center|^2, whose slope is stiffness (x - center).

    inputs: "x" (N, 1, s, s), "center" (1, s, s), "stiffness" (), "weights" (N,), and "flat":
    whether D returns (N,) instead of (N, 1).
    """
    weights = inputs["weights"]
    critic = _bowl(inputs)
    norms = call(critic, inputs["x"].clone())
    seen = {"norms": norms, "gradient for the critic": None}
    if isinstance(norms, torch.Tensor) and norms.numel() in (1, len(weights)):
        weighted = (norms.reshape(-1) * weights[: norms.numel()]).sum()
        seen["gradient for the critic"] = gradient(weighted, critic.stiffness)
    return seen


def images_kept(call: Callable, inputs: Inputs) -> Observations:
    """What one call with the critic of slope_lengths() leaves behind."""
    critic, given = _bowl(inputs), inputs["x"].clone()
    call(critic, given)
    return left_behind([(given, inputs["x"])], [(critic.stiffness, inputs["stiffness"])])


def _bowl(inputs):
    kind = toys.QuadraticEnergy if inputs["flat"] else _ColumnBowl
    return kind(inputs["center"], inputs["stiffness"])


class _ColumnBowl(toys.QuadraticEnergy):
    """A QuadraticEnergy that returns (N, 1)."""

    def forward(self, x):
        return super().forward(x)[:, None]


def optimisers(call: Callable, inputs: Inputs) -> Observations:
    """How far the two optimisers of call(g, d) move either network under known gradients.

    inputs: "start" (d,), "gradients" (T, d). The first one returned must be the discriminator's.
    """
    start, seen = inputs["start"], {}
    for position, name in enumerate(("first", "second")):
        # In float64: in float32 the roundings of many small steps add up.
        generator, discriminator = (toys.LinearCritic(start.double()) for _ in range(2))
        pair = call(generator, discriminator)
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise NotAsAsked("two optimisers are expected: return d_optimizer, g_optimizer")
        for known in inputs["gradients"]:
            for model in (generator, discriminator):
                model.weight.grad = known.double()
            pair[position].step()
        for whose, model in (("discriminator", discriminator), ("generator", generator)):
            way = model.weight.detach().double() - start.double()
            seen[f"way of the {whose} after steps of the {name} one"] = way
    return seen


def projection(build: Callable, inputs: Inputs) -> Observations:
    """The discriminator that build(features, F, K) returns, its parameters set to known values.

    inputs: "W" (784, F) of the features, "A" (K, F), "b" (K,), "x" (N, 1, 28, 28), "y" (a tuple).
    A parameter gets its values by its shape, whatever its name: (K, F), (F, K) or (K,).
    """
    A, b, y = inputs["A"], inputs["b"], torch.tensor(inputs["y"])
    net = build(_Features(inputs["W"]), A.shape[1], len(b))
    if net is None:
        raise NotAsAsked("the function returned None; is a return missing?")
    known = {tuple(each.shape): each for each in (A, A.T, b, A.mean(0), b.mean())}
    with torch.no_grad():
        for parameter in net.parameters():
            shape = tuple(side for side in parameter.shape if side != 1)
            values = known.get(shape)
            if values is None:
                parameter.fill_(0.1)
            else:
                parameter.copy_(values.reshape(parameter.shape))
    net.eval()
    with torch.no_grad():
        logits = net(inputs["x"].clone(), y)
    count = sum(parameter.numel() for parameter in net.parameters())
    return {"number of parameters": count, "logits": logits}


class _Features(torch.nn.Module):
    """phi(x) = x W, without parameters: (N, 1, 28, 28) to (N, F)."""

    def __init__(self, W):
        super().__init__()
        self.register_buffer("W", W.detach().clone())

    def forward(self, x):
        return x.flatten(1) @ self.W


def whole_numbers(call: Callable, inputs: Inputs) -> Observations:
    """call(*inputs), which returns a tensor of labels."""
    value = call(*inputs.values())
    whole = isinstance(value, torch.Tensor) and value.dtype in (torch.int64, torch.int32)
    return {"labels": value, "they are whole numbers (int64)": whole}
