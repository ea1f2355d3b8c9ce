"""Code written for a GPU computes the same in a sandbox without one."""

import os
import traceback

import pytest
import torch

from autograder.sandbox.inside import cuda

CODE = {
    "a tensor": "torch.ones(2).cuda()",
    "a tensor, by number": "torch.ones(2).cuda(0)",
    "to a name": "torch.ones(2).to('cuda')",
    "to a numbered name": "torch.ones(2).to('cuda:0', torch.float64).float()",
    "to a device": "torch.ones(2).to(torch.device('cuda'), non_blocking=True)",
    "to a keyword": "torch.ones(2).to(device='cuda')",
    "to a type": "torch.ones(2).to(torch.float64).float()",
    "to another tensor": "torch.ones(2).to(torch.ones(1))",
    "a factory": "torch.ones(2, device='cuda')",
    "a factory, by device": "torch.full((2,), 1.0, device=torch.device('cuda', 0))",
    "a factory, by number": "torch.ones(2, device=0)",
    "from values": "torch.tensor([1.0, 1.0], device='cuda')",
    "alike": "torch.ones_like(torch.zeros(2), device='cuda')",
    "new": "torch.zeros(1).new_ones(2, device='cuda')",
    "a type of CUDA's": "torch.ones(2).double().type(torch.cuda.FloatTensor)",
    "its name": "torch.ones(2).double().type('torch.cuda.FloatTensor')",
    "another type": "torch.ones(2).double().type(torch.FloatTensor).type(torch.float32)",
    "pinned": "torch.ones(2).pin_memory().cuda(non_blocking=True)",
    "a layer": "torch.nn.LayerNorm(2).cuda().to('cuda').to(torch.device('cuda')).weight.data",
    "a layer made there": "torch.nn.LayerNorm(2, device='cuda').weight.data",
    "a context": "exec('with torch.device(\"cuda\"): x = torch.ones(2)', globals()) or x",
    "another context": "exec('with torch.device(\"meta\"): x = torch.ones(2)') or torch.ones(2)",
    "by default": "torch.set_default_device('cuda') or torch.ones(2)",
    "synchronised": "torch.cuda.synchronize() or torch.ones(2)",
}


def fall_back():
    """What a kernel does, for good: in a process of its own."""
    cuda.fall_back()
    for name, code in CODE.items():
        value = eval(code, {"torch": torch})
        assert (value.device.type, value.dtype, value.tolist()) == ("cpu", torch.float32, [1, 1]), (
            name
        )
        torch.set_default_device(None)
    with torch.device("meta"):
        assert torch.ones(2).device.type == "meta"
        assert torch.nn.Linear(1, 1).weight.device.type == "meta"
    assert torch.zeros(2).to("meta").device.type == "meta"
    assert isinstance(torch.device("cuda"), torch.device)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_code_for_a_gpu_runs_without_one():
    torch.set_num_threads(1)  # a pool of threads does not survive a fork
    child = os.fork()
    if not child:
        try:
            fall_back()
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
