"""Encoder and decoder: the bound on test images, and what comes of codes from the prior.

A class could write down in its encoder which image it has seen, and look it up in its decoder: a
code of two numbers is room enough for that. So what the class gives is compared with what the
seven layers that the notebook prescribes give with the same weights, worked out here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from autograder.judging.trained.model import Trained
from autograder.judging.trained.pictures import PIXELS, Pictures
from autograder.judging.trained.rejection import NoData, Refused
from autograder.judging.trained.student_network import Network
from helpers import data
from helpers.errors import CourseError
from helpers.quality import trained as measures

LAYERS = ("fc1", "fc2", "fc31", "fc32", "fc4", "fc5", "fc6")
SHAPES = ((512, 784), (256, 512), (2, 256), (2, 256), (256, 2), (512, 256), (784, 512))
# Probabilities and codes that differ by more than rounding, the layers being summed in any order.
SAME = 1e-3


@dataclass(frozen=True)
class Codes:
    """A network with encoder (N, 784) -> mu, log_var (N, 2) and decoder (N, 2) -> (N, 784)."""

    size: int = 2

    def measure(
        self,
        network: Network,
        tensors: Mapping[str, Tensor],
        source: Generator,
        bars: Mapping[str, float],
    ) -> dict[str, float]:
        """{measure: value}; Refused for codes and pictures that are not made by these weights."""
        layers = _layers(network.load(tensors), network.place)
        found = self._of_prior(network, layers, source)
        bar = bars.get(measures.FRECHET, float("inf"))
        try:
            return {**self._of_images(network, layers, source), **found}
        except NoData:
            # What misses this bar is wrong, whatever the other would be.
            if not measures.is_met(measures.FRECHET, found[measures.FRECHET], bar):
                sentence = measures.sentence(measures.FRECHET, found[measures.FRECHET], bar)
                raise Refused("below the bar", f"Measured: {sentence}.") from None
            raise

    def _of_prior(self, network, layers, source):
        """Before any image was shown: what the decoder makes of codes from the prior."""
        pictures = Pictures(self.size, low=0.0, method="decoder")
        (z,) = pictures.inputs(measures.PICTURES, source)
        drawn = pictures.draw(network, (z,))
        _require("decoder", drawn, _decoder(layers, z))
        return measures.of_pictures(drawn.clamp(0, 1))

    def _of_images(self, network, layers, source):
        x = _test_images(source)
        codes = network.ask(x, method="encoder")
        if (
            not isinstance(codes, tuple)
            or [tuple(each.shape) for each in codes] != [(len(x), self.size)] * 2
        ):
            raise Refused(
                "another result",
                f"encoder should give mu and log_var, {self.size} numbers each for an image.",
            )
        mu, log_var = codes
        for got, truth in zip(codes, _encoder(layers, x), strict=True):
            _require("encoder", got, truth)
        z = mu + (log_var / 2).exp() * torch.randn(mu.shape, generator=source)
        # In another order than the images came in, so that a place in a batch tells nothing.
        order = torch.randperm(len(x), generator=source)
        decoded = torch.empty(len(x), PIXELS)
        decoded[order] = Pictures(self.size, low=0.0, method="decoder").draw(network, (z[order],))
        _require("decoder", decoded, _decoder(layers, z))
        return measures.of_codes(x, mu, log_var, decoded.clamp(0, 1))


def _test_images(source):
    try:
        images = data.load("mnist", "test")
    except CourseError as error:
        raise NoData(str(error)) from None
    if images.name != "mnist":
        raise NoData(
            "the bound is measured on the test images of MNIST, which are not here: set "
            "COURSE_DATA and grade again"
        )
    chosen = torch.randperm(len(images), generator=source)[: measures.CODED]
    return images.scaled(chosen).flatten(1)


def _layers(tensors, place):
    """{layer: (weight, bias)} by the notebook's names, or else by their order."""
    found = {}
    for key, tensor in tensors.items():
        found.setdefault(key.rpartition(".")[0], []).append(tensor.float())
    named = {path.rpartition(".")[2]: path for path in found}
    if set(named) != set(LAYERS) and len(found) == len(LAYERS):
        named = dict(zip(LAYERS, found, strict=True))
    layers = {}
    for name, shape in zip(LAYERS, SHAPES, strict=True):
        pair = sorted(found.get(named.get(name), ()), key=torch.Tensor.dim)
        if [tuple(each.shape) for each in pair] != [shape[:1], shape]:
            raise Refused(
                "another network",
                f"{place} does not hold the seven layers of part 2 ({name} is missing or of "
                "another size).",
            )
        layers[name] = (pair[1], pair[0])
    return layers


def _linear(layers, name, x):
    weight, bias = layers[name]
    return torch.addmm(bias, x, weight.T)


def _encoder(layers, x):
    h = _linear(layers, "fc2", _linear(layers, "fc1", x).relu()).relu()
    return _linear(layers, "fc31", h), _linear(layers, "fc32", h)


def _decoder(layers, z):
    h = _linear(layers, "fc5", _linear(layers, "fc4", z).relu()).relu()
    return _linear(layers, "fc6", h).sigmoid()


def _require(what, got, truth):
    if not ((got - truth).abs() <= SAME * (1 + truth.abs())).all():
        raise Refused(
            "more than its layers compute",
            f"{what} of the notebook's class gives something else than its layers, as part 2 has "
            "them, give with these weights.",
        )


# Set from the runs in docs/gallery/runs.json; the notebook names the same numbers.
MODELS = (
    Trained(
        id="vae.codes_trained",
        file="vae",
        points=2,
        kind=Codes(),
        arguments=(),
        needed={measures.NATS: 155, measures.FRECHET: 70},
    ),
)
