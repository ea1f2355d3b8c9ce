import pytest
import torch

from helpers import device
from helpers.errors import CourseError


def test_the_best_device_computes():
    best = device.best_device()
    assert (torch.ones(3, device=best) * 2).sum().item() == 6


@pytest.mark.parametrize(
    ("listed", "broken", "expected"),
    [
        (("cuda", "mps"), (), "cuda"),
        (("cuda", "mps"), ("cuda",), "mps"),
        (("cuda",), ("cuda",), "cpu"),
        (("mps",), (), "mps"),
        ((), (), "cpu"),
    ],
)
def test_a_listed_device_must_also_work(monkeypatch, listed, broken, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in listed)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in listed)
    real_ones = torch.ones

    def ones(size, device):
        if device in broken:
            raise RuntimeError("no kernel image is available for execution on the device")
        return real_ones(size)

    monkeypatch.setattr(torch, "ones", ones)
    assert device.best_device() == torch.device(expected)


def test_a_person_may_choose_the_device(monkeypatch):
    monkeypatch.setenv("COURSE_DEVICE", "cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device.best_device() == torch.device("cpu")


@pytest.mark.parametrize("name", ["cpu", "cuda", "cuda:1", "mps"])
def test_a_choice_that_works(monkeypatch, name):
    monkeypatch.setattr(device, "_works", lambda name: True)
    assert device.named(name) == torch.device(name)
    with pytest.raises(CourseError):
        device.named("xpu")


@pytest.mark.parametrize("name", ["gpu", "cuda:77", "meta", "mps:x"])
def test_a_choice_that_does_not_work_here(monkeypatch, name):
    monkeypatch.setenv("COURSE_DEVICE", name)
    with pytest.raises(CourseError, match=f"COURSE_DEVICE is '{name}'.*set it to cpu, cuda or mps"):
        device.best_device()


@pytest.fixture
def gpu(monkeypatch):
    """Pretends to be a machine whose GPU torch lists and cannot use."""

    def pretend(card, capability, built):
        monkeypatch.setattr(device, "_said", set())
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda: card)
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
        monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: built)
        monkeypatch.setattr(torch, "__version__", "2.15.0+cu130")
        real_ones = torch.ones

        def ones(size, device=None):
            if str(device) == "cuda":
                raise RuntimeError("no kernel image is available for execution on the device")
            return real_ones(size)

        monkeypatch.setattr(torch, "ones", ones)

    return pretend


CUDA_13 = ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120", "compute_120"]


def test_a_v100_with_too_new_a_cuda_build_is_explained_once(gpu, capsys):
    gpu("Tesla V100-PCIE-16GB", (7, 0), CUDA_13)
    assert device.best_device() == device.best_device() == torch.device("cpu")
    assert capsys.readouterr().out == (
        "This GPU, Tesla V100-PCIE-16GB (sm_70), is older than what this PyTorch was built for "
        "(2.15.0+cu130: sm_75 and newer): install one built for CUDA 12.6, 2.14 at the latest, "
        "or ask for a newer GPU; the CPU is used.\n"
    )


@pytest.mark.parametrize(
    ("capability", "built", "words"),
    [
        ((13, 0), CUDA_13, "(sm_130), is newer than what this PyTorch (2.15.0+cu130)"),
        ((8, 9), CUDA_13, "it may be full or its driver too old"),
        ((7, 0), [], "it may be full or its driver too old"),
        ((12, 0), ["sm_90a"], "(sm_120), is newer"),
    ],
)
def test_other_reasons(gpu, capsys, capability, built, words):
    gpu("Some GPU", capability, built)
    device.best_device()
    said = capsys.readouterr().out
    assert words in said and said.count("\n") == 1


def test_a_warning_about_an_old_driver_stays_unseen(monkeypatch, recwarn):
    import warnings

    def no():
        warnings.warn("the driver is too old", stacklevel=1)
        return False

    monkeypatch.setattr(torch.cuda, "is_available", no)
    device.best_device()
    assert not recwarn.list


def test_the_cpu_is_described_with_its_threads():
    assert device.describe("cpu") == "cpu (1 thread)"
    assert device.describe(torch.device("meta")) == "meta"
