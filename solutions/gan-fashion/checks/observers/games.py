"""Observers of a whole GAN loss: a function of (generator, discriminator, images).

Its noise, its mixes of images and its labels are drawn inside, so it is given networks whose
answers do not depend on the draws: one image for every noise, one slope for every mix, one score
for every label. What was drawn is recorded and described in words.
"""

from collections.abc import Callable

import torch
from torch.distributions import Normal, Uniform

from autograder.judging.calls import NotAsAsked, described
from autograder.judging.distribution import fits
from autograder.judging.exercise import Inputs, Observations
from autograder.judging.networks.calls import on_forward
from autograder.judging.numbers import as_numbers
from helpers import toys

CPU = torch.device("cpu")
# How often a right answer may fail, for each description that depends on draws.
FALSE_ALARM = 1e-7

NORMAL, UNIFORM, CENTRED = "standard normal", "uniform on [0, 1)", "uniform on [-1, 1)"
LAWS = {NORMAL: Normal(0.0, 1.0), UNIFORM: Uniform(0.0, 1.0), CENTRED: Uniform(-1.0, 1.0)}
WRONG_SHAPE, OTHER_NOISE = "not of shape (N, dim_z)", "another distribution"
OTHER_TYPE = "not in float32"

OFF = "off the lines, with shares that do not add up to 1"
EACH, PIXEL, FIXED = "between, one share for each image", "between, one for each pixel", "fixed"
BEYOND, NOWHERE, UNEVEN = "not only between", "not between at all", "between, but not uniformly"

OWN, NOTHING, ANOTHER = "its label", "nothing", "another label"
FITTING = "as in the data, or uniform"


def losses(
    call: Callable, inputs: Inputs, which: str = "both", gradients: bool = True
) -> Observations:
    """One call with a Painter and D(x) = w.x, whose slope may change at a pixel's value.

    inputs: "x" (N, 1, 28, 28), "weight" (784,), "fakes" (N, 1, 28, 28), whose first pixels are
    equal if D bends; "flat": whether D returns (N,) instead of (N, 1); "bend": None, or what D is
    multiplied by where the first pixel is darker than that of the fakes. which: "both", "d" or
    "g", what call() returns. gradients: whether to look at these, too.
    """
    x, weight, fakes, bend = (inputs[name] for name in ("x", "weight", "fakes", "bend"))
    generator = Painter(fakes)
    discriminator = _BentCritic(weight, fakes.flatten()[0], bend, inputs["flat"])
    with torch.set_grad_enabled(gradients):
        result = call(generator, discriminator, x.clone(), device=CPU)
    leaves = (discriminator.weight, generator.images) if gradients else None
    return values_and_gradients(split(result, which), leaves, which)


class Painter(torch.nn.Module):
    """G(z) is the given images in turn, whatever z is: (N, dim_z) to (N, 1, 28, 28)."""

    def __init__(self, images: torch.Tensor, dim_z: int = 64) -> None:
        super().__init__()
        self.images = torch.nn.Parameter(images.detach().clone())
        self.dim_z = dim_z

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        return self.images[in_turn(len(z), len(self.images))]


def in_turn(count: int, length: int) -> torch.Tensor:
    """0, 1, ..., length - 1 again and again: int64 (count,)."""
    return torch.arange(count) % length


class _BentCritic(torch.nn.Module):
    """D(x) = w.x, times `bend` where the first pixel is below `pivot`."""

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


def split(result: object, which: str) -> tuple[object, object]:
    """(d_loss, g_loss); None for one that `which` leaves out.

    Raises NotAsAsked where two losses are asked for and something else comes.
    """
    if which != "both":
        return (result, None) if which == "d" else (None, result)
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise NotAsAsked(
            f"it returned {described(result)} where two losses are asked for: end with"
            " return d_loss, g_loss"
        )
    return tuple(result)


def values_and_gradients(
    losses: tuple[object, object], leaves: tuple[torch.Tensor, torch.Tensor] | None, which: str
) -> Observations:
    """leaves: a parameter of the discriminator and one of the generator; None: values alone."""
    seen = {}
    players = ("d", "the discriminator"), ("g", "the generator")
    for place, (key, whose) in enumerate(players):
        if which in ("both", key):
            seen[f"{key}_loss"] = losses[place]
            if leaves:
                about = f"gradient of {key}_loss for {whose}"
                seen[about] = gradient(losses[place], leaves[place])
    return seen


def gradient(loss: object, leaf: torch.Tensor) -> torch.Tensor | None:
    """Zeros for a loss without a graph, whatever its type; None for what is not one number."""
    numbers = as_numbers(loss)
    if numbers is None or numbers.numel() != 1:
        return None
    if not isinstance(loss, torch.Tensor) or not loss.requires_grad:
        return torch.zeros_like(leaf)
    (found,) = torch.autograd.grad(
        loss.reshape(()), [leaf], retain_graph=True, materialize_grads=True
    )
    return found


