"""The images of the course: MNIST, Fashion-MNIST, and small digits that need no internet.

``load`` looks in the folder ``COURSE_DATA``, then in the user's cache, then downloads into the
cache, and finally falls back on scikit-learn's digits and says so. Whole data sets are tensors;
``batches`` shuffles and scales them on their device, with no work per image in Python.

Sources: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document
recognition", 1998 (MNIST); Xiao, Rasul and Vollgraf, "Fashion-MNIST", 2017; Alpaydin and Kaynak,
"Optical recognition of handwritten digits", 1998 (scikit-learn's digits).
"""

import contextlib
import gzip
import hashlib
import http.client
import importlib.util
import io
import mmap
import os
import socket
import tempfile
import textwrap
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from helpers.data_folder import cache_folder
from helpers.errors import CourseError

DIGITS = tuple("0123456789")
CLOTHES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
SPLITS = {"train": "train", "test": "t10k"}
KINDS = ("images-idx3", "labels-idx1")
CONNECT_SECONDS = 5
STALLED_SECONDS = 15


@dataclass(frozen=True)
class _Source:
    """kind: the name of torchvision's class."""

    title: str
    kind: str
    classes: tuple[str, ...]
    # As torchvision has them, which takes seconds to import: of the images and labels to train
    # with, then of those to test with.
    md5: tuple[str, str, str, str]

    @property
    def folder(self) -> Path:
        """Where the files are in a data folder, in torchvision's own layout."""
        return Path(self.kind, "raw")

    @property
    def dataset(self) -> Any:
        # Imported here: it takes seconds, and only a download needs it.
        from torchvision import datasets

        return getattr(datasets, self.kind)

    def files(self, split: str) -> dict[str, str]:
        """File name to MD5 checksum: the images, then the labels."""
        names = [f"{start}-{kind}-ubyte.gz" for start in ("train", "t10k") for kind in KINDS]
        every = zip(names, self.md5, strict=True)
        return {name: md5 for name, md5 in every if name.startswith(SPLITS[split])}


SOURCES = {
    "mnist": _Source(
        "MNIST",
        "MNIST",
        DIGITS,
        (
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "d53e105ee54ea40749a09fcbcd1e9432",
            "9fb629c4189551a2d022fa330f9573f3",
            "ec29112dd5afa0611ce80d1b7f02629c",
        ),
    ),
    "fashion-mnist": _Source(
        "Fashion-MNIST",
        "FashionMNIST",
        CLOTHES,
        (
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "25c81989df183df01b3e8a0aad5dffbe",
            "bef4ecab320f06d8554ea6380940ec79",
            "bb300cfdad3c16e7a12a480ee83cd310",
        ),
    ),
}

# Why a download failed: it is tried once in a process, so that nobody waits for it twice.
_failed_downloads: dict[str, str] = {}
# Data sets whose absence was explained at length.
_explained: set[str] = set()
# What was read from a file, by its path, size and time: an anonymous file and the array's shape.
_kept: dict[tuple, tuple[int, tuple[int, ...]]] = {}


@dataclass(frozen=True, eq=False)
class Images:
    """Images and their labels.

    Attributes:
        pixels: uint8 (N, 1, 28, 28), 0 is background and 255 full ink.
        labels: int64 (N,), an index into ``classes``.
        classes: the name of each class.
        name: the data set that this really is: ``digits`` after a fall-back.
        source: ``COURSE_DATA``, ``cache``, ``download`` or ``scikit-learn``.
    """

    pixels: Tensor
    labels: Tensor
    classes: tuple[str, ...]
    name: str
    source: str

    def __len__(self) -> int:
        return len(self.pixels)

    def __repr__(self) -> str:
        return (
            f"Images({self.name}: {len(self):,} images of "
            f"{' x '.join(map(str, self.pixels.shape[1:]))} on {self.pixels.device}, "
            f"from {self.source})"
        )

    def to(self, device: torch.device | str) -> "Images":
        """Return the same images with their tensors on ``device``."""
        return replace(self, pixels=self.pixels.to(device), labels=self.labels.to(device))

    def scaled(self, index: slice | Tensor = slice(None)) -> Tensor:
        """Return the pixels at ``index``, all by default, as float32 (n, 1, 28, 28) in [0, 1]."""
        return self.pixels[index].float() / 255


