"""Observers of a conditional loss: which labels each network gets.

As in games.py, the networks are such that no score depends on the labels that are drawn.
"""

from collections.abc import Callable
from functools import cache

import numpy
import torch
from scipy import special

from autograder.judging.exercise import Inputs, Observations
from autograder.judging.networks.calls import on_forward
from helpers import toys

from .games import (
    ANOTHER,
    CPU,
    FALSE_ALARM,
    FITTING,
    NOTHING,
    OWN,
    described_noise,
    grey,
    in_turn,
    left_behind,
    split,
    values_and_gradients,
)

CLASSES = 10
OTHERS = "other labels"


def labelled_losses(
    call: Callable, inputs: Inputs, which: str = "both", gradients: bool = True
) -> Observations:
    """One call of a conditional loss; the score of a fake is the same for every label.

    inputs: those of labelled_inputs(), "x" (N, 1, 28, 28), "y" (a tuple of N labels), "shades"
    (N,), what the fakes are multiplied by, and "flat": whether D returns (N,) instead of (N, 1).
    gradients: whether to look at these, too.
    """
    x, y = inputs["x"], torch.tensor(inputs["y"])
    generator, discriminator = _labelled_networks(inputs)
    with torch.set_grad_enabled(gradients):
        result = call(generator, discriminator, x.clone(), y.clone(), device=CPU)
    leaves = (discriminator.gain, generator.scale) if gradients else None
    return values_and_gradients(split(result, which), leaves, which)


def labelled_inputs(g: torch.Generator) -> dict[str, torch.Tensor]:
    """A draw: pictures and directions of ten classes, in which no score of a fake depends on y.

    A fake of its class, one that was made without labels, and either looked at with labels or
    without, have four scores, whatever the label.
    """

    def normal(*shape):
        return torch.randn(*shape, generator=g, dtype=torch.float64) / 28

    directions, unlabelled = normal(CLASSES, 784), normal(784)
    pictures = torch.stack(
        [_solve([direction, unlabelled], [-0.8, 0.9], normal(784)) for direction in directions]
    )
    blind = _solve([*directions, unlabelled], [0.5] * CLASSES + [-1.3], normal(784))
    return {
        "directions": directions,
        "unlabelled": unlabelled,
        "pictures": pictures.reshape(CLASSES, 1, 28, 28),
        "blind": blind.reshape(1, 28, 28),
        "gain": torch.tensor(1.4).double(),
        "scale": torch.tensor(0.9).double(),
    }


@cache
def _any_inputs():
    """One draw of labelled_inputs(), in float32; for what does not depend on it."""
    drawn = labelled_inputs(torch.Generator().manual_seed(0))
    return {name: tensor.float() for name, tensor in drawn.items()}


def _solve(rows, values, start):
    """The vector nearest to `start` whose products with the rows are the values."""
    rows, values = torch.stack(rows), torch.tensor(values, dtype=torch.float64)
    return start + rows.T @ torch.linalg.solve(rows @ rows.T, values - rows @ start)


class _FlatCritic(toys.LabelledCritic):
    """A LabelledCritic that returns (N,)."""

    def forward(self, x, y=None):
        return super().forward(x, y)[:, 0]


class _Shading(toys.LabelledGenerator):
    """A LabelledGenerator whose images are multiplied by the shades in turn."""

    def __init__(self, shades, *about):
        super().__init__(*about)
        self.register_buffer("shades", shades)

    def forward(self, z, y=None):
        shades = self.shades[in_turn(len(z), len(self.shades))]
        return shades.reshape(-1, 1, 1, 1) * super().forward(z, y)


def _labelled_networks(inputs):
    shades = inputs.get("shades", torch.ones(1))
    generator = _Shading(shades, inputs["pictures"], inputs["blind"], inputs["scale"])
    kind = _FlatCritic if inputs.get("flat") else toys.LabelledCritic
    return generator, kind(inputs["directions"], inputs["unlabelled"], inputs["gain"])


