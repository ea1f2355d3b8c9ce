"""Make a plain training loop faster without rewriting it.

    D_solver, G_solver = fused(get_optimizer(D)), fused(get_optimizer(G))
    with fast_matmul():
        for real in one_epoch(128):
            ...

If the machine or the PyTorch version cannot do it, nothing changes.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

# Optimisers that PyTorch has one kernel for, on the CPU and on CUDA.
_WITH_KERNEL = (torch.optim.Adam, torch.optim.AdamW, torch.optim.SGD)


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
