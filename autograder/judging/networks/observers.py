"""What is observed of a network that a function builds.

Its parameters get random weights of both signs, by their order and shape. An oracle's network and
every wrong one get the same, so the outputs tell whether it is the same function.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from autograder.judging.exercise import Inputs, Observations, Probe
from autograder.judging.networks.layers import Weights
from autograder.judging.observers import returned
from autograder.judging.student_module import draw, parameter_count

# What is said of the output of a network that is not a function.
RANDOM, CHANGING = "random", "another one at each call"
# What training mode makes of the output: batch normalisation looks at the batch then.
AS_USED, OTHER = "that of evaluation mode", "another than in evaluation mode"
FUNCTION, BATCHES, SEEDS = "random weights", "batches of other sizes", "seeds"
SIZE = "number of parameters"
# Sizes that students write into their code.
WRITTEN = (128, 100, 64, 32, 256, 50, 16, 10, 200, 20, 8, 5)
# Rows of the inputs: most of these are a multiple, so batch statistics stay what they are.
ROWS = 4
Draw = Callable[[torch.Generator], Tensor]


def function_probe(name: str, x: Draw, arguments: tuple = (), **options: Any) -> Probe:
    """See function(); the weights are drawn until the right network gives numbers of both signs.

    One that cannot, as it ends with a sigmoid, needs replace(..., tells=None), or it is asked in
    vain.
    """

    def drawn(g):
        weights = Weights(int(torch.randint(2**31, (), generator=g)))
        more = {key: one(g) if callable(one) else one for key, one in options.items()}
        return {"x": x(g), "arguments": arguments, "weights": weights, **more}

    return Probe(name, drawn, function, glance=_count, tells=gives_both_signs)


def gives_both_signs(build: Callable, inputs: Inputs) -> bool:
    """Whether a ReLU after the last layer would show: not where all numbers are positive."""
    net = build(*inputs["arguments"])
    draw(net, inputs["weights"])
    return has_both_signs(fed(net.eval(), inputs))


def has_both_signs(out: Any) -> bool:
    """Whether a tensor's numbers are positive and negative, and neither of these are tiny."""
    return not isinstance(out, Tensor) or bool(
        torch.minimum(out.max(), -out.min()) > 0.05 * out.abs().max()
    )


def function(build: Callable, inputs: Inputs) -> Observations:
    """The network that build() returns, as a function.

    inputs: "arguments" (a tuple for build), "weights" (Weights), "x" (what the network is fed),
    "or_flat" (whether it may want rows instead of images), "otherwise" (what it is fed if it
    ignores its arguments).
    Observed: number of parameters; output (N, units) in evaluation mode, or RANDOM or CHANGING;
    and whether it is the same in training mode. No more of that: with few rows a tiny eps of batch
    normalisation would count.
    """
    net = returned(build(*inputs["arguments"]))
    seen: Observations = {SIZE: sized(net, inputs)}
    draw(net, inputs["weights"])
    net.eval()
    seen["output"] = used = steady(partial(fed, net, inputs))
    net.train()
    trained = steady(partial(fed, net, inputs))
    both = isinstance(trained, Tensor) and isinstance(used, Tensor)
    seen["output in training mode"] = (
        (AS_USED if _alike(used, trained) else OTHER) if both else trained
    )
    return seen


def _count(build, inputs):
    return {SIZE: parameter_count(build(*inputs["arguments"]))}


def sized(net: nn.Module, inputs: Inputs) -> int:
    """The number of parameters; lazy layers learn their sizes from a first batch."""
    try:
        return parameter_count(net)
    except ValueError:
        net.eval()
        fed(net, inputs)
        return parameter_count(net)


def steady(call: Callable[[], object]) -> object:
    """What call() returns, as rows; RANDOM or CHANGING if it returns something else next time."""
    first, again = rows(call()), rows(call())
    if not isinstance(first, Tensor) or not isinstance(again, Tensor) or _alike(first, again):
        return first
    with torch.random.fork_rng(devices=[]):
        found = []
        for _ in range(2):
            torch.manual_seed(1)
            found.append(rows(call()))
    return RANDOM if _alike(*found) else CHANGING


def _alike(one, other):
    # Mostly they are the same, which is soon seen.
    return one.shape == other.shape and (
        torch.equal(one, other) or torch.allclose(one, other, 1e-4, 1e-5, equal_nan=True)
    )


