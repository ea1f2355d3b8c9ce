"""What the tests of helpers share: no internet, no settings of the machine, tiny data sets."""

import dataclasses
import gzip
import hashlib
import os
import socket
import struct
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from helpers import data

REAL_DATA = os.environ.get("COURSE_DATA")
SETTINGS = ("COURSE_DATA", "COURSE_BUDGET", "NBGRADER_EXECUTION", "XDG_CACHE_HOME")


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch, tmp_path):
    """A machine on which nothing is set, and whose cache is empty."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(data, "_failed_downloads", {})
    monkeypatch.setattr(data, "_explained", set())


@pytest.fixture(autouse=True)
def _no_figures():
    """Tests of another folder may have left some open in this process."""
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


@pytest.fixture(autouse=True)
def _no_internet(monkeypatch):
    """Names of other machines cannot be looked up; proxies do not count."""
    look_up = socket.getaddrinfo

    def only_here(host, *args, **kwargs):
        if host not in ("127.0.0.1", "localhost"):
            raise socket.gaierror("no internet in tests")
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", only_here)
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def real_data(monkeypatch):
    """COURSE_DATA as it was given to the tests, which skip where it was not."""
    if not REAL_DATA:
        pytest.skip("COURSE_DATA is not set: no real data here")
    monkeypatch.setenv("COURSE_DATA", REAL_DATA)


@pytest.fixture
def tiny_mnist(monkeypatch, tmp_path):
    """A folder of idx files (5 train and 3 test images) that counts as MNIST in this test.

    Holds ``folder``, to be COURSE_DATA; ``raw``, where the files are; ``mirrors``, a list.
    """
    from torchvision import datasets  # imported by no process that runs none of these tests

    raw = tmp_path / "given" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    checksums, mirrors = [], []
    for prefix, count in (("train", 5), ("t10k", 3)):
        pixels = np.arange(count * 28 * 28, dtype=np.int64).reshape(count, 28, 28) % 256
        for kind, array in (("images-idx3", pixels), ("labels-idx1", np.arange(count))):
            name = f"{prefix}-{kind}-ubyte.gz"
            packed = gzip.compress(idx_bytes(array), mtime=0)
            (raw / name).write_bytes(packed)
            checksums.append(hashlib.md5(packed).hexdigest())
    tiny = type("MNIST", (), {"mirrors": mirrors})
    source = dataclasses.replace(data.SOURCES["mnist"], md5=tuple(checksums))
    monkeypatch.setitem(data.SOURCES, "mnist", source)
    monkeypatch.setattr(datasets, "MNIST", tiny)
    return SimpleNamespace(folder=raw.parents[1], raw=raw, mirrors=mirrors)


def idx_bytes(array: np.ndarray) -> bytes:
    """LeCun's format: two zeros, 8 for unsigned bytes, the dimensions, their sizes, the bytes."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()
