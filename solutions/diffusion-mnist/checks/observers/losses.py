"""What is seen of a loss that may draw times and noise: in the calls of its network."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from autograder.judging.calls import NotAsAsked
from autograder.judging.exercise import Inputs, Observations
from helpers.errors import CourseError

from .at_times import KEPT

GRADIENT = "gradient with respect to the weights of the network"
TIMES, NOISE = "the times that are drawn", "the noise in x_t"
SAME_NOISE = "the noise to be found is the noise in x_t"
SAME_RESULT = "the same arguments give the same result"
GIVEN_TIMES = "the network gets the times that are given"
GIVEN_NOISE = "x_t has the noise that is given"


class NoiseNetwork(nn.Module):
    """gain x + slope t / T, for x (N, ...) and times t (N,); keeps what it was given in `calls`."""

    def __init__(self, gain: Tensor, slope: Tensor, steps: int) -> None:
        super().__init__()
        self.gain, self.slope, self.steps = nn.Parameter(gain), nn.Parameter(slope), steps
        self.calls: list[tuple[Tensor, Tensor]] = []

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        if not isinstance(t, Tensor) or t.dim() != 1 or len(t) not in (1, len(x)):
            shape = f"of shape {tuple(t.shape)}" if isinstance(t, Tensor) else "no tensor"
            raise CourseError(
                f"the network takes times (N,), one for each image; yours is {shape}."
            )
        self.calls.append((x.detach().clone(), t.detach().clone()))
        times = t.to(x.dtype).reshape(-1, *[1] * (x.dim() - 1)) / self.steps
        return self.gain * x + self.slope * times


def given(call: Callable, inputs: Inputs) -> Observations:
    """The loss for given times and noise, and its gradient.

    inputs: "x0" (N, ...), "alpha_bars" (T,), "t" (N,), "noise" (N, ...), "gain" and "slope" (),
    and "by_name": whether t and noise are given by their names.
    """
    model = _network(inputs)
    arguments = (model, *_clones(inputs, "x0", "alpha_bars"))
    t, noise = inputs["t"].long(), inputs["noise"].clone()
    if inputs["by_name"]:
        result = call(*arguments, noise=noise, t=t)
    else:
        result = call(*arguments, t, noise)
    return {"value": result, GRADIENT: _gradient(result, model)}


# Not one that a student writes: his times would follow from the fractions.
SEED = 1_408_253_617


def drawn(call: Callable, inputs: Inputs) -> Observations:
    """Times and noise of a loss that draws both, beside its value where both are given.

    inputs: "x0" (N, d), "alpha_bars", "gain", "slope"; "t" and "noise" of the value. A time is told
    with a fraction added, uniform in [0, 1), so that its law is uniform in [0, T).
    """
    model = _network(inputs)
    result = call(model, *_clones(inputs, "x0", "alpha_bars"))
    x_t, t = _call(model)
    noise = _noise(x_t, t, inputs)
    fractions = torch.rand(
        len(t), generator=torch.Generator().manual_seed(SEED), dtype=torch.float64
    )
    return {
        **drawn_at_a_glance(call, inputs),
        TIMES: t.double() + fractions,
        NOISE: noise,
        SAME_NOISE: _is_loss_of(noise, result, model, x_t, t),
    }


def drawn_at_a_glance(call: Callable, inputs: Inputs) -> Observations:
    """The value alone, of the first images."""
    few = {name: inputs[name][:20] for name in ("x0", "t", "noise")}
    return {"value": given(call, {**inputs, **few, "by_name": True})["value"]}


def often(call: Callable, inputs: Inputs) -> Observations:
    """Whether times and noise differ from image to image and from call to call."""
    model = _network(inputs)
    for _ in range(2):
        call(model, *_clones(inputs, "x0", "alpha_bars"))
    (x_t, t), (x_again, again) = _call(model, 0), _call(model, -1)
    noise = _noise(x_t, t, inputs)
    own_times = bool((t != t[0]).any())
    # One time for all images comes again by chance.
    same_times = own_times and torch.equal(t, again)
    return {
        "each image has a time of its own": own_times,
        "each image has noise of its own": _differ(noise - noise[:1]),
        "each pixel has noise of its own": _differ(noise - noise[:, :1]),
        "another call draws again": not same_times and not torch.equal(x_t, x_again),
    }


def times_given(call: Callable, inputs: Inputs) -> Observations:
    """A loss that draws the noise alone; inputs: as for given()."""
    model = _network(inputs)
    t = inputs["t"].long()
    result = call(model, *_clones(inputs, "x0", "alpha_bars"), t=t.clone())
    x_t, at = _call(model)
    told = at.shape == t.shape and torch.equal(at.double(), t.double())
    noise = _noise(x_t, at, inputs)
    return {
        GIVEN_TIMES: told,
        SAME_NOISE: _is_loss_of(noise, result, model, x_t, at),
        SAME_RESULT: _repeats(call, inputs),
    }


def noise_given(call: Callable, inputs: Inputs) -> Observations:
    """A loss that draws the times alone; inputs: as for given()."""
    model = _network(inputs)
    result = call(model, *_clones(inputs, "x0", "alpha_bars"), noise=inputs["noise"].clone())
    x_t, t = _call(model)
    noise = inputs["noise"].double()
    gap = (_noise(x_t, t, inputs) - noise) * _shares(t, x_t, inputs)[1]
    return {
        GIVEN_NOISE: bool(gap.abs().max() < 1e-4),
        SAME_NOISE: _is_loss_of(noise, result, model, x_t, t),
        SAME_RESULT: _repeats(call, inputs),
    }


def _repeats(call, inputs):
    """Whether the loss for given times and noise is the same the next time."""
    first, again = (given(call, {**inputs, "by_name": True})["value"] for _ in range(2))
    return isinstance(first, Tensor) and isinstance(again, Tensor) and torch.equal(first, again)


def kept(call: Callable, inputs: Inputs) -> Observations:
    """Whether the caller's tensors are still the same; inputs: as for given()."""
    tensors = [*_clones(inputs, "x0", "alpha_bars"), inputs["t"].long(), inputs["noise"].clone()]
    before = [tensor.clone() for tensor in tensors]
    call(_network(inputs), *tensors)
    return {KEPT: all(map(torch.equal, tensors, before))}


