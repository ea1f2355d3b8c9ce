"""Ways of looking at a callable: each returns observations by name.

The same function looks at the student's code, at the oracle and at every wrong formula.
"""

import torch

from autograder.oracles import gan
from helpers.toys import LinearCritic, LinearGenerator


def value(call, inputs):
    """The result of call(*inputs), and whether the caller's tensors are still the same."""
    given = {name: _copy(thing) for name, thing in inputs.items()}
    result = call(*given.values())
    kept = all(
        torch.equal(given[name], thing)
        for name, thing in inputs.items()
        if isinstance(thing, torch.Tensor)
    )
    return {"value": result, "the caller's tensor unchanged": kept}


def value_and_gradients(call, inputs):
    """The scalar call(*inputs) and its gradient with respect to every input."""
    leaves = {name: tensor.clone().requires_grad_() for name, tensor in inputs.items()}
    result = call(*(leaf.clone() for leaf in leaves.values()))
    gradients = dict.fromkeys(leaves)
    if isinstance(result, torch.Tensor) and result.requires_grad and result.numel() == 1:
        found = torch.autograd.grad(result.reshape(()), leaves.values(), allow_unused=True)
        gradients = dict(zip(leaves, found, strict=True))
    named = {f"gradient with respect to {name}": grad for name, grad in gradients.items()}
    return {"value": result, **named}


def network(build, inputs):
    """A network that build() returns, with all parameters set to each of inputs["constants"].

    inputs: "arguments" (tuple for build), "constants", "x" (what the network is fed) and
    "or_flat" (whether a network that wants (N, 784) in place of images may have it).
    Observed: number of parameters, outputs flattened to (N, units).
    """
    net = build(*inputs["arguments"])
    seen = {"number of parameters": parameter_count(net)}
    for constant in inputs["constants"]:
        out = forward_at(net, constant, inputs["x"], inputs.get("or_flat", False))
        seen[f"output when every parameter is {constant:g}"] = (
            out.reshape(len(out), -1) if isinstance(out, torch.Tensor) and out.dim() else out
        )
    return seen


def parameter_count(net):
    """Number of trainable numbers in a torch module or a closed-form network."""
    if hasattr(net, "parameter_count"):
        return net.parameter_count()
    return sum(parameter.numel() for parameter in net.parameters())


def forward_at(net, constant, x, or_flat=False):
    """Output in evaluation mode with every parameter set to `constant`."""
    if hasattr(net, "forward_at"):
        return net.forward_at(constant, x)
    net.eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.fill_(constant)
        try:
            return net(x.clone())
        except RuntimeError:
            if not or_flat:
                raise
            return net(x.flatten(1))


def random_function(call, inputs):
    """Draws of call(rows, dim, seed=None) and how it treats its seed.

    An oracle or a wrong formula returns a Distribution, a student's function a sample.
    """
    rows, dim = inputs["rows"], inputs["dim"]
    first = call(rows, dim)
    if hasattr(first, "accepts"):
        return {
            "shape": (rows, dim),
            "dtype": "torch.float32",
            "values": first,
            "two calls give different noise": first.fresh,
            "the same seed gives the same noise": first.obeys_seed,
        }
    second = call(rows, dim)
    seeded = [call(rows, dim, seed=seed) for seed in (5, 5, 6)]
    return {
        "shape": tuple(getattr(first, "shape", ())),
        "dtype": str(getattr(first, "dtype", type(first).__name__)),
        "values": first,
        "two calls give different noise": not _same(first, second),
        "the same seed gives the same noise": _same(*seeded[:2]) and not _same(*seeded[1:]),
    }


def optimiser(call, inputs):
    """Where call(model) moves a parameter under a known sequence of gradients.

    inputs: "start" (d,), "gradients" (T, d).
    """
    model = LinearCritic(inputs["start"])
    solver = call(model)
    path = []
    for gradient in inputs["gradients"]:
        model.weight.grad = gradient.clone().reshape(model.weight.shape)
        solver.step()
        path.append(model.weight.detach().flatten().clone())
    return {f"parameters after step {t}": place for t, place in enumerate(path, start=1)}


def gan_steps(call, inputs):
    """Two consecutive GAN steps on D(x) = w.x and G(z) = theta z with SGD.

    inputs: "w" (784,), "theta" (), "lr_d", "lr_g", "k", and "batches", a list of
    (real (N, 1, 28, 28), noise (N, 784)) of different N. The second step shows what the
    first one left behind: stale gradients, or a batch size taken for granted.
    """
    critic, generator = LinearCritic(inputs["w"]), LinearGenerator(inputs["theta"])
    d_solver = torch.optim.SGD(critic.parameters(), lr=inputs["lr_d"])
    g_solver = torch.optim.SGD(generator.parameters(), lr=inputs["lr_g"])
    polluted = []
    before = [None]
    d_solver.register_step_pre_hook(
        lambda *_: polluted.append(_changed(before[0], generator.scale.grad))
    )
    rows, seen = set(), {}
    for number, (real, noise) in enumerate(inputs["batches"], start=1):
        before[0] = _copy(generator.scale.grad)

        def draw(n, noise=noise):
            rows.add(n == len(noise))
            return noise.repeat(-(-n // len(noise)), 1)[:n].clone()

        losses = call(
            critic, generator, d_solver, g_solver,
            gan.discriminator_loss, gan.generator_loss, real.clone(), draw, inputs["k"],
        )  # fmt: skip
        seen[f"discriminator's weights after step {number}"] = critic.weight.detach().clone()
        seen[f"generator's weight after step {number}"] = generator.scale.detach().clone()
        if inputs["k"] == 1:
            pair = losses if isinstance(losses, (tuple, list)) and len(losses) == 2 else (None,) * 2
            seen[f"d_loss returned by step {number}"], seen[f"g_loss returned by step {number}"] = (
                pair
            )
    seen["noise has as many rows as the batch"] = rows == {True}
    seen["the discriminator's update leaves the generator's gradient alone"] = not any(polluted)
    return seen


def _changed(before, now):
    """Whether a gradient is neither what it was nor cleared."""
    if now is None or not now.any():
        return False
    return before is None or not torch.equal(before, now)


def _same(a, b):
    return isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor) and torch.equal(a, b)


def _copy(thing):
    return thing.clone() if isinstance(thing, torch.Tensor) else thing
