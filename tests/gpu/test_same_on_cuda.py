"""What the kit does on a CUDA device is what it does on the CPU."""

import pytest
import torch

from helpers import data
from helpers.device import best_device

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device"),
]


def test_the_best_device_is_the_gpu():
    assert best_device().type == "cuda"


def test_batches_live_on_the_device_and_hold_the_same_images():
    here = data.load("digits")
    there = here.to("cuda")
    pairs = zip(
        data.batches(here, 100, generator=torch.Generator().manual_seed(3)),
        data.batches(there, 100, generator=torch.Generator().manual_seed(3)),
        strict=True,
    )
    for (x, y), (x_cuda, y_cuda) in pairs:
        assert x_cuda.device.type == y_cuda.device.type == "cuda"
        torch.testing.assert_close(x, x_cuda.cpu())
        assert torch.equal(y, y_cuda.cpu())
