import pytest
import torch

from helpers import device


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
