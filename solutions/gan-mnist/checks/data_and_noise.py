"""Parts 0 and 1: scaling images, sampling noise."""

import torch
from torch.distributions import Normal, Uniform

from autograder.judging import Alias, Exercise, Misconception, Probe, observers
from autograder.judging.distribution import Distribution, ScaledByMaximum
from autograder.judging.misconceptions import overwritten
from autograder.judging.probes import kept_probe, together, uniform

from . import oracles

IMAGES = "a batch of images"


def _image_probes(low, high):
    """Neither black nor white is among the pixels, which would tell nothing of the range."""
    tenth = (high - low) / 10
    images = uniform(low + tenth, high - 2 * tenth, 3, 1, 28, 28)
    return Probe(IMAGES, together(x=images), observers.value), kept_probe(x=images)


def _wrong_map(name, sentence, *formulas):
    return Misconception(name, sentence, formulas, on=(IMAGES,))


preprocess_img = Exercise(
    id="gan-mnist.preprocess_img",
    truth="2x - 1",
    source="Radford et al. 2016, section 3 (images scaled to the range of tanh)",
    points=2,
    probes=_image_probes(0, 1),
    oracle=oracles.preprocess_img,
    misconceptions=(
        _wrong_map(
            "shifted but not stretched",
            "x - 0.5 covers [-0.5, 0.5]; tanh covers [-1, 1], so stretch by 2 as well.",
            lambda x: x - 0.5,
        ),
        _wrong_map(
            "no shift",
            "Zero stays zero: black pixels must become -1, so something must be subtracted.",
            lambda x: 2 * x,
            lambda x: x.clone(),
        ),
        _wrong_map(
            "the shift in the other direction",
            "Black pixels, 0, must become -1: subtract 1.",
            lambda x: 2 * x + 1,
        ),
        _wrong_map(
            "the inverse map",
            "This maps [-1, 1] back to [0, 1].",
            oracles.deprocess_img,
        ),
        _wrong_map(
            "pixels taken for 0 to 255",
            "The images are already in [0, 1]; dividing by 255 once more makes them all black.",
            lambda x: x / 127.5 - 1,
            lambda x: 2 * x / 255 - 1,
        ),
        _wrong_map(
            "standardised by mean and deviation",
            "Mean 0 and deviation 1 is another scaling: its range is not [-1, 1].",
            lambda x: (x - 0.1307) / 0.3081,
            lambda x: (x - x.mean()) / x.std(),
        ),
        overwritten,
    ),
)

deprocess_img = Exercise(
    id="gan-mnist.deprocess_img",
    truth="(x + 1) / 2",
    source="the inverse of preprocess_img",
    points=2,
    probes=_image_probes(-1, 1),
    oracle=oracles.deprocess_img,
    misconceptions=(
        _wrong_map(
            "shifted but not shrunk",
            "Adding 0.5 or 1 alone leaves a range of width 2; halve it as well.",
            lambda x: x + 0.5,
            lambda x: x + 1,
        ),
        _wrong_map(
            "no shift",
            "Zero stays zero: -1 must become 0, so something must be added.",
            lambda x: x / 2,
            lambda x: x.clone(),
        ),
        _wrong_map(
            "the shift in the other direction",
            "-1 must become 0: add 1 before you halve.",
            lambda x: (x - 1) / 2,
        ),
        _wrong_map(
            "the forward map",
            "This is preprocess_img again; deprocess_img undoes it.",
            oracles.preprocess_img,
        ),
        _wrong_map(
            "clamped instead of scaled",
            "Clamping at 0 loses every pixel darker than mid-grey.",
            lambda x: x.clamp(0, 1),
            lambda x: x.clamp_min(0),
            lambda x: torch.relu(x),
        ),
        _wrong_map(
            "stretched to 0 ... 255",
            "The images came from [0, 1] and go back there, not to 0 ... 255.",
            lambda x: (x + 1) * 127.5,
        ),
        _wrong_map(
            "stretched by its own extremes",
            "Minimum and maximum change from batch to batch, so this does not undo 2x - 1.",
            lambda x: (x - x.min()) / (x.max() - x.min()),
        ),
        overwritten,
    ),
)


def _noise(transform, draw=torch.rand, fresh=True, obeys_seed=lambda seed: seed is not None):
    """sample_noise as students write it: transform(draw(rows, dim)), with at most one flaw."""

    def sample_noise(batch_size, dim, seed=None):
        generator = torch.Generator()
        if obeys_seed(seed):
            generator.manual_seed(seed)
        elif fresh:
            generator.manual_seed(torch.randint(2**31, ()).item())
        return transform(draw(batch_size, dim, generator=generator))

    return sample_noise