def labelled_unchanged(call: Callable, inputs: Inputs) -> Observations:
    """What one call leaves behind, on the networks of labelled_losses()."""
    x, y = inputs["x"], torch.tensor(inputs["y"])
    generator, discriminator = _labelled_networks(inputs)
    given, labels = x.clone(), y.clone()
    call(generator, discriminator, given, labels, device=CPU)
    return left_behind(
        [(given, x), (labels, y)],
        [(discriminator.gain, inputs["gain"]), (generator.scale, inputs["scale"])],
    )


def labels(call: Callable, inputs: Inputs) -> Observations:
    """Which labels each network gets, over "calls" calls with "images" real images.

    The real images have three of the ten labels, so that uniform labels differ from theirs.
    """
    known = _any_inputs()
    generator, discriminator = _labelled_networks(known)
    count = inputs["images"]
    real, y = grey(count), torch.tensor([2, 5, 7])[torch.arange(count) % 3]
    made, told_of_real, told_of_fakes, drawn = set(), set(), set(), []

    def asked_for(given):
        labels = given.get("y")
        made.add(NOTHING if labels is None else OWN)
        if labels is not None:
            drawn.append(labels.detach().clone())

    def asked_about(given):
        images, labels = given["x"].detach(), given.get("y")
        of_real, of_fakes = _distances(images, real), _distances(images, every)
        is_real = of_real.amin(1) < 1e-4
        own = torch.where(is_real, y[of_real.argmin(1)], of_fakes.argmin(1))
        for found, rows in ((told_of_real, is_real), (told_of_fakes, ~is_real)):
            if not rows.any():
                continue
            if labels is None:
                found.add(NOTHING)
            else:
                found.add(OWN if torch.equal(own[rows], labels.long()[rows]) else ANOTHER)

    every = known["scale"] * known["pictures"]
    on_forward(generator, asked_for)
    on_forward(discriminator, asked_about)
    for _ in range(inputs["calls"]):
        call(generator, discriminator, real.clone(), y.clone(), device=CPU)
    if NOTHING in made:  # such a fake has no label of its own
        told_of_fakes = {NOTHING if NOTHING in told_of_fakes else OWN}
    return {
        "the generator's labels": _one(made),
        # The generator's loss alone asks about no real image.
        "the discriminator's label for a real image": _one(told_of_real or {OWN}),
        "the discriminator's label for a fake": _one(told_of_fakes),
        "labels of the fakes": _described_labels(drawn, y),
    }


def _distances(images, others):
    """The largest difference in the first eight pixels, (N, M): enough to tell them apart."""
    one, other = (each.detach().float().flatten(1)[:, :8] for each in (images, others))
    return torch.cdist(one, other, p=float("inf"))


def _one(found):
    """The worst of what was seen."""
    for about in (ANOTHER, NOTHING, OWN):
        if about in found:
            return about
    return NOTHING


def _described_labels(drawn, y):
    if not drawn:
        return FITTING  # another observation says that there are none
    # The same labels in several calls count once.
    drawn = [
        labels
        for before, labels in zip([None, *drawn], drawn, strict=False)
        if before is None or not torch.equal(before, labels)
    ]
    if all(
        len(labels) == len(y) and torch.equal(labels.sort()[0], y.sort()[0]) for labels in drawn
    ):
        return FITTING
    counts = numpy.bincount(torch.cat(drawn).numpy(), minlength=CLASSES)
    expected = counts.sum() / CLASSES
    pvalue = special.chdtrc(CLASSES - 1, ((counts - expected) ** 2 / expected).sum())
    return FITTING if pvalue > FALSE_ALARM else OTHERS


def labelled_noise(call: Callable, inputs: Inputs) -> Observations:
    """games.noise() for a conditional loss."""
    generator, discriminator = _labelled_networks(_any_inputs())
    given = []
    on_forward(generator, lambda about: given.append(about["z"].detach()))
    labels = torch.arange(inputs["images"]) % 10
    call(generator, discriminator, grey(inputs["images"]), labels, device=CPU)
    return {"noise": described_noise(given, (inputs["images"], generator.dim_z))}
