"""The activation, the network that scores an image, and the scores of images."""

from collections.abc import Callable

from autograder.judging import observers
from autograder.judging.exercise import Inputs, Observations
from autograder.judging.networks.observers import batches, fed, returned
from helpers.toys import LinearScore


def activation(call: Callable, inputs: Inputs) -> Observations:
    """The module that call() returns: its values on "x" and its slopes there."""
    net = returned(call())
    weights = inputs["weights"]
    seen = observers.value_and_gradients(
        lambda x: (net(x) * weights.to(x.dtype)).sum(), {"x": inputs["x"]}
    )
    return {"value": net(inputs["x"].clone()), "slope": seen["gradient with respect to x"]}


def batch_axis(build: Callable, inputs: Inputs) -> Observations:
    """Whether a batch of any size is taken, and gives one number for each image, one included.

    inputs: as for networks.observers.batches.
    """
    seen = batches(build, inputs)
    net = returned(build(*inputs["arguments"])).eval()
    several, alone = (
        tuple(getattr(fed(net, {"x": images}), "shape", ()))
        for images in (inputs["x"], inputs["x"][:1])
    )
    several_right = several in ((len(inputs["x"]),), (len(inputs["x"]), 1))
    return seen | {
        "there is one number for each image, (N,) or (N, 1)": several_right,
        "a single image keeps its row": alone[:1] == (1,),
    }


def scores(call: Callable, inputs: Inputs) -> Observations:
    """anomaly_score(model, x) on f(x) = w.x, for several images and for one."""
    model = LinearScore(inputs["w"])
    several = call(model, inputs["x"].clone())
    return {
        "scores": several,
        "shape of the scores": tuple(getattr(several, "shape", ())),
        "score of one image": call(model, inputs["x"][:1].clone()),
    }