def rows(out: object) -> object:
    """An output as rows, (N, units), if it is a tensor with a first axis."""
    return out.reshape(len(out), -1) if isinstance(out, Tensor) and out.dim() else out


def fed(net: nn.Module, inputs: Inputs) -> object:
    """What the network makes of inputs["x"], without gradients.

    A network that refuses it is tried with rows of pixels, with what it would take without its
    arguments, and with batches of the sizes in WRITTEN: what else is wrong must show, too.
    """
    x = inputs["x"]
    shapes = [x, *([x.flatten(1)] if inputs.get("or_flat") else [])]
    if "otherwise" in inputs:
        shapes.append(inputs["otherwise"])
    refused, counts = None, [len(x), *WRITTEN]
    for count in counts:
        for one in shapes:
            try:
                with torch.no_grad():
                    out = net(one[torch.arange(count) % len(one)])
            except RuntimeError as error:
                if refused is None:
                    refused = error
                    named = re.match(r"shape '\[(\d{1,3}),", str(error))
                    counts += [int(named[1])] if named else []
                continue
            enough = isinstance(out, Tensor) and out.dim() and len(out) == count
            return out[: len(x)] if enough else out
        if f"cannot be multiplied ({len(x)}x" in str(refused):  # the rows are not the trouble
            break
    assert refused is not None
    raise refused


def batches_probe(x: Draw, arguments: tuple = (), **options: Any) -> Probe:
    """See batches()."""
    probe = function_probe(BATCHES, x, arguments, **options)
    return Probe(BATCHES, probe.draw, batches)


def batches(build: Callable, inputs: Inputs) -> Observations:
    """Whether the network takes any number of rows, and no row depends on the others.

    inputs: as for function().
    """
    net = returned(build(*inputs["arguments"]))
    sized(net, inputs)
    draw(net, inputs["weights"])
    net.eval()
    every, x = rows(fed(net, inputs)), inputs["x"]
    fits = all(_gives(net, {**inputs, "x": x[:count]}, every) for count in (len(x), 2, 1))
    return {"a batch of any size is taken, row by row": fits}


def _gives(net, inputs, every):
    """Whether the first rows come out as they do among all."""
    count = len(inputs["x"])
    shapes = [inputs["x"], *([inputs["x"].flatten(1)] if inputs.get("or_flat") else [])]
    for x in shapes:
        try:
            with torch.no_grad():
                out = net(x.clone())
        except Exception:  # of the student's code: this batch is not taken
            continue
        if not isinstance(out, Tensor) or not isinstance(every, Tensor):
            return True
        wanted = every[:count]
        return out.numel() == wanted.numel() and torch.allclose(
            out.reshape(wanted.shape), wanted, 1e-3, 1e-4
        )
    return False


def size_probe(name: str, arguments: tuple = ()) -> Probe:
    """See how_large()."""
    return Probe(name, lambda g: {"arguments": arguments}, how_large)


def how_large(build: Callable, inputs: Inputs) -> Observations:
    """How large the network is that build() makes for other arguments, or for none."""
    net = returned(build(*inputs["arguments"]))
    return {"number of parameters then": parameter_count(net)}


def seeds_probe(x: Draw, arguments: tuple = ()) -> Probe:
    """See seeds()."""
    return Probe(SEEDS, lambda g: {"x": x(g), "arguments": arguments}, seeds)


NO_SEED = "no seed is taken"


def seeds(build: Callable, inputs: Inputs) -> Observations:
    """Whether build(*arguments, seed=...) gives the initial weights of its seed.

    A function without this argument is as right as it can be: NO_SEED is observed.
    """
    found = []
    for seed in (5, 5, 6, 0, 0):
        try:
            net = returned(build(*inputs["arguments"], seed=seed))
        except TypeError as error:
            if "seed" not in str(error):
                raise
            return {NO_SEED: True, **dict.fromkeys(_SEEDED, True)}
        net.eval()
        found.append(fed(net, inputs))
    one, again, other, zero, once_more = (torch.as_tensor(each) for each in found)
    differ = not torch.equal(one, other) or not one.any()  # a ReLU at the end may give nothing
    seen = torch.equal(one, again), differ, torch.equal(zero, once_more)
    return dict(zip(_SEEDED, seen, strict=True))


_SEEDED = (
    "the same seed gives the same weights",
    "another seed gives others",
    "seed 0 is a seed, too",
)
