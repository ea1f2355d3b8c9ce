"""Part 4: how steep a critic is, and the ways to get that wrong."""

from collections.abc import Callable

import torch
from torch import Tensor

from autograder.judging import Exercise, Misconception, Probe
from autograder.judging.misconceptions import OVERWRITTEN, for_one_shape
from autograder.judging.probes import KEPT, together, uniform

from .observers import parts

GULRAJANI = "Gulrajani et al. 2017, Improved Training of Wasserstein GANs, equation 3, algorithm 1"


def slopes_at(
    critic: Callable[[Tensor], Tensor], x: Tensor, *, create_graph: bool = True
) -> Tensor:
    """The gradient of the critic at each image: x (N, 1, s, s) -> (N, 1, s, s)."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        (slopes,) = torch.autograd.grad(critic(x).sum(), x, create_graph=create_graph)
    return slopes


def norms(slopes: Tensor) -> Tensor:
    """(N, 1, s, s) -> (N,)."""
    return slopes.flatten(1).norm(dim=1)


# Wrong lengths: slopes (N, 1, s, s) -> any shape.
def _per_pixel(slopes):
    return slopes.flatten(1).abs()


def _per_row(slopes):
    return slopes.norm(dim=3)


def _per_channel(slopes):
    return slopes.norm(dim=1)


def _whole_batch(slopes):
    return slopes.norm()


def _of_batch_mean(slopes):
    return norms(slopes) / len(slopes)


def _of_image(slopes):
    return norms(torch.ones_like(slopes))


def _squared(slopes):
    return slopes.square().flatten(1).sum(1)


def _root_mean_square(slopes):
    return slopes.square().flatten(1).mean(1).sqrt()


NO_SLOPE = (
    "a gradient that cannot be taken",
    "torch.autograd.grad(outputs, inputs) wants one number as outputs, such as d(x).sum(), and"
    " inputs that asked for a gradient (requires_grad_()) before d saw them.",
)
# What torch says then.
REFUSALS = (
    "grad can be implicitly created only for scalar outputs",
    "does not require grad",
    "appears to not have been used in the graph",
)

# (name, sentence, wrong lengths) of the mistakes that show in the lengths and in the penalty.
LENGTHS = (
    (
        "norm per pixel",
        "Each image has one norm, over all its pixels: flatten the gradient to (N, 784) first, or"
        " take the norm over dim=(1, 2, 3).",
        (_per_pixel, _per_row, _per_channel),
    ),
    (
        "one norm over the whole batch",
        "Each image has its own norm: sum the squares over the pixels, not over the images.",
        (_whole_batch, lambda slopes: _whole_batch(slopes).expand(len(slopes))),
    ),
    (
        "gradient of a batch mean",
        "The gradient of D(x).mean() is N times too small for each image: take that of D(x).sum(),"
        " or give ones as grad_outputs.",
        (_of_batch_mean,),
    ),
    (
        "gradient of the image instead of D(image)",
        "outputs of torch.autograd.grad is D(image), a score for each image; the gradient of the"
        " image with respect to itself is 1 everywhere.",
        (_of_image,),
    ),
    (
        "the root left out",
        "The norm is the root of the sum of squares.",
        (_squared,),
    ),
    (
        "a mean of squares in the norm",
        "The Euclidean norm sums the squares; their mean makes it 28 times too small.",
        (_root_mean_square,),
    ),
)


def _gradient_norms(lengths=norms, create_graph=True):
    """gradient_norms with these lengths of the slopes."""
    return lambda critic, x: lengths(slopes_at(critic, x, create_graph=create_graph))


def _refused(message):
    def gradient_norms(critic, x):
        raise RuntimeError(message)

    return gradient_norms


def _overwriting(critic, x):
    found = _gradient_norms()(critic, x)
    with torch.no_grad():
        x.add_(1)
    return found


def _bowl(n, stiffness, flat):
    return together(
        x=uniform(-1, 1.4, n, 1, 4, 4),
        center=uniform(-0.5, 0.3, 1, 4, 4),
        stiffness=uniform(*stiffness, 1),
        weights=uniform(0.4, 1.9, n),
        flat=flat,
    )


ROW, COLUMN = "5 images, a critic that returns (N,)", "3 images, a critic that returns (N, 1)"
BOWLS = (ROW, COLUMN)


def _wrong(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=BOWLS)


def _wrong_lengths(name, sentence, wrong):
    """Wrong lengths, whether the critic learns from them or not."""
    formulas = (_gradient_norms(lengths, graph) for lengths in wrong for graph in (True, False))
    return _wrong(name, sentence, *formulas)


gradient_norms = Exercise(
    id="gan-fashion.gradient_norms",
    truth="the Euclidean norm of the gradient of D at each image: s |x - c| for a bowl",
    source=GULRAJANI,
    points=7,
    probes=(
        Probe(ROW, _bowl(5, (0.6, 0.9), True), parts.slope_lengths),
        Probe(COLUMN, _bowl(3, (1.7, 2.4), False), parts.slope_lengths),
        Probe(KEPT, _bowl(3, (0.6, 0.9), False), parts.images_kept),
    ),
    oracle=_gradient_norms(),
    misconceptions=(
        *(_wrong_lengths(*about) for about in LENGTHS),
        _wrong_lengths(
            "the largest slope",
            "The Euclidean norm is the root of the sum of all squares, not the largest entry.",
            (lambda slopes: slopes.flatten(1).abs().amax(1),),
        ),
        _wrong_lengths(
            "a sum of slopes",
            "The Euclidean norm squares the entries, adds them up and takes the root.",
            (
                lambda slopes: slopes.flatten(1).abs().sum(1),
                lambda slopes: slopes.flatten(1).sum(1),
            ),
        ),
        _wrong_lengths(
            "the penalty instead of the norms",
            "The norm of each image is asked for; the next exercise makes a penalty of them.",
            (
                lambda slopes: (norms(slopes) - 1).square(),
                lambda slopes: (norms(slopes) - 1).square().mean(),
                lambda slopes: 10 * (norms(slopes) - 1).square().mean(),
            ),
        ),
        _wrong_lengths(
            "one mean for the whole batch",
            "Each image has its own norm: return all N of them.",
            (lambda slopes: norms(slopes).mean(),),
        ),
        _wrong(
            "the penalty's graph cut",
            "The critic learns from the norms, so they must stay on the graph:"
            " torch.autograd.grad(..., create_graph=True).",
            _gradient_norms(create_graph=False),
        ),
        _wrong(*NO_SLOPE, *map(_refused, REFUSALS)),
        Misconception(*OVERWRITTEN, (_overwriting,), on=(KEPT,)),
        *for_one_shape((ROW, KEPT), (COLUMN,)),
    ),
)
