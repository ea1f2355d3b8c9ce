"""Code written for a GPU computes the same in a sandbox without one."""

import io
import os
import traceback
import warnings

import pytest
import torch
from torch.utils import _device

from autograder.sandbox.inside import cuda
from helpers.pretended_gpu import PretendedGPU

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
    "by default, with its type": "torch.set_default_tensor_type('torch.cuda.FloatTensor')"
    " or torch.ones(2)",
    "its kind": "torch.ones(2) if torch.ones(2).type() == 'torch.FloatTensor' else None",
    "without values": "nn.Linear(2, 2).to_empty(device='cuda') and torch.ones(2)",
    "loaded": "torch.load(saved(), map_location='cuda:1', weights_only=True)",
    "loaded to a device": "torch.load(saved(), torch.device('cuda'))",
    "loaded to nowhere": "torch.load(saved(), weights_only=True)",
    "loaded by a function": "torch.load(saved(), map_location=lambda storage, place: storage)",
    "in half": "torch.ones(2, device='cuda').to('cuda', torch.half).float()",
    "drawn": "torch.normal(1.0, 0.0, (2,), device='cuda')",
    "drawn on a layer": "torch.nn.Parameter(torch.ones(2, device='cuda')).cuda().data",
    "synchronised, by number": "torch.cuda.synchronize(0) or torch.ones(2)",
    "synchronised": "torch.cuda.synchronize() or torch.ones(2)",
}


def saved():
    """A file with a tensor."""
    torch.save(torch.ones(2), file := io.BytesIO())
    file.seek(0)
    return file


# Functions that make tensors, as torch itself lists them; those without a plain call.
OTHERWISE = {
    "arange": (3,), "range": (0, 3), "linspace": (0, 1, 3), "logspace": (0, 1, 3),
    "full": ((2,), 1), "randint": (5, (2,)), "randperm": (3,), "eye": (2,),
    "empty_strided": ((2,), (1,)), "empty_permuted": ((2,), (0,)), "tensor": (1,),
    "as_tensor": ([1],), "asarray": ([1],),
    "scalar_tensor": (1,), "tril_indices": (2, 2), "triu_indices": (2, 2),
    "sparse_coo_tensor": ([[0]], [1.0]),
}  # fmt: skip


def made_by_every_function():
    """{name: device} of what torch's functions make that are asked for a GPU."""
    x, found = torch.ones(2), {}
    for function in _device._device_constructors():
        name = function.__name__
        if hasattr(torch, name) and not name.startswith(("sparse_b", "sparse_cs", "sparse_com")):
            if name != "empty_quantized":
                arguments = OTHERWISE.get(name, (2,))
                found[name] = getattr(torch, name)(*arguments, device="cuda").device.type
    for name in (name for name in dir(torch) if name.endswith("_like")):
        more = {"full_like": (1,), "randint_like": (5,)}.get(name, ())
        found[name] = getattr(torch, name)(x, *more, device=torch.device("cuda")).device.type
    for name in (name for name in dir(x) if name.startswith("new_")):
        more = {"new_full": (1,), "new_empty_strided": ((1,),)}.get(name, ())
        arguments = (1,) if name == "new_tensor" else ((2,), *more)
        found[name] = getattr(x, name)(*arguments, device="cuda:0").device.type
    return found


def fall_back():
    """What a kernel does, for good: in a process of its own."""
    cuda.fall_back()
    for name, code in CODE.items():
        value = eval(code, {"torch": torch, "nn": torch.nn, "saved": saved})
        assert (value.device.type, value.dtype, value.tolist()) == ("cpu", torch.float32, [1, 1]), (
            name
        )
        torch.set_default_device(None)
    with torch.device("meta"):
        assert torch.ones(2).device.type == "meta"
        assert torch.nn.Linear(1, 1).weight.device.type == "meta"
    assert torch.zeros(2).to("meta").device.type == "meta"
    assert isinstance(torch.device("cuda"), torch.device)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.range is an old one
        made = made_by_every_function()
    assert set(made.values()) == {"cpu"} and len(made) > 30, made
    # While a GPU is pretended, it is told what is asked for, and what it does not see stays.
    with PretendedGPU() as gpu:
        assert not gpu.named_cuda
        assert torch.ones(2).cuda().pin_memory().tolist() == [1, 1]
        assert gpu.named_cuda
    # Names are kept, for help() and for whoever looks at them.
    assert torch.ones.__name__ == "ones" and torch.Tensor.cuda.__name__ == "cuda"


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


def test_where_there_is_a_gpu_nothing_is_changed(monkeypatch):
    before = dict(vars(torch)), dict(vars(torch.Tensor))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    cuda.fall_back()
    monkeypatch.undo()
    assert (dict(vars(torch)), dict(vars(torch.Tensor))) == before


def given(*arguments, **keywords):
    return arguments, keywords


def test_what_is_wrapped_gets_all_that_it_was_given(monkeypatch):
    device, cpu = torch.device("cuda", 1), torch.device("cpu")
    wrapped, always = cuda._on_cpu(given), cuda._on_cpu(given, always=True)
    asked = (device, "cuda:3", "cudas", 5, cpu), {"device": "cuda", "other": "cuda"}
    becomes = (cpu, "cpu", "cudas", 5, cpu), {"device": "cpu", "other": "cuda"}
    assert wrapped(*asked[0], **asked[1]) == becomes
    for one, other in ((0, "cpu"), (True, True), (None, None), (torch.device("meta"),) * 2):
        assert wrapped(device=one) == ((), {"device": other})
    stays, leaves = cuda._stay(given), cuda._stay(given, always=True)
    for each in (wrapped, stays, cuda._type_of_cpu(given), cuda._load_to_cpu(given)):
        assert each.__name__ == "given" and each.__wrapped__ is given  # as help() shows it
    assert stays(7, 8, x=9) == leaves(7, 8, x=9) == 7
    monkeypatch.setattr(PretendedGPU, "active", 1)
    assert wrapped(*asked[0], **asked[1]) == asked and always(*asked[0], **asked[1]) == becomes
    assert stays(7, 8, x=9) == ((7, 8), {"x": 9}) and leaves(7, 8, x=9) == 7


@pytest.mark.parametrize("value, becomes", [
    ("torch.cuda.HalfTensor", "torch.HalfTensor"), (torch.cuda.IntTensor, "torch.IntTensor"),
    ("mytorch.cuda.X", "mytorch.cuda.X"), (torch.IntTensor, torch.IntTensor), (None, None),
    (torch.float32, torch.float32), (torch.cuda.amp, torch.cuda.amp),
])  # fmt: skip
def test_a_type_of_cuda_s_becomes_the_one_of_the_cpu(value, becomes):
    assert cuda._type_of_cpu(given)(value, n=1) == ((becomes,), {"n": 1})


@pytest.mark.parametrize("place, becomes", [
    (None, "cpu"), ("cuda:1", "cpu"), (torch.device("cuda"), torch.device("cpu")),
    ("meta", "meta"), (given, given),
])  # fmt: skip
def test_what_was_saved_on_a_gpu_is_loaded_here(place, becomes):
    load = cuda._load_to_cpu(given)
    assert load("f", place, weights_only=True) == (
        ("f",), {"map_location": becomes, "weights_only": True}
    )  # fmt: skip
    assert load(f="f", map_location=place) == (("f",), {"map_location": becomes})