def load(name: str = "mnist", split: str = "train", device: torch.device | str = "cpu") -> Images:
    """Return a data set, or scikit-learn's digits with a notice if it is not available.

    Args:
        name: ``mnist`` or ``fashion-mnist`` (60,000 train and 10,000 test images), or ``digits``
            (1,500 and 297, from 8 x 8 enlarged to 28 x 28).
        split: ``train`` or ``test``.
        device: of the tensors.

    Raises:
        CourseError: an unknown name or split; ``COURSE_DATA`` is set and its folder or a file of
            it is missing; a file there or in the cache is damaged (wrong MD5 checksum).
    """
    if name not in (*SOURCES, "digits"):
        known = ", ".join([*SOURCES, "digits"])
        raise CourseError(f"helpers.data.load knows no data set {name!r}: choose one of {known}.")
    if split not in SPLITS:
        raise CourseError(f"helpers.data.load knows no split {split!r}: choose train or test.")
    if name == "digits":
        return _load_digits(split).to(device)
    source = SOURCES[name]
    if folder := os.environ.get("COURSE_DATA"):
        return _read(name, split, _course_folder(folder) / source.folder, "COURSE_DATA").to(device)
    folder = cache_folder() / source.folder
    missing = [file for file in source.files(split) if not (folder / file).exists()]
    try:
        if missing:
            _download(source, split, missing, folder)
    except OSError as error:
        images = _load_digits(split)
        _announce_fallback(source, split, len(images), str(error))
        return images.to(device)
    return _read(name, split, folder, "download" if missing else "cache").to(device)