def _network(inputs):
    gain, slope = _clones(inputs, "gain", "slope")
    return NoiseNetwork(gain, slope, len(inputs["alpha_bars"]))


def _clones(inputs, *names):
    return [inputs[name].clone() for name in names]


def _gradient(result, model):
    """Of a scalar with respect to gain and slope; None where there is none."""
    if not isinstance(result, Tensor) or result.numel() != 1 or not result.requires_grad:
        return None
    found = torch.autograd.grad(
        result.reshape(()), [model.gain, model.slope], materialize_grads=True
    )
    return torch.stack(found)


def _call(model, number=0):
    if not model.calls:
        raise NotAsAsked("the network is never called: model(x_t, t) predicts the noise")
    return model.calls[number]


def _shares(t, x, inputs):
    """The deviations of image and noise in x_t at the times that the network was told."""
    bars = inputs["alpha_bars"].double()
    place = t.double().nan_to_num().round().long().clamp(0, len(bars) - 1)
    left = bars[place].reshape(-1, *[1] * (x.dim() - 1))
    return left.sqrt(), (1 - left).sqrt()


def _noise(x_t, t, inputs):
    """The noise in what the network was given, in float64."""
    x0 = inputs["x0"].double()
    if x_t.shape != x0.shape:
        raise NotAsAsked(
            f"the network gets images of shape {tuple(x_t.shape)} where x0 has the shape"
            f" {tuple(x0.shape)}"
        )
    of_image, of_noise = _shares(t, x_t, inputs)
    return (x_t.double() - of_image * x0) / of_noise


def _is_loss_of(noise, result, model, x_t, t):
    """Whether the result is the loss for this noise."""
    if not isinstance(result, Tensor) or result.numel() != 1:
        return False
    with torch.no_grad():
        right = (model.forward(x_t.double(), t) - noise).square().mean()
    return bool((result.double() - right).abs() <= 1e-3 * right)


def _differ(gaps):
    return bool(gaps.abs().max() > 1e-3)
