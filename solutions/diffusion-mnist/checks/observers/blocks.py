"""What is seen of a block that takes feature maps and embedded times."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from autograder.judging.exercise import Inputs, Observations
from autograder.judging.networks.observers import AS_USED, OTHER, SIZE, steady
from autograder.judging.observers import returned
from autograder.judging.student_module import draw, parameter_count

OUTPUT, TRAINED, SHAPE = "output", "output in training mode", "shape of the output"


def block(build: Callable, inputs: Inputs) -> Observations:
    """The block that build(*sizes) returns, as a function, in evaluation and in training mode.

    inputs: "sizes" (in, out and time channels), "x" (N, in, H, W), "emb" (N, time), "weights".
    """
    net = returned(build(*inputs["sizes"]))
    seen: Observations = {SIZE: parameter_count(net)}
    draw(net, inputs["weights"])
    net.eval()
    out = _fed(net, inputs)
    seen[SHAPE] = tuple(getattr(out, "shape", ()))
    seen[OUTPUT] = used = steady(partial(_fed, net, inputs))
    net.train()
    trained = steady(partial(_fed, net, inputs))
    if isinstance(used, Tensor) and isinstance(trained, Tensor):
        same = used.shape == trained.shape and torch.allclose(used, trained, 1e-4, 1e-4)
        trained = AS_USED if same else OTHER
    return {**seen, TRAINED: trained}


def at_a_glance(build: Callable, inputs: Inputs) -> Observations:
    """The number of parameters alone."""
    return {SIZE: parameter_count(build(*inputs["sizes"]))}


def kept(build: Callable, inputs: Inputs) -> Observations:
    """Whether the caller's tensors are still the same; inputs: as for block()."""
    net = returned(build(*inputs["sizes"]))
    x, emb = inputs["x"].clone(), inputs["emb"].clone()
    net.train()
    with torch.no_grad():
        net(x, emb)
    same = torch.equal(x, inputs["x"]) and torch.equal(emb, inputs["emb"])
    return {"the caller's tensors are left as they were": same}


def _fed(net, inputs):
    with torch.no_grad():
        return net(inputs["x"].clone(), inputs["emb"].clone())