def batches(
    images: Images,
    batch_size: int,
    *,
    generator: torch.Generator | None = None,
    shuffle: bool = True,
    drop_last: bool = False,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Go once through ``images``, in batches on their device.

    Args:
        images: what ``load`` returned.
        batch_size: images in a batch.
        generator: the source of the order; a CPU generator of one seed gives one order on every
            device. By default, torch's own.
        shuffle: False keeps the order of ``images``.
        drop_last: leave out a last batch that is shorter than ``batch_size``.

    Returns:
        An iterator of x float32 (n, 1, 28, 28) in [0, 1] and y int64 (n,).

    Raises:
        CourseError: ``batch_size`` is below 1.
    """
    if batch_size < 1:
        raise CourseError(f"helpers.data.batches got batch_size {batch_size}: give 1 or more.")
    return _batches(images, batch_size, generator, shuffle, drop_last)


def _batches(images, batch_size, generator, shuffle, drop_last):
    order = torch.arange(len(images))
    if shuffle:
        device = generator.device if generator else "cpu"
        order = torch.randperm(len(images), generator=generator, device=device)
    order = order.to(images.pixels.device)
    for index in order.split(batch_size):
        if len(index) == batch_size or not drop_last:
            yield images.scaled(index), images.labels[index]


def _course_folder(folder: str) -> Path:
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise CourseError(
            f"COURSE_DATA names {path}, which is not a folder: set it to the folder that holds "
            "MNIST/raw and FashionMNIST/raw, or unset it."
        )
    return path


def _read(name: str, split: str, folder: Path, origin: str) -> Images:
    source = SOURCES[name]
    pixels, labels = (
        torch.from_numpy(_read_idx(folder / file, md5, origin))
        for file, md5 in source.files(split).items()
    )
    return Images(pixels.unsqueeze(1), labels.long(), source.classes, name, origin)


def _read_idx(path: Path, md5: str, origin: str) -> np.ndarray:
    """Read a gzipped file in LeCun's idx format: a header of big-endian sizes, then bytes.

    A second time in this process, or in one forked from it, it is there at once.
    """
    try:
        found = path.stat()
        key = (str(path), found.st_size, found.st_mtime_ns, md5)
        if key in _kept:
            return _mapped(*_kept[key])
        packed = path.read_bytes()
    except FileNotFoundError:
        raise CourseError(
            f"the data file {path} is missing: put it there, or unset COURSE_DATA."
        ) from None
    except OSError as error:
        raise CourseError(
            f"the data file {path} cannot be read ({error.strerror}): correct that, or move it."
        ) from None
    # MD5 guards against damage, not attack; saying so keeps it usable under FIPS.
    if hashlib.md5(packed, usedforsecurity=False).hexdigest() != md5:
        cure = (
            "copy it again, or unset COURSE_DATA"
            if origin == "COURSE_DATA"
            else "delete it and load again"
        )
        raise CourseError(
            f"the data file {path} is damaged or another file (wrong MD5 checksum): {cure}."
        )
    data = gzip.decompress(packed)
    dimensions = data[3]
    sizes = np.frombuffer(data, ">i4", count=dimensions, offset=4)
    array = np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(sizes)
    try:
        _kept[key] = _sealed(array), array.shape
        return _mapped(*_kept[key])
    except (AttributeError, OSError):
        # No such files here. A copy, because torch warns about tensors over read-only bytes.
        return array.copy()


def _sealed(array: np.ndarray) -> int:
    """Return a file in memory that holds ``array`` and that cannot be changed any more."""
    descriptor = os.memfd_create("images", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(array)
    # Linux only, as the call before it.
    import fcntl

    seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
    return descriptor


def _mapped(descriptor: int, shape: tuple[int, ...]) -> np.ndarray:
    """Return a fresh array over the pages of a sealed file, copied only where it is changed."""
    size = os.fstat(descriptor).st_size
    return np.frombuffer(mmap.mmap(descriptor, size, access=mmap.ACCESS_COPY), np.uint8).reshape(
        shape
    )


def _download(source: _Source, split: str, files: list[str], folder: Path) -> None:
    """Put ``files`` into ``folder``, each one whole or not at all.

    Raises:
        OSError: they cannot be downloaded (with the reason), now or earlier in this process.
    """
    if reason := _failed_downloads.get(source.title):
        raise OSError(reason)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        print(f"Downloading {source.title} ({split}) into {folder} ...", flush=True)
        with tempfile.TemporaryDirectory(dir=folder) as unfinished:
            for file in files:
                _download_file(source, file, source.files(split)[file], Path(unfinished))
                os.replace(Path(unfinished, file), folder / file)
    except OSError as error:
        _failed_downloads[source.title] = str(error)
        raise


def _download_file(source: _Source, file: str, md5: str, folder: Path) -> None:
    from torchvision.datasets.utils import download_url

    reasons = []
    for mirror in source.dataset.mirrors:
        try:
            _connect(mirror + file)
            with _socket_timeout(STALLED_SECONDS), contextlib.redirect_stderr(io.StringIO()):
                download_url(mirror + file, folder, file, md5)
            return
        except (OSError, RuntimeError, http.client.HTTPException) as error:
            reasons.append(str(error))
    raise OSError("; ".join(dict.fromkeys(reasons)))


def _connect(url: str) -> None:
    """Raise OSError unless ``url`` answers soon."""
    failure: list[Exception] = [TimeoutError(f"no answer in {CONNECT_SECONDS} seconds")]

    def ask() -> None:
        try:
            request = urllib.request.Request(url, method="HEAD")
            urllib.request.urlopen(request, timeout=CONNECT_SECONDS).close()
            failure.clear()
        except Exception as error:
            failure[:] = [error]

    # A thread, because looking up a host's name has no timeout of its own.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(CONNECT_SECONDS)
    if failure:
        raise OSError(str(getattr(failure[0], "reason", failure[0])))


@contextlib.contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    """A limit on every wait for data: torchvision's download sets none."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _load_digits(split: str) -> Images:
    """scikit-learn's digits, drawn as MNIST draws its own: 20 x 20, centred in 28 x 28."""
    images, target = _digits()
    part = slice(None, 1500) if split == "train" else slice(1500, None)
    small = torch.from_numpy(images[part]).unsqueeze(1) / 16
    large = F.interpolate(small, size=(20, 20), mode="bicubic", align_corners=False)
    pixels = F.pad(large.clamp(0, 1) * 255, (4, 4, 4, 4)).round().to(torch.uint8)
    labels = torch.from_numpy(target[part]).long()
    return Images(pixels, labels, DIGITS, "digits", "scikit-learn")


def _digits() -> tuple[np.ndarray, np.ndarray]:
    """As of scikit-learn's load_digits: images from 0 to 16 and the number that each shows."""
    # From its file: scikit-learn takes a second to import.
    package = importlib.util.find_spec("sklearn")
    for folder in (package and package.submodule_search_locations) or ():
        path = Path(folder, "datasets", "data", "digits.csv.gz")
        if path.is_file():
            rows = np.loadtxt(path, delimiter=",")
            return rows[:, :-1].reshape(-1, 8, 8), rows[:, -1].astype(int)
    from sklearn.datasets import load_digits

    digits = load_digits()
    return digits.images, digits.target


def _announce_fallback(source: _Source, split: str, count: int, reason: str) -> None:
    """Say loudly that these are other images: at length once, then in a line each time."""
    print(
        f"!! {source.title} ({split}) IS NOT HERE: {count:,} of scikit-learn's handwritten digits "
        "take its place."
    )
    if source.title in _explained:
        return
    _explained.add(source.title)
    text = (
        "They are real digits, enlarged from 8 x 8 to 28 x 28 pixels: everything runs, but "
        f"pictures are coarser and numbers differ. For {source.title} itself, connect to the "
        "internet and restart the kernel, or set COURSE_DATA to a folder that holds "
        f"{source.folder.as_posix()}. The download failed: {reason}."
    )
    rule = "+" + "-" * 76 + "+"
    print(rule, *(f"| {line:<74} |" for line in textwrap.wrap(text, 74)), rule, sep="\n")
