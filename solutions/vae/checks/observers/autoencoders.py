"""Observers of autoencoders: each half under random weights, the whole with constant layers."""

from collections.abc import Callable
from functools import partial

import torch

from autograder.judging.calls import NotAsAsked
from autograder.judging.exercise import Inputs, Observations
from autograder.judging.networks.observers import (
    SIZE,
    has_both_signs,
    returned,
    rows,
    sized,
    steady,
)
from autograder.judging.student_module import draw

# Seen of a network whose two heads are not fc31 and fc32: either of them may be the mean's.
OWN_NAMES = "the heads have other names"
# Shapes of the weights.
LAYERS = {"fc1": (512, 784), "fc2": (256, 512), "fc31": (2, 256), "fc32": (2, 256)}
LAYERS |= {"fc4": (256, 2), "fc5": (512, 256), "fc6": (784, 512)}


def encoder(build: Callable, inputs: Inputs) -> Observations:
    """Number of parameters, and encoder(x) in both modes, under random weights.

    inputs: as for networks.observers.function.
    """
    net = returned(build(*inputs["arguments"]))
    seen: Observations = {SIZE: sized(net, inputs)}
    draw(net, inputs["weights"])
    net.train()
    trained = _heads(net, inputs)
    seen["mu in training mode"] = trained["mu"]
    net.eval()
    return seen | _heads(net, inputs)


def heads_tell(build: Callable, inputs: Inputs) -> bool:
    """Whether an activation on either head would show."""
    seen = encoder(build, inputs)
    return has_both_signs(seen["mu"]) and has_both_signs(seen["log_var"])


def _heads(net, inputs):
    halves = [
        steady(lambda place=place: _pair(_row_by_row(net.encoder, inputs))[place])
        for place in (0, 1)
    ]
    order = [name for name in _names(net) if name in ("fc31", "fc32")]
    seen: Observations = {} if order else {OWN_NAMES: True}
    if order == ["fc32", "fc31"]:  # made the other way round, and so filled
        halves.reverse()
    return seen | dict(zip(("mu", "log_var"), halves, strict=True))


def _row_by_row(call, inputs):
    with torch.no_grad():
        return call(inputs["x"].clone())


def _names(net):
    """The layers in the order in which they were made."""
    sizes = getattr(type(net), "parameter_sizes", None)
    known = sizes(net) if sizes else dict(net.named_parameters())
    return list(dict.fromkeys(name.split(".")[-2] for name in known if "." in name))


def decoder(build: Callable, inputs: Inputs) -> Observations:
    """decoder(z) under random weights, in evaluation and in training mode."""
    net = returned(build(*inputs["arguments"]))
    sized(net, inputs)
    draw(net, inputs["weights"])
    seen: Observations = {}
    for name, mode in (("decoded", net.eval), ("decoded in training mode", net.train)):
        mode()
        seen[name] = steady(partial(_row_by_row, net.decoder, inputs))
    return seen


def any_batch(build: Callable, inputs: Inputs) -> Observations:
    """Whether both halves take one row, and several, each on its own.

    inputs: "x" (N, 784), "z" (N, 2), "weights".
    """
    net = returned(build())
    draw(net, inputs["weights"])
    net.eval()
    every = _both(net, inputs["x"], inputs["z"])
    alone = [_both(net, inputs["x"][i : i + 1], inputs["z"][i : i + 1]) for i in (0, 1)]
    same = all(
        isinstance(one, torch.Tensor) and torch.allclose(one.flatten(), all_[i], 1e-3, 1e-4)
        for i, found in enumerate(alone)
        for one, all_ in zip(found, every, strict=True)
    )
    return {"a batch of any size is taken, row by row": same}


def _both(net, x, z):
    with torch.no_grad():
        mu, log_var = _pair(net.encoder(x.clone()))
        return [rows(one) for one in (mu, log_var, net.decoder(z.clone()))]


def sizes(build: Callable, inputs: Inputs) -> Observations:
    """The network for other sizes: its number of parameters, and both halves.

    inputs: "arguments" (x_dim, h_dim1, h_dim2, z_dim), "x" (N, x_dim), "z" (N, z_dim), "weights".
    """
    net = returned(build(*inputs["arguments"]))
    seen: Observations = {SIZE: sized(net, inputs)}
    draw(net, inputs["weights"])
    net.eval()
    seen |= _heads(net, inputs)
    return seen | {"decoded": steady(partial(_row_by_row, net.decoder, {"x": inputs["z"]}))}


def forward(build: Callable, inputs: Inputs) -> Observations:
    """What the network makes of images where its log variance is so low that z = mu.

    Its sampling is an exercise of its own: while that is a stub, z = mu stands in for it. For
    the same reason log_var, which a faulty sampling may have overwritten, is not looked at.
    """
    net = _with_constants(returned(build()), inputs)
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


def _pair(result):
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise NotAsAsked("encoder should return two tensors, mu and log_var")
    return result


def _with_constants(net, inputs):
    """The network with one number in each layer, by its name, or else by its shape."""
    constants = inputs["constants"]
    _fill(net, constants)
    net.eval()
    if not any(name == "fc31" for name in _names(net)):
        # Of two heads under other names, the log variance's is the one that gives its low values.
        with torch.no_grad():
            mu, log_var = _pair(net.encoder(inputs["x"].flatten(1)))
        if (log_var > mu).all():
            heads = {"fc31": constants["fc32"], "fc32": constants["fc31"]}
            _fill(net, {**constants, **heads})
    return net


def _fill(net, constants):
    if hasattr(type(net), "take_constants"):
        net.take_constants(constants)
        return
    layers = {}
    for name, parameter in net.named_parameters():
        layers.setdefault(name.rpartition(".")[0], []).append(parameter)
    named = {path: path.rpartition(".")[2] for path in layers}
    if set(named.values()) != set(LAYERS):
        named = _by_shape(layers)
    with torch.no_grad():
        for path, parameters in layers.items():
            for parameter in parameters:
                parameter.fill_(constants[named[path]])


def _by_shape(layers):
    """The name in the notebook for each layer that has another one."""
    left = dict(LAYERS)
    named = {}
    for path, parameters in layers.items():
        shapes = [tuple(parameter.shape) for parameter in parameters]
        fitting = [name for name, shape in left.items() if shape in shapes]
        if not fitting:
            raise NotAsAsked(f"its layers should be {', '.join(LAYERS)}")
        named[path] = fitting[0]
        del left[fitting[0]]
    return named