def _right(u):
    return 2 * u - 1


def _seeded(sample_noise):
    """One that takes no seed, with a seed set in front of it."""

    def sample(batch_size, dim, seed=None):
        if seed is not None:
            torch.manual_seed(seed)
        return sample_noise(batch_size, dim)

    return sample


DRAWS, CALLS = "200 x 96 draws", "several calls, without and with a seed"


def _wrong_noise(name, sentence, *formulas, on=DRAWS, **more):
    return Misconception(name, sentence, formulas, on=(on,), **more)


sample_noise = Exercise(
    id="gan-mnist.sample_noise",
    truth="independent draws from U(-1, 1), float32: mean 0, variance 1/3",
    source="Kolmogorov-Smirnov test with a false-alarm rate of 4e-7",
    points=4,
    probes=(
        Probe(
            DRAWS,
            together(rows=200, dim=96),
            observers.sample,
            laws=lambda inputs: {"values": Distribution(Uniform(-1.0, 1.0))},
        ),
        # So many that no two rows of whole numbers are equal by chance.
        Probe(CALLS, together(rows=40, dim=30), observers.repeated_samples),
    ),
    oracle=_noise(_right),
    aliases=(
        Alias("sample_noise", _seeded, "CS231n before 2021, without a seed", ("batch_size", "dim")),
    ),
    misconceptions=(
        _wrong_noise(
            "U(0, 1)",
            "torch.rand draws from [0, 1); stretch and shift it to [-1, 1).",
            _noise(lambda u: u),
        ),
        _wrong_noise(
            "U(-1/2, 1/2)",
            "rand - 0.5 has the right mean and half the width: its variance is 1/12, not 1/3.",
            _noise(lambda u: u - 0.5),
        ),
        _wrong_noise(
            "another interval",
            "torch.rand is uniform on [0, 1); twice that, minus 1, is uniform on [-1, 1).",
            *(
                _noise(lambda u, a=a, b=b: a + (b - a) * u)
                for a, b in ((-1, 0), (0, 2), (-2, 0), (-2, 2), (-0.5, 1.5), (-1, 2), (-3, 3))
            ),
        ),
        _wrong_noise(
            "normal noise",
            "torch.randn is normal: a third of its draws are outside [-1, 1].",
            _noise(lambda z: z, torch.randn),
        ),
        _wrong_noise(
            "normal noise divided by its maximum",
            "It is in [-1, 1] but still bell-shaped, and depends on its largest draw.",
            _noise(lambda z: z / z.abs().max(), torch.randn),
            _noise(lambda z: z / z.max(), torch.randn),
            _noise(lambda z: z / z.abs().amax(1, keepdim=True), torch.randn),
            laws={"values": ScaledByMaximum(Normal(0.0, 1.0))},
        ),
        _wrong_noise(
            "normal noise squeezed into [-1, 1]",
            "tanh and clamp bend a bell curve; torch.rand is uniform by itself.",
            _noise(torch.tanh, torch.randn),
            _noise(lambda z: z.clamp(-1, 1), torch.randn),
        ),
        _wrong_noise(
            "noise in float64",
            "Networks compute in float32 and refuse float64: end with .float() after NumPy.",
            _noise(lambda u: _right(u).double()),
        ),
        _wrong_noise(
            "rows and columns swapped",
            "One row for each image: the shape is (batch_size, dim).",
            _noise(lambda u: _right(u).T),
        ),
        _wrong_noise(
            "one noise for several draws",
            "Each number needs its own noise: draw (batch_size, dim) of them, and repeat none.",
            _noise(
                _right, lambda n, d, generator: torch.rand(1, d, generator=generator).repeat(n, 1)
            ),
            _noise(
                _right, lambda n, d, generator: torch.rand(n, 1, generator=generator).repeat(1, d)
            ),
            _noise(_right, lambda n, d, generator: torch.rand(1, generator=generator).repeat(n, d)),
            on=CALLS,
        ),
        _wrong_noise(
            "the same noise at every call",
            "A fixed seed inside the function repeats the same batch for ever: seed only when"
            " asked to.",
            _noise(_right, fresh=False),
            _noise(_right, fresh=False, obeys_seed=lambda seed: False),
            on=CALLS,
        ),
        _wrong_noise(
            "the seed is ignored",
            "With a seed, the same seed must give the same noise, another seed different noise.",
            _noise(_right, obeys_seed=lambda seed: False),
            on=CALLS,
        ),
        _wrong_noise(
            "seed 0 taken for no seed",
            "0 is a seed like any other, but `if seed:` takes it for None: write `if seed is not"
            " None:`.",
            _noise(_right, obeys_seed=bool),
            on=CALLS,
        ),
    ),
)
