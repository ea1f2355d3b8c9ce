"""A sampler, watched by the network that it calls."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from autograder.judging.calls import NotAsAsked
from autograder.judging.exercise import Inputs, Observations
from autograder.judging.numbers import as_numbers
from helpers.errors import CourseError
from helpers.graphs import depth

from ..oracles import flow, sampling

CALLS = "how often the network is called"
TIMES = "the times that the network gets"
TIMES_SHAPE = "the shape of these times"
FREE = "the result is cut off from the graph"
MODE = "the network is in the mode in which it was"
NEW_NOISE = "each step has noise of its own"
NEW_CALL = "another call gives other images"
START = "the start"
LAST = "what the last step adds to the mean"
SHAPE = "the shape of the images"
END = "the images at the end"
KEPT = "the caller's noise is left as it was"


@dataclass(frozen=True)
class Call:
    """x: as the network got it, in float64. t: times, flat. shape: of t. answer: in float64."""

    x: Tensor
    t: Tensor
    shape: tuple[int, ...]
    answer: Tensor


class Watching(nn.Module):
    """A network with a known function of (x, t) that remembers its calls.

    function: (x, times (N,)) -> like x. Its only parameter, a factor of 1, lets gradients pass.
    """

    def __init__(self, function: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(()))
        self.calls: list[Call] = []
        self._function = function

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        given = torch.as_tensor(t)
        flat = given.detach().reshape(-1)
        if len(flat) not in (1, len(x)):
            raise CourseError(
                f"the network got {len(flat)} times for {len(x)} inputs: give it a time for each,"
                f" a tensor ({len(x)},)."
            )
        answer = self._function(x, flat.expand(len(x)))
        kept = (each.detach().to("cpu", torch.float64) for each in (x, flat, answer))
        x, flat, known = (each.clone() for each in kept)
        self.calls.append(Call(x, flat, tuple(given.shape), known))
        return self.factor.to(answer) * answer


def gaussian_network(inputs: Inputs) -> Watching:
    """The perfect noise network for data from N(mean, variance). inputs: those and "alpha_bars"."""
    alpha_bars = inputs["alpha_bars"]

    def eps(x, t):
        # A time on another scale has an answer, too.
        index = t.long().clamp(0, len(alpha_bars) - 1).cpu()
        at = alpha_bars[index].to(x).reshape(-1, *[1] * (x.dim() - 1))
        return sampling.gaussian_eps(x, at, inputs["mean"], inputs["variance"])

    return Watching(eps)


def gaussian_flow(inputs: Inputs) -> Watching:
    """The perfect velocity network for data from N(mean, variance), both in inputs."""
    return Watching(
        lambda x, t: flow.gaussian_velocity(x, t.to(x), inputs["mean"], inputs["variance"])
    )


def noise_of(t: int) -> str:
    """The name of what is observed of the noise in the step from t."""
    return f"the noise of the step from t = {t}"


def ancestral(call: Callable, inputs: Inputs) -> Observations:
    """A call of ddpm_sample(model, shape, betas, alpha_bars) with the perfect network.

    Another call, of a single step, shows whether it starts elsewhere.

    What the network gets from step to step shows the start and the noise of every step: it is what
    is left of x_{t-1} after the mean of the right step, over the right deviation.

    inputs: "shape", "betas", "alpha_bars", "mean" and "variance" of the data, "training", the mode.
    """
    model = gaussian_network(inputs).train(inputs["training"])
    result = call(model, *_schedule(inputs))
    mode = model.training
    another = gaussian_network(inputs)
    call(another, *_schedule(inputs, steps=1))
    told = _calls(model)
    images = last_of(result, inputs["shape"])
    noises = dict(_noises(model.calls, inputs))
    firsts = [each.calls[0].x if each.calls else torch.zeros(1) for each in (model, another)]
    return {
        **told,
        SHAPE: tuple(getattr(images, "shape", ())),
        FREE: depth(result) == 0,
        MODE: mode == inputs["training"],
        NEW_NOISE: _all_differ([firsts[0], *noises.values()]),
        NEW_CALL: not _alike(*firsts),
        LAST: _last(images, model.calls, inputs),
        START: _rounded(firsts[0]),
        **{name: _rounded(noise) for name, noise in noises.items()},
    }


def euler(call: Callable, inputs: Inputs) -> Observations:
    """One call of euler_sample(model, x, steps), with the perfect network.

    inputs: "x", "steps", "mean" and "variance" of the data, "training", the mode.
    """
    model = gaussian_flow(inputs).train(inputs["training"])
    given = inputs["x"].clone()
    result = call(model, given, inputs["steps"])
    return {
        **_calls(model),
        FREE: depth(result) == 0,
        MODE: model.training == inputs["training"],
        KEPT: torch.equal(given, inputs["x"]),
        END: last_of(result, tuple(given.shape)),
    }


def last_of(result: Any, shape: tuple[int, ...]) -> Any:
    """The images of a sampler that may return all on the way: the last of a list or a stack."""
    while isinstance(result, (list, tuple)) and result:
        result = result[-1]
    if isinstance(result, torch.Tensor) and tuple(result.shape[1:]) == tuple(shape):
        return result[-1]
    return result


def _schedule(inputs, steps=None):
    return inputs["shape"], inputs["betas"][:steps].clone(), inputs["alpha_bars"][:steps].clone()


def _calls(model):
    """How often the network was called, and with which times; NotAsAsked if it never was."""
    if not model.calls:
        raise NotAsAsked("the network is never called: ask it in every step")
    return {
        CALLS: len(model.calls),
        TIMES: tuple(_time(call.t) for call in model.calls),
        TIMES_SHAPE: _shape(model.calls),
    }


def _time(t):
    """The time of a call as a plain number; as words where images have different ones."""
    if not torch.isfinite(t).all() or bool((t - t[0]).abs().max() > 1e-5):
        return "different ones in a batch"
    number = round(t[0].item(), 4)
    return int(number) if number == int(number) else number


def _shape(calls):
    shapes = {call.shape for call in calls}
    return shapes.pop() if len(shapes) == 1 else "not always the same"


def _noises(calls: list[Call], inputs: Inputs) -> Iterator[tuple[str, Tensor]]:
    """What each step but the last has added to the right mean, over the right deviation.

    Zeros for a step that was not made.
    """
    for number, t in enumerate(range(len(inputs["betas"]) - 1, 0, -1)):
        noise = torch.zeros(len(calls[0].x), dtype=torch.float64)
        if number + 1 < len(calls):
            moved = calls[number + 1].x - _mean(calls[number], t, inputs)
            noise = moved / inputs["betas"][t].sqrt()
        yield noise_of(t), noise


def _last(images, calls, inputs):
    """What the result has beside the mean of the last step; as it is where that was not made."""
    numbers = as_numbers(images) if isinstance(images, torch.Tensor) else None
    steps = len(inputs["betas"])
    if numbers is None or len(calls) != steps or numbers.shape != calls[-1].x.shape:
        return images
    return _rounded(numbers - _mean(calls[-1], 0, inputs), decimals=4)


def _mean(call, t, inputs):
    betas, alpha_bars = inputs["betas"].double(), inputs["alpha_bars"].double()
    times = torch.full((len(call.x),), t)
    return sampling.step_mean(call.x, call.answer, times, betas, alpha_bars)


def _rounded(noise, decimals=5):
    """No noise at all is 0, whatever float32 makes of it."""
    return noise.round(decimals=decimals) + 0.0


def _all_differ(noises):
    return not any(_alike(one, other) for one, other in zip(noises, noises[1:], strict=False))


def _alike(one, other):
    """Whether two noises go together: independent ones of thousands of numbers hardly ever do."""
    if one.shape != other.shape or one.numel() < 2:
        return False
    pair = torch.stack([one.flatten(), other.flatten()])
    if not bool((pair.std(dim=1) > 1e-4).all()):
        return False  # no noise is another fault, which shows elsewhere
    return bool(torch.corrcoef(pair)[0, 1].abs() > 0.5)
