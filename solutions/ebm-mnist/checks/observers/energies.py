"""The activation, the network that scores an image, and the scores of images."""

from collections.abc import Callable

from autograder.judging import observers
from autograder.judging.exercise import Inputs, Observations
from helpers.toys import LinearScore


def activation(call: Callable, inputs: Inputs) -> Observations:
    """The module that call() returns: its values on "x" and its slopes there."""
    net = observers._returned(call())
    weights = inputs["weights"]
    seen = observers.value_and_gradients(
        lambda x: (net(x) * weights.to(x.dtype)).sum(), {"x": inputs["x"]}
    )
    return {"value": net(inputs["x"].clone()), "slope": seen["gradient with respect to x"]}


def energy_network(build: Callable, inputs: Inputs) -> Observations:
    """observers.network, and the shape of the output for one image and for several."""
    net = build(*inputs["arguments"])
    seen = observers.network(lambda *arguments: net, inputs)
    for images in (inputs["x"], inputs["x"][:1]):
        out = observers.forward_at(net, inputs["constants"][0], {"x": images})
        name = f"shape of the output for {len(images)} image(s)"
        seen[name] = tuple(getattr(out, "shape", ()))
    return seen


def scores(call: Callable, inputs: Inputs) -> Observations:
    """anomaly_score(model, x) on f(x) = w.x, for several images and for one."""
    model = LinearScore(inputs["w"])
    several = call(model, inputs["x"].clone())
    return {
        "scores": several,
        "shape of the scores": tuple(getattr(several, "shape", ())),
        "score of one image": call(model, inputs["x"][:1].clone()),
    }
