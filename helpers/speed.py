"""Make a plain training loop faster without rewriting it.

    D_solver, G_solver = fused(get_optimizer(D)), fused(get_optimizer(G))
    with fast_matmul(), channels_last((D, real), (G, noise)):
        for real in one_epoch(128):
            ...

If the machine or the PyTorch version cannot do it, nothing changes.

``fits`` finds out, before a long training begins, whether this device is fast enough for it.
"""

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import nn

from helpers import budget

# Optimisers that PyTorch has one kernel for, on the CPU and on CUDA.
_WITH_KERNEL = (torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD)
# A probe takes so many steps after the first, which also prepares the device, and no longer than
# these seconds.
PROBED_STEPS, PROBED_SECONDS = 10, 5.0


def fused(optimizer: torch.optim.Optimizer) -> torch.optim.Optimizer:
    """Return the same optimiser; from now on, its step is one kernel where PyTorch has one.

    The numbers are those of the plain step up to rounding. Anything other than Adam, AdamW and SGD,
    an optimiser that has stepped already, and parameters elsewhere than on a CPU or on CUDA are
    left as they are.
    """
    if type(optimizer) not in _WITH_KERNEL or optimizer.state:
        # A subclass may have its own step; a step already taken left plain numbers behind.
        return optimizer
    groups = optimizer.param_groups
    places = {p.device.type for group in groups for p in group["params"]}
    special = any(group.get("differentiable") or group.get("capturable") for group in groups)
    if places <= {"cpu", "cuda"} and not special:
        for group in groups:
            group["fused"], group["foreach"] = True, False
    return optimizer


@contextmanager
def fast_matmul() -> Iterator[None]:
    """Inside, products of float32 matrices may be computed in bfloat16 and added up in float32.

    It is for training, where noise is far larger than rounding (relative errors of about 0.4% in
    each factor), and not for a value that is compared. Processors and GPUs without such products
    work as before.
    """
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


@contextmanager
def fast_convolutions(device: torch.device | str) -> Iterator[None]:
    """Inside, layers compute in bfloat16 on a CPU that has units for it (AMX), as autocast does.

    A U-Net's training step then takes half the time, and so does a call of it. Weights, gradients
    and sums stay in float32. Other processors, and GPUs, which ``fast_matmul`` serves, work as
    before.
    """
    # Without these units bfloat16 is slower than float32. Older versions of PyTorch cannot tell.
    told = getattr(torch.cpu, "get_capabilities", dict)()
    able = torch.device(device).type == "cpu" and bool(told.get("amx_bf16"))
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=able):
        yield


@contextmanager
def channels_last(*networks: tuple[nn.Module, torch.Tensor]) -> Iterator[None]:
    """Inside, convolutions of these networks keep the channels of a pixel side by side in memory.

    On a CPU that is how they are computed, so that fewer values are moved; the numbers are the same
    up to rounding. A network that cannot work so, as with a ``view`` of a feature map, one without
    convolutions, and one on a GPU are left as they are.

    Args:
        networks: each with a batch that it takes.
    """
    able = [network for network, batch in networks if _takes_channels_last(network, batch)]
    for network in able:
        network.to(memory_format=torch.channels_last)
    try:
        yield
    finally:
        for network in able:
            network.to(memory_format=torch.contiguous_format)


def _takes_channels_last(network: nn.Module, batch: torch.Tensor) -> bool:
    weights = [p for p in network.parameters() if p.dim() == 4]
    if not weights or any(p.device.type != "cpu" for p in weights):
        return False
    try:
        # A copy, so that no running mean learns from the trial, and no random number is used up.
        with torch.random.fork_rng(devices=[]):
            tried = copy.deepcopy(network).to(memory_format=torch.channels_last)
            tried(batch.detach().to(weights[0].device)).sum().backward()
    except Exception:  # whatever a student's network says to it
        return False
    return True


def fits(
    step: Callable[[], object],
    steps: int,
    minutes: float,
    device: torch.device | str,
    clock: Callable[[], float] = time.perf_counter,
    *,
    shorter: float,
) -> bool:
    """Return whether so many steps take at most these minutes here; says what it found.

    Under any budget but the full one the answer is no, without a step and without a word.

    Args:
        step: does one step of the training, on networks of its own.
        steps: how many the long training has.
        minutes: what it may take.
        device: where the step works.
        clock: gives seconds.
        shorter: what the shorter training costs, in such steps.
    """
    if budget.level() != "full":
        return False
    step()
    _wait_for(device)
    start, done = clock(), 0
    while done < PROBED_STEPS and (not done or clock() - start < PROBED_SECONDS):
        step()
        _wait_for(device)
        done += 1
    minutes_each = (clock() - start) / done / 60
    long, short = (_in_words(minutes_each * count) for count in (steps, shorter))
    if minutes_each * steps <= minutes:
        print(f"The long training of {steps:,} steps takes about {long} here: chosen.")
        return True
    print(
        f"The long training of {steps:,} steps would take about {long} here: the shorter one, "
        f"of about {short}, is chosen."
    )
    return False


def _in_words(minutes: float) -> str:
    if minutes < 1.5:
        return "a minute"
    return f"{minutes:.0f} minutes" if minutes < 90 else f"{minutes / 60:.1f} hours"


def _wait_for(device: torch.device | str) -> None:
    kind = torch.device(device).type
    if kind in ("cuda", "mps"):
        getattr(torch, kind).synchronize()
