"""Train a network of diffusion-mnist with a student's own loss, and keep its average."""

import copy
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from helpers import budget
from helpers.checkpoint import Checkpoint
from helpers.data import Images
from helpers.errors import CourseError
from helpers.speed import fast_convolutions, fits, fused
from helpers.training import History, progress

BATCH_SIZE = 32
LEARNING_RATE = 2e-3
# Updates over which the learning rate grows from 0; afterwards it falls as a cosine, to 0.
WARM_UP = 100
# Of the average of the weights, at each update; less at the start, which is soon forgotten.
EMA_DECAY = 0.998

Loss = Callable[[nn.Module, Tensor, Tensor], Tensor]


@dataclass
class Run:
    """What a training gives.

    Attributes:
        model: the network with the average of its weights, in evaluation mode: the one to use.
        history: the loss of each update.
        snapshots: update to the weights that ``model`` had then, on the CPU.
        seconds: by the clock, of this session.
    """

    model: nn.Module
    history: History
    snapshots: dict[int, dict[str, Tensor]] = field(default_factory=dict)
    seconds: float = 0.0

    def model_after(self, updates: int) -> nn.Module:
        """Return the network as it was after so many updates, one of ``snapshots``."""
        earlier = copy.deepcopy(self.model)
        earlier.load_state_dict(self.snapshots[updates])
        return earlier


def train(
    model: nn.Module,
    loss: Loss,
    images: Images,
    steps: int,
    *,
    batch_size: int = BATCH_SIZE,
    learning_rate: float = LEARNING_RATE,
    ema_decay: float = EMA_DECAY,
    checkpoint: str = "",
    snapshots: int = 6,
) -> Run:
    """Train a network for so many updates; returns a ``Run``.

    Adam, whose learning rate first grows and then falls to 0, and an exponential moving average of
    the weights, as in Ho et al. 2020, appendix B: the last weights are noisy, and draw worse.

    Args:
        model: on the device where it is to be trained.
        loss: of the model, images (n, 1, 28, 28) in [-1, 1] and labels (n,): a scalar.
        images: the training images, on the same device.
        steps: number of updates.
        checkpoint: a name under which the state is kept every minute until the training has ended;
            an interrupted run, called again, continues there. Not with the quick budget.
        snapshots: how many are kept, each about twice as late as the one before.

    Raises:
        CourseError: the loss is not a finite scalar that depends on the network.
    """
    device = next(model.parameters()).device
    average = AveragedModel(model, multi_avg_fn=_moving(ema_decay))
    average.eval()
    optimizer = fused(torch.optim.Adam(model.parameters(), learning_rate, betas=(0.9, 0.99)))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _rate(steps))
    run = Run(average.module, History())
    moments = {max(1, steps >> place) for place in range(snapshots)}
    todo = range(steps)
    if checkpoint and not budget.is_quick():
        parts = dict(model=model, average=average, optimizer=optimizer, schedule=schedule)
        parts |= dict(history=run.history, snapshots=run.snapshots)
        name = f"{checkpoint}-{steps}"
        todo = Checkpoint(name, finished="forget", **parts).steps(steps)
    start = time.perf_counter()
    bar = progress(total=steps, description="updates")
    model.train()
    for step in todo:
        bar.at(step)
        x, y = _batch(images, batch_size, step)
        with fast_convolutions(device):
            value = loss(model, 2 * x - 1, y)
        _require_scalar(value, step)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        schedule.step()
        average.update_parameters(model)
        run.history.log(loss=value)
        if step + 1 in moments:
            weights = run.model.state_dict().items()
            run.snapshots[step + 1] = {name: each.cpu().clone() for name, each in weights}
        bar.update()
        if step % 20 == 0:
            bar.set_postfix(loss=f"{run.history.mean('loss', last=20):.4f}", refresh=False)
    bar.close()
    run.seconds = time.perf_counter() - start
    run.model.requires_grad_(False)
    return run


def steps_here(
    model: nn.Module,
    loss: Loss,
    images: Images,
    steps: int,
    longer: int,
    *,
    minutes: float = 10.0,
    batch_size: int = BATCH_SIZE,
) -> int:
    """Return ``longer`` if so many updates take at most these minutes on this device, else
    ``steps``; says what it found. The model is only tried: its weights stay.

    Args:
        model, loss, images, batch_size: as for ``train``.
    """
    device = next(model.parameters()).device
    tried = copy.deepcopy(model)
    optimizer = fused(torch.optim.Adam(tried.parameters(), LEARNING_RATE))

    def step() -> None:
        x, y = _batch(images, batch_size, 0)
        with fast_convolutions(device):
            value = loss(tried, 2 * x - 1, y)
        optimizer.zero_grad()
        value.backward()
        optimizer.step()

    return longer if fits(step, longer, minutes, device, shorter=steps) else steps


def _moving(decay):
    @torch.no_grad()
    def update(averaged, current, count):
        share = min(decay, (1 + int(count)) / (10 + int(count)))
        torch._foreach_lerp_(list(averaged), list(current), 1 - share)

    return update


def _rate(steps):
    def rate(step):
        return min(1.0, (step + 1) / WARM_UP) * (1 + math.cos(math.pi * step / steps)) / 2

    return rate


def _batch(images, size, step):
    """Images and labels of an update: another order in each epoch, the same after a pause."""
    per_epoch = max(1, len(images) // size)
    order = torch.Generator().manual_seed(step // per_epoch)
    places = torch.randperm(len(images), generator=order)
    index = places[(step % per_epoch) * size :][:size].to(images.pixels.device)
    return images.scaled(index), images.labels[index]


def _require_scalar(value, step):
    if not isinstance(value, Tensor) or value.numel() != 1 or not value.requires_grad:
        raise CourseError(
            "the loss is not a scalar that depends on the network: return the mean over the "
            "batch, and leave out detach() and no_grad()."
        )
    if not value.isfinite():
        raise CourseError(f"the loss is {value.item()} at update {step + 1}: training diverged.")
