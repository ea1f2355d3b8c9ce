"""Parts 0 and 1: scaling images, sampling noise."""

import torch
from scipy import stats

from autograder.exercises.probes import (
    together,
    uniform,
)
from autograder.judging import Exercise, Misconception, Probe, observe
from autograder.judging.distribution import Distribution, ScaledByMaximum
from autograder.oracles import gan

_pixels = (Probe("images in [0, 1]", together(x=uniform(0, 1, 3, 1, 28, 28)), observe.value),)
_scaled = (Probe("images in [-1, 1]", together(x=uniform(-1, 1, 3, 1, 28, 28)), observe.value),)

preprocess_img = Exercise(
    id="gan.preprocess_img",
    truth="2x - 1",
    source="Radford et al. 2016, section 3 (images scaled to the range of tanh)",
    points=2,
    probes=_pixels,
    oracle=gan.preprocess_img,
    misconceptions=(
        Misconception(
            "shifted but not stretched",
            "x - 0.5 covers [-0.5, 0.5]; tanh covers [-1, 1], so stretch by 2 as well.",
            (lambda x: x - 0.5,),
        ),
        Misconception(
            "no shift",
            "Zero stays zero: black pixels must become -1, so something must be subtracted.",
            (lambda x: 2 * x, lambda x: x.clone()),
        ),
        Misconception(
            "the inverse map",
            "This is the way back, from [-1, 1] to [0, 1].",
            (gan.deprocess_img,),
        ),
        Misconception(
            "pixels taken for 0 to 255",
            "The images already lie in [0, 1]; dividing by 255 once more makes them all black.",
            (lambda x: x / 127.5 - 1, lambda x: 2 * x / 255 - 1),
        ),
        Misconception(
            "standardised by mean and deviation",
            "Mean 0 and deviation 1 is another scaling: its range is not [-1, 1].",
            (lambda x: (x - 0.1307) / 0.3081,),
        ),
        Misconception(
            "the caller's tensor overwritten",
            "An in-place operation changes the caller's images: the next call scales them again.",
            (lambda x: x.mul_(2).sub_(1),),
        ),
    ),
)

deprocess_img = Exercise(
    id="gan.deprocess_img",
    truth="(x + 1) / 2",
    source="the inverse of preprocess_img",
    points=2,
    probes=_scaled,
    oracle=gan.deprocess_img,
    misconceptions=(
        Misconception(
            "shifted but not shrunk",
            "Adding 0.5 or 1 alone leaves a range of width 2; halve it as well.",
            (lambda x: x + 0.5, lambda x: x + 1),
        ),
        Misconception(
            "no shift",
            "Zero stays zero: -1 must become 0, so something must be added.",
            (lambda x: x / 2, lambda x: x.clone()),
        ),
        Misconception(
            "the forward map",
            "This is preprocess_img again; deprocess_img undoes it.",
            (gan.preprocess_img,),
        ),
        Misconception(
            "clamped in place of scaled",
            "Cutting at 0 throws away every pixel darker than mid-grey.",
            (lambda x: x.clamp(0, 1), lambda x: x.clamp_min(0), lambda x: torch.relu(x)),
        ),
        Misconception(
            "stretched by its own extremes",
            "Minimum and maximum change from batch to batch, so this does not undo 2x - 1.",
            (lambda x: (x - x.min()) / (x.max() - x.min()),),
        ),
        Misconception(
            "the caller's tensor overwritten",
            "An in-place operation changes the caller's images: use a new tensor.",
            (lambda x: x.add_(1).div_(2),),
        ),
    ),
)


def law(distribution, **how):
    return lambda rows, dim, seed=None: Distribution(distribution, **how)


_uniform = stats.uniform(-1, 2)

sample_noise = Exercise(
    id="gan.sample_noise",
    truth="independent draws from U(-1, 1), float32: mean 0, variance 1/3",
    source="Kolmogorov-Smirnov test with a false-alarm rate of 4e-7",
    points=4,
    probes=(Probe("200 x 96 draws", together(rows=200, dim=96), observe.random_function),),
    oracle=law(_uniform),
    misconceptions=(
        Misconception(
            "U(0, 1)",
            "torch.rand draws from [0, 1); stretch and shift it to [-1, 1).",
            (law(stats.uniform(0, 1)),),
        ),
        Misconception(
            "U(-1/2, 1/2)",
            "rand - 0.5 has the right mean and half the width: its variance is 1/12, not 1/3.",
            (law(stats.uniform(-0.5, 1)),),
        ),
        Misconception(
            "normal noise",
            "torch.randn is normal: a third of its draws lie outside [-1, 1].",
            (law(stats.norm()),),
        ),
        Misconception(
            "normal noise divided by its maximum",
            "It lies in [-1, 1] but is still bell-shaped, and depends on its largest draw.",
            (lambda rows, dim, seed=None: ScaledByMaximum(stats.norm()),),
        ),
        Misconception(
            "the same noise at every call",
            "A fixed seed inside the function repeats one batch for ever: seed only when asked to.",
            (law(_uniform, fresh=False), law(_uniform, fresh=False, obeys_seed=False)),
        ),
        Misconception(
            "the seed is ignored",
            "With seed given, the same seed must give the same noise and another seed another.",
            (law(_uniform, obeys_seed=False),),
        ),
    ),
)
