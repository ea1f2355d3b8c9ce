"""Ways of looking at a callable: each returns observations by name.

The same function looks at the student's code, at the oracle and at every wrong formula.
"""

import torch

from autograder.judging.numbers import as_numbers
from autograder.oracles import logit_losses
from autograder.oracles.networks import ConstantNetwork
from helpers.toys import LinearCritic, LinearGenerator


def value(call, inputs):
    """The result of call(*inputs)."""
    return {"value": call(*(tensor.clone() for tensor in inputs.values()))}


def unchanged(call, inputs):
    """Whether the caller's tensors are still the same after call(*inputs)."""
    given = [tensor.clone() for tensor in inputs.values()]
    call(*given)
    same = all(map(torch.equal, given, inputs.values()))
    return {"the caller's tensors are left as they were": same}


def value_and_gradients(call, inputs, constant=()):
    """The scalar call(*inputs) and its gradient with respect to each input not in `constant`."""
    given = {name: tensor.clone() for name, tensor in inputs.items()}
    leaves = {name: leaf.requires_grad_() for name, leaf in given.items() if name not in constant}
    result = call(*(tensor.clone() for tensor in given.values()))
    gradients = dict.fromkeys(leaves)
    if _is_loss(result):
        found = torch.autograd.grad(result.reshape(()), leaves.values(), materialize_grads=True)
        gradients = dict(zip(leaves, found, strict=True))
    named = {f"gradient with respect to {name}": grad for name, grad in gradients.items()}
    return {"value": result, **named}


def _is_loss(result):
    """Whether a backward pass can start here."""
    if not isinstance(result, torch.Tensor) or result.is_complex():
        return False
    return result.requires_grad and result.numel() == 1


def network(build, inputs):
    """A network that build() returns, with all parameters set to each of inputs["constants"].

    inputs: "arguments" (tuple for build), "constants", "x" (what the network is fed) and
    "or_flat" (whether a network that wants (N, 784) in place of images may have it).
    Observed: number of parameters, outputs flattened to (N, units).
    """
    net = _returned(build(*inputs["arguments"]))
    try:
        count = parameter_count(net)
    except ValueError:  # lazy layers learn their sizes from a first batch
        _feed(net, inputs)
        count = parameter_count(net)
    seen = {"number of parameters": count}
    for constant in inputs["constants"]:
        out = forward_at(net, constant, inputs)
        seen[f"output when every parameter is {constant:g}"] = (
            out.reshape(len(out), -1) if isinstance(out, torch.Tensor) and out.dim() else out
        )
    return seen


def _returned(thing):
    if thing is None:
        raise TypeError("the function returned None; is a return missing?")
    return thing


def parameter_count(net):
    """Number of trainable numbers in a torch module or a closed-form network."""
    if hasattr(type(net), "parameter_count"):
        return net.parameter_count()
    return sum(parameter.numel() for parameter in net.parameters())


def forward_at(net, constant, inputs):
    """Output in evaluation mode with every parameter set to `constant`."""
    if isinstance(net, ConstantNetwork):
        return net.forward_at(constant, inputs["x"])
    if hasattr(type(net), "fill_parameters"):  # in the sandbox, without shipping millions of them
        net.fill_parameters(constant)
    else:
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.fill_(constant)
    return _feed(net, inputs)


def _feed(net, inputs):
    net.eval()
    with torch.no_grad():
        try:
            return net(inputs["x"].clone())
        except RuntimeError as about_images:
            if not inputs.get("or_flat", False):
                raise
            try:
                return net(inputs["x"].flatten(1))
            except RuntimeError:
                raise about_images from None


def sample(call, inputs):
    """What call(rows, dim) draws. The law of its values is the probe's to declare."""
    values = call(inputs["rows"], inputs["dim"])
    return {
        "shape": tuple(getattr(values, "shape", ())),
        "values": values,
        "dtype": str(getattr(values, "dtype", type(values).__name__)),
    }


def repeated_samples(call, inputs):
    """How call(rows, dim, seed=None) differs from itself, without and with a seed."""
    rows, dim = inputs["rows"], inputs["dim"]
    first, second = call(rows, dim), call(rows, dim)
    five, again, six = (call(rows, dim, seed=seed) for seed in (5, 5, 6))
    return {
        "two calls give different noise": not _same(first, second),
        "the same seed gives the same noise, another seed another": _same(five, again)
        and not _same(again, six),
    }


def optimiser(call, inputs):
    """How far call(model) moves a parameter under a known sequence of gradients.

    inputs: "start" (d,), "gradients" (T, d). The way travelled, not the place: a learning
    rate of 1e-3 would drown in the tolerance of the place.
    """
    model = LinearCritic(inputs["start"])
    solver = _returned(call(model))
    path = []
    for gradient in inputs["gradients"]:
        model.weight.grad = gradient.clone().reshape(model.weight.shape)
        solver.step()
        path.append(model.weight.detach().double() - inputs["start"].double())
    return {f"way travelled after step {t}": way for t, way in enumerate(path, start=1)}


def gan_steps(call, inputs):
    """Two consecutive GAN steps on D(x) = w.x and G(z) = theta z with SGD.

    inputs: "w" (784,), "theta" (), "lr_d", "lr_g", "k", and "batches", a list of
    (real (N, 1, 28, 28), noise (N, 784)) of different N. The second step shows what the
    first one left behind: stale gradients, or a batch size taken for granted.
    """
    critic, generator = LinearCritic(inputs["w"]), LinearGenerator(inputs["theta"])
    d_solver = torch.optim.SGD(critic.parameters(), lr=inputs["lr_d"])
    g_solver = torch.optim.SGD(generator.parameters(), lr=inputs["lr_g"])
    sources, rows, seen = [], set(), {}
    # Which loss a gradient comes from, the last time one reaches the generator.
    passing = {"loss": None}

    def traced(loss):
        def traced_loss(*logits):
            value = loss(*logits)
            if value.requires_grad:
                value.register_hook(lambda _: passing.update(loss=loss))
            return value

        return traced_loss

    def watched(module, noise, fakes):
        if fakes.requires_grad:
            fakes.register_hook(lambda _: sources.append(passing["loss"]))

    generator.register_forward_hook(watched)
    d_solver.register_step_pre_hook(lambda *_: passing.update(loss=None))
    for number, (real, noise) in enumerate(inputs["batches"], start=1):

        def draw(n, noise=noise):
            rows.add(n == len(noise))
            return noise.repeat(-(-n // len(noise)), 1)[:n].clone()

        losses = call(
            critic, generator, d_solver, g_solver,
            traced(logit_losses.discriminator_loss), traced(logit_losses.generator_loss),
            real.clone(), draw, inputs["k"],
        )  # fmt: skip
        seen[f"discriminator's weights after step {number}"] = critic.weight.detach().clone()
        seen[f"generator's weight after step {number}"] = generator.scale.detach().clone()
        if inputs["k"] == 1:
            pair = losses if isinstance(losses, (tuple, list)) and len(losses) == 2 else (None,) * 2
            seen[f"d_loss returned by step {number}"], seen[f"g_loss returned by step {number}"] = (
                pair
            )
    seen["noise has as many rows as the batch"] = rows == {True}
    seen["the discriminator's loss sends the generator no gradient"] = (
        logit_losses.discriminator_loss not in sources
    )
    return seen


def _same(a, b):
    a, b = as_numbers(a), as_numbers(b)
    return a is not None and b is not None and torch.equal(a, b)
