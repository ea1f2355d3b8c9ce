"""Ways of looking at a whole loss of a GAN: a function of (generator, discriminator, images).

Its noise, its mixes of images and its labels are drawn inside, so it is given networks whose
answers do not depend on the draws: one image for every noise, one slope for every mix, one score
for every label. What was drawn is recorded and described in words.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from scipy import stats

from autograder.judging.distribution import fits
from helpers import toys

CPU = torch.device("cpu")
# A right answer fails at most so often, for each description that rests on draws.
FALSE_ALARM = 1e-7

NORMAL, UNIFORM, CENTRED = "standard normal", "uniform on [0, 1)", "uniform on [-1, 1)"
WRONG_SHAPE, OTHER_NOISE = "not of shape (N, dim_z)", "another distribution"

EACH, PIXEL, FIXED = "between, one share for each image", "between, one for each pixel", "fixed"
BEYOND, NOWHERE, UNEVEN = "not only between", "not between at all", "between, but not uniformly"

OWN, NOTHING, ANOTHER = "its label", "nothing", "another label"
FITTING = "as in the data, or uniform"


@dataclass(frozen=True)
class GanLoss:
    """What a loss function gives where it is known, with at most one flaw.

    d_loss, g_loss: of (logits of real images, logits of fakes, slopes (N, D)), each (N,).
    cut: whether the fakes are cut off from the generator in g_loss. noise, mixes: how they are
    drawn, in the words above. told: what the generator and the discriminator learn of a label,
    about real images and about fakes. labels: which labels the fakes have.
    """

    d_loss: Callable
    g_loss: Callable
    cut: bool = False
    noise: str = NORMAL
    mixes: str = EACH
    told: str = OWN
    told_of_real: str = OWN
    told_of_fakes: str = OWN
    labels: str = FITTING

    def but(self, **changes):
        return replace(self, **changes)

    def observed(self, real, fake, slopes, discriminator, generator, which):
        """The two losses and their gradients, by automatic differentiation of the closed form."""
        losses = (
            self.d_loss(real, fake, slopes),
            self.g_loss(real, fake.detach() if self.cut else fake, slopes),
        )
        return values_and_gradients(losses, discriminator, generator, which)


def losses(call, inputs, which="both"):
    """One call with G(z) = image and D(x) = w.x, whose slope may change at a pixel's value.

    inputs: "x" (N, 1, 28, 28), "weight" (784,), "image" (1, 28, 28); "flat": whether D returns
    (N,) in place of (N, 1); "bend": None, or what D is multiplied by where the first pixel is
    darker than that of the image. which: "both", "d" or "g", what call() returns.
    """
    x, weight, image, bend = (inputs[name] for name in ("x", "weight", "image", "bend"))
    if isinstance(call, GanLoss):
        w, picture = (leaf.clone().requires_grad_() for leaf in (weight, image))
        rows = x.flatten(1)
        factor = torch.ones(len(x), 1, dtype=x.dtype)
        if bend is not None:
            factor[rows[:, 0] < image.flatten()[0]] = bend
        slopes = factor * w
        fake = (picture.flatten() @ w).expand(len(x))
        return call.observed((rows * slopes).sum(1), fake, slopes, w, picture, which)
    generator = toys.ConstantGenerator(image)
    discriminator = _BentCritic(weight, image.flatten()[0], bend, inputs["flat"])
    result = call(generator, discriminator, x.clone(), device=CPU)
    return values_and_gradients(split(result, which), discriminator.weight, generator.image, which)


class _BentCritic(torch.nn.Module):
    """D(x) = w.x, times `bend` where the first pixel lies below `pivot`."""

    def __init__(self, weight, pivot, bend, flat):
        super().__init__()
        self.weight = torch.nn.Parameter(weight.detach().clone())
        self.pivot, self.bend, self.flat = float(pivot), bend, flat

    def forward(self, x):
        rows = x.flatten(1)
        score = rows @ self.weight
        if self.bend is not None:
            score = torch.where(rows[:, 0] < self.pivot, self.bend * score, score)
        return score if self.flat else score[:, None]


def split(result, which):
    """(d_loss, g_loss) as far as they are there."""
    if which != "both":
        return (result, None) if which == "d" else (None, result)
    pair = isinstance(result, (tuple, list)) and len(result) == 2
    return tuple(result) if pair else (None, None)


def values_and_gradients(losses, discriminator, generator, which):
    seen = {}
    about = {"d": ("the discriminator", discriminator), "g": ("the generator", generator)}
    for key, loss in zip("dg", losses, strict=True):
        if which not in ("both", key):
            continue
        seen[f"{key}_loss"] = loss
        whose, leaf = about[key]
        seen[f"gradient of {key}_loss for {whose}"] = gradient(loss, leaf)
    return seen


def gradient(loss, leaf):
    if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
        return None
    if not loss.requires_grad:
        return torch.zeros_like(leaf)
    (found,) = torch.autograd.grad(
        loss.reshape(()), [leaf], retain_graph=True, materialize_grads=True
    )
    return found


def noise(call, inputs):
    """What the generator is asked for in one call with "images" real images.

    A right answer is taken for another distribution less than once in a million times.
    """
    if isinstance(call, GanLoss):
        return {"noise": call.noise}
    generator = toys.ConstantGenerator(torch.full((1, 28, 28), -0.5))
    discriminator = toys.LinearCritic(torch.linspace(-0.1, 0.2, 784))
    given = []
    generator.register_forward_pre_hook(lambda _, arguments: given.append(arguments[0].detach()))
    call(generator, discriminator, grey(inputs["images"]), device=CPU)
    return {"noise": described_noise(given, (inputs["images"], generator.dim_z))}


def grey(count):
    """Real images (N, 1, 28, 28), all different."""
    return torch.linspace(0.2, 0.9, count).reshape(-1, 1, 1, 1).expand(-1, 1, 28, 28).clone()


def described_noise(given, shape):
    """given: what the generator got, call by call."""
    if not given:
        return "never asked for"
    if any(tuple(z.shape) != shape for z in given):
        return WRONG_SHAPE
    values = torch.cat(given).double().flatten()
    # The same noise in several calls counts once.
    values = torch.unique(values) if len(given) > 1 else values
    laws = {NORMAL: stats.norm(), UNIFORM: stats.uniform(), CENTRED: stats.uniform(-1, 2)}
    found = [name for name, law in laws.items() if fits(values, law, FALSE_ALARM)]
    return found[0] if found else OTHER_NOISE


def mixes(call, inputs):
    """Where a critic is asked that is neither a real image nor a fake, over "calls" calls.

    Each pixel of real and fake images differs, so every mix tells its share of the real image.
    """
    if isinstance(call, GanLoss):
        return {"where the slope is taken": call.mixes}
    image = torch.full((1, 28, 28), -0.5)
    generator = toys.ConstantGenerator(image)
    discriminator = toys.LinearCritic(torch.linspace(-0.1, 0.2, 784))
    asked = []
    discriminator.register_forward_pre_hook(
        lambda _, arguments: asked.append(arguments[0].detach().double().flatten(1))
    )
    shares, kinds = [], set()
    for _ in range(inputs["calls"]):
        asked.clear()
        call(generator, discriminator, inputs["x"].clone(), device=CPU)
        if not asked:
            return {"where the slope is taken": NOWHERE}
        kind, found = _shares(torch.cat(asked), inputs["x"].double().flatten(1), image[0, 0, 0])
        kinds.add(kind)
        # One share for the whole batch is one draw.
        shares += [found[:1] if len(found) and (found - found[0]).abs().max() < 1e-4 else found]
    return {"where the slope is taken": _described_mixes(kinds, torch.cat(shares))}


def _shares(rows, real, fake):
    """(kind, shares of the real image) of the rows that are neither real nor fake."""
    is_fake = (rows - fake).abs().amax(1) < 1e-6
    is_real = torch.cdist(rows, real).amin(1) < 1e-5
    rows = rows[~is_fake & ~is_real]
    if not len(rows):
        return NOWHERE, torch.zeros(0, dtype=torch.float64)
    # (rows, real images, pixels)
    ratios = (rows[:, None] - fake) / (real[None] - fake)
    spread, nearest = (ratios.amax(2) - ratios.amin(2)).min(1)
    shares = ratios.mean(2).gather(1, nearest[:, None])[:, 0]
    if spread.max() < 1e-3:
        inside = shares.min() > -1e-4 and shares.max() < 1 + 1e-4
        return (EACH if inside else BEYOND), shares
    # Pixel by pixel: inside the box between the real image in the same place and the fake?
    own = ratios[torch.arange(len(rows)), torch.arange(len(rows)) % len(real)]
    inside = own.min() > -1e-4 and own.max() < 1 + 1e-4
    return (PIXEL if inside else BEYOND), shares


def _described_mixes(kinds, shares):
    for kind in (BEYOND, PIXEL, NOWHERE):
        if kind in kinds:
            return kind
    if len(shares) > 1 and shares.max() - shares.min() < 1e-4:
        return FIXED
    return EACH if fits(shares, stats.uniform(), FALSE_ALARM) else UNEVEN