def unchanged(call: Callable, inputs: Inputs) -> Observations:
    """What one call leaves behind, on the networks of losses()."""
    x, weight, fakes = (inputs[name] for name in ("x", "weight", "fakes"))
    generator, discriminator = Painter(fakes), toys.LinearCritic(weight)
    given = x.clone()
    call(generator, discriminator, given, device=CPU)
    return left_behind([(given, x)], [(discriminator.weight, weight), (generator.images, fakes)])


def left_behind(
    tensors: list[tuple[torch.Tensor, torch.Tensor]],
    parameters: list[tuple[torch.Tensor, torch.Tensor]],
) -> Observations:
    """Whether each tensor after the call, the first of a pair, is what it was before."""
    return {
        "the caller's tensors are left as they were": all(torch.equal(*pair) for pair in tensors),
        "the networks are left as they were": all(
            torch.equal(after.detach(), before) for after, before in parameters
        ),
    }


def noise(call: Callable, inputs: Inputs) -> Observations:
    """What the generator is asked for in one call with "images" real images.

    A right answer is taken for another distribution less than once in a million times.
    """
    generator = toys.ConstantGenerator(torch.full((1, 28, 28), -0.5))
    discriminator = toys.LinearCritic(torch.linspace(-0.1, 0.2, 784))
    given = []
    on_forward(generator, lambda about: given.append(about["z"].detach()))
    call(generator, discriminator, grey(inputs["images"]), device=CPU)
    return {"noise": described_noise(given, (inputs["images"], generator.dim_z))}


def grey(count: int) -> torch.Tensor:
    """Real images (N, 1, 28, 28), all different."""
    return torch.linspace(0.2, 0.9, count).reshape(-1, 1, 1, 1).expand(-1, 1, 28, 28).clone()


def described_noise(given: list[torch.Tensor], shape: tuple[int, int]) -> str:
    """given: what the generator got, call by call."""
    if not given:
        return "never asked for"
    if any(tuple(z.shape) != shape for z in given):
        return WRONG_SHAPE
    if any(z.dtype != torch.float32 for z in given):
        return OTHER_TYPE
    values = torch.cat(given).double().flatten()
    # The same noise in several calls counts once.
    values = torch.unique(values) if len(given) > 1 else values
    fitting = (name for name, law in LAWS.items() if fits(values, law, FALSE_ALARM))
    return next(fitting, OTHER_NOISE)


def mixes(call: Callable, inputs: Inputs) -> Observations:
    """Where a critic is evaluated besides real images and fakes, over "calls" calls.

    Each pixel of real and fake images differs, so every mix tells its share of the real image.
    """
    x = inputs["x"]
    image = torch.full((1, 28, 28), -0.5, dtype=x.dtype)
    generator = toys.ConstantGenerator(image)
    discriminator = toys.LinearCritic(torch.linspace(-0.1, 0.2, 784, dtype=x.dtype))
    asked, real, fake = [], _some_pixels(x), float(image[0, 0, 0])
    on_forward(discriminator, lambda about: asked.append(_some_pixels(about["x"])))
    shares, kinds = [], set()
    for _ in range(inputs["calls"]):
        asked.clear()
        call(generator, discriminator, x.clone(), device=CPU)
        if not asked:
            return {"where the slope is taken": NOWHERE}
        kind, found = _shares(torch.cat(asked), real, fake)
        kinds.add(kind)
        # One share for the whole batch is one draw.
        shares += [found[:1] if len(found) and (found - found[0]).abs().max() < 1e-4 else found]
    return {"where the slope is taken": _described_mixes(kinds, torch.cat(shares))}


def _some_pixels(images):
    """(N, 1, 28, 28) -> (N, 88): every ninth pixel, so some of each row and of each column."""
    return images.detach().double().flatten(1)[:, ::9]


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
    if _are_combinations(rows, real):
        return OFF, shares
    inside = own.min() > -1e-4 and own.max() < 1 + 1e-4
    return (PIXEL if inside else BEYOND), shares


def _are_combinations(rows, real):
    """Whether each row is some multiple of its real image plus a constant."""
    own = real[torch.arange(len(rows)) % len(real)]
    x, y = (each - each.mean(1, keepdim=True) for each in (own, rows))
    slope = (x * y).sum(1, keepdim=True) / x.square().sum(1, keepdim=True)
    return bool((y - slope * x).abs().max() < 1e-4)


def _described_mixes(kinds, shares):
    for kind in (OFF, BEYOND, PIXEL, NOWHERE):
        if kind in kinds:
            return kind
    if len(shares) > 1 and shares.max() - shares.min() < 1e-4:
        return FIXED
    return EACH if fits(shares, LAWS[UNIFORM], FALSE_ALARM) else UNEVEN
